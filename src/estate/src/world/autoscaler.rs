//! The horizontal autoscaler, thin: keeps a deployment within its bounds and follows the CPU that its pods use.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::World;
use super::object::{integer, name, namespace, set, text, timestamp};
use super::task::{Concern, Task};
use super::timeline::WorkloadKey;

const TOLERANCE: f64 = 0.1;
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

impl World {
    pub(crate) fn reconcile_autoscaler(&mut self, ns: &str, own: &str) {
        let Some(scaler) = self.store.get("horizontalpodautoscalers", ns, own) else { return };
        let target = text(&scaler, "/spec/scaleTargetRef/name").to_owned();
        let Some(deployment) = self.store.get("deployments", ns, &target) else { return };
        let current = integer(&deployment, "/spec/replicas").unwrap_or(1);
        let (least, most) =
            (integer(&scaler, "/spec/minReplicas").unwrap_or(1), integer(&scaler, "/spec/maxReplicas").unwrap_or(1));
        let aim = integer(&scaler, "/spec/metrics/0/resource/target/averageUtilization").unwrap_or(80);
        let used = self.utilisation(ns, &target);
        let ratio = used / aim.max(1) as f64;
        let by_load = if (ratio - 1.0).abs() <= TOLERANCE || used <= 0.0 {
            current
        } else {
            (current as f64 * ratio).ceil() as i64
        };
        let desired = by_load.clamp(least, most.max(least));
        if desired != current {
            let reason = if desired > current {
                "cpu resource utilization (percentage of request) above target"
            } else {
                "All metrics below target"
            };
            let changed = self.edit("deployments", ns, &target, "kube-controller-manager", |deployment| {
                set(deployment, &["spec", "replicas"], json!(desired));
            });
            if changed {
                let message = format!("New size: {desired}; reason: {reason}");
                self.normal(&scaler, "SuccessfulRescale", &message, "horizontal-pod-autoscaler");
            }
        }
        let since =
            super::object::condition(&scaler, "AbleToScale").map(|able| text(able, "/lastTransitionTime").to_owned());
        let since = since.unwrap_or_else(|| timestamp(self.now));
        let first = scaler.pointer("/status").is_none();
        let mut changed = Value::clone(&scaler);
        set(
            &mut changed,
            &["status"],
            json!({
                "currentReplicas": current, "desiredReplicas": desired, "observedGeneration": 1,
                "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {
                    "averageUtilization": used.round() as i64, "averageValue": "0"}}}],
                "conditions": [
                    {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale",
                        "message": "recommended size matches current size", "lastTransitionTime": since},
                    {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound", "lastTransitionTime": since,
                        "message": "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)"},
                ],
            }),
        );
        self.put("horizontalpodautoscalers", changed);
        if first {
            let task = Task::Autoscale { namespace: namespace(&scaler).to_owned(), name: name(&scaler).to_owned() };
            self.after(LOOK_AGAIN, task);
        }
    }

    /// The autoscaler's own period has passed.
    pub(crate) fn autoscale_again(&mut self, ns: String, own: String) {
        if self.store.get("horizontalpodautoscalers", &ns, &own).is_some() {
            self.after(LOOK_AGAIN, Task::Autoscale { namespace: ns.clone(), name: own.clone() });
            self.mark(Concern::Autoscaler(ns, own));
        }
    }

    fn utilisation(&self, ns: &str, deployment: &str) -> f64 {
        let key = WorkloadKey { kind: "Deployment".to_owned(), namespace: ns.to_owned(), name: deployment.to_owned() };
        let pods = self.store.list("pods", Some(ns));
        let mut tracks = Vec::new();
        for pod in &pods {
            if let Some(track) = self.timeline.pod(super::object::uid(pod)).filter(|track| track.owner == key) {
                tracks.push(track);
            }
        }
        let requested: f64 = tracks.iter().map(|track| track.cpu_request_cores).sum();
        let used: f64 = tracks.iter().filter_map(|track| track.cpu_cores.last()).sum();
        if requested > 0.0 { 100.0 * used / requested } else { 0.0 }
    }
}
