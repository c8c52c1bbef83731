//! Disruption budgets: how many pods may be taken at once, and the eviction that asks them.

use serde_json::{Value, json};

use super::World;
use super::object::{integer, name, set, share};
use super::pods::is_ready;
use super::selector::LabelSelector;

impl World {
    pub(crate) fn reconcile_disruption(&mut self, ns: &str) {
        for budget in self.store.list("poddisruptionbudgets", Some(ns)) {
            let selector = LabelSelector::from_object(budget.pointer("/spec/selector").unwrap_or(&Value::Null));
            let mut pods = self.store.list("pods", Some(ns));
            pods.retain(|pod| {
                selector.matches(pod) && !super::pods::is_finished(pod) && !super::object::is_deleting(pod)
            });
            let expected = self.expected_pods(ns, &pods);
            let healthy = pods.iter().filter(|pod| is_ready(pod)).count() as i64;
            let desired = match (budget.pointer("/spec/minAvailable"), budget.pointer("/spec/maxUnavailable")) {
                (Some(least), _) => share(Some(least), expected, 0, true),
                (None, most) => expected - share(most, expected, 0, true),
            };
            let allowed = (healthy - desired).max(0);
            let mut changed = Value::clone(&budget);
            let sufficient = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
            let since = super::object::condition(&budget, "DisruptionAllowed")
                .filter(|old| super::object::text(old, "/status") == sufficient.0)
                .map(|old| super::object::text(old, "/lastTransitionTime").to_owned())
                .unwrap_or_else(|| super::object::timestamp(self.now));
            let status = json!({
                "currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected, "disruptionsAllowed": allowed,
                "observedGeneration": integer(&budget, "/metadata/generation").unwrap_or(1),
                "conditions": [{"type": "DisruptionAllowed", "status": sufficient.0, "reason": sufficient.1, "message": "",
                    "lastTransitionTime": since, "observedGeneration": 1}],
            });
            set(&mut changed, &["status"], status);
            self.put("poddisruptionbudgets", changed);
        }
    }

    fn expected_pods(&self, ns: &str, pods: &[std::sync::Arc<Value>]) -> i64 {
        let owner = pods.first().and_then(|pod| super::object::controller(pod));
        let scale = owner.and_then(|(kind, owner, _)| match kind {
            "ReplicaSet" => {
                let set = self.store.get("replicasets", ns, owner)?;
                let (_, deployment, _) = super::object::controller(&set)?;
                integer(self.store.get("deployments", ns, deployment)?.as_ref(), "/spec/replicas")
            }
            "StatefulSet" => integer(self.store.get("statefulsets", ns, owner)?.as_ref(), "/spec/replicas"),
            _ => None,
        });
        scale.unwrap_or(pods.len() as i64)
    }

    /// The budget that forbids taking this pod now.
    pub fn forbidding_budget(&self, pod: &Value) -> Option<String> {
        if !is_ready(pod) {
            return None;
        }
        let ns = super::object::namespace(pod);
        self.store
            .list("poddisruptionbudgets", Some(ns))
            .iter()
            .find(|budget| {
                LabelSelector::from_object(budget.pointer("/spec/selector").unwrap_or(&Value::Null)).matches(pod)
                    && integer(budget, "/status/disruptionsAllowed").unwrap_or_default() < 1
            })
            .map(|budget| name(budget).to_owned())
    }
}
