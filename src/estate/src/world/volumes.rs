//! Claims and volumes: binding, growth, thresholds, and making a volume larger.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::World;
use super::object::{name, namespace, quantity, set, text, timestamp, uid};
use super::random::hash;
use super::seed::topology::{Application, application};
use super::task::{Concern, Task};
use super::timeline::{NamespacedName, Ramp, Steps, VolumeTrack};

const GIBIBYTE: f64 = 1_073_741_824.0;
const RESIZE: TimeDelta = TimeDelta::seconds(18);
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(60);
/// Above this part the search engine makes its indices read-only.
const FLOOD_STAGE: f64 = 0.95;

impl World {
    pub(crate) fn reconcile_claim(&mut self, ns: &str, own: &str) {
        let Some(claim) = self.store.get("persistentvolumeclaims", ns, own) else { return };
        if text(&claim, "/status/phase") != "Bound" {
            return self.bind_claim(&claim);
        }
        let (wanted, has) =
            (text(&claim, "/spec/resources/requests/storage"), text(&claim, "/status/capacity/storage"));
        let resizing = super::object::condition(&claim, "FileSystemResizePending").is_some();
        if quantity(wanted) > quantity(has) && !resizing {
            let mut changed = Value::clone(&claim);
            let now = timestamp(self.now);
            let waiting = json!({"type": "FileSystemResizePending", "status": "True", "lastProbeTime": null, "lastTransitionTime": now,
                "message": "Waiting for user to (re-)start a pod to finish file system resize of volume on node."});
            set(&mut changed, &["status", "conditions"], json!([waiting]));
            self.put("persistentvolumeclaims", changed);
            self.normal(&claim, "Resizing", "External resizer is resizing volume", "external-resizer csi.example.com");
            self.after(RESIZE, Task::VolumeResized { namespace: ns.to_owned(), name: own.to_owned() });
        }
    }

    fn bind_claim(&mut self, claim: &Value) {
        let (ns, own) = (namespace(claim), name(claim));
        let size = text(claim, "/spec/resources/requests/storage").to_owned();
        let volume_name = format!("pvc-{}", uid(claim));
        let own_uid = self.random.uid();
        let volume = json!({
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": volume_name, "uid": own_uid, "creationTimestamp": timestamp(self.now)},
            "spec": {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "storageClassName": "standard",
                "persistentVolumeReclaimPolicy": "Delete", "volumeMode": "Filesystem",
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": ns, "name": own, "uid": uid(claim)},
                "csi": {"driver": "csi.example.com", "volumeHandle": format!("vol-{:012x}", hash(9, &[uid(claim)]) >> 16)}},
            "status": {"phase": "Bound"},
        });
        self.put("persistentvolumes", volume);
        let mut bound = Value::clone(claim);
        set(&mut bound, &["spec", "volumeName"], json!(volume_name));
        set(&mut bound, &["spec", "volumeMode"], json!("Filesystem"));
        set(
            &mut bound,
            &["status"],
            json!({"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}}),
        );
        let capacity = quantity(&size);
        let pod = own.strip_prefix("data-").unwrap_or(own).to_owned();
        let workload = pod.rsplit_once('-').map_or(pod.as_str(), |(workload, _)| workload);
        let part = application(ns, workload).map_or(0.1, |application| application.volume_used);
        let now = self.now;
        // Slow growth: a fraction of a percent in the three weeks before the start.
        let ramp = Ramp { base_bytes: capacity * part, bytes_per_second: capacity * 4e-9, ceiling_bytes: capacity };
        let key = NamespacedName::new(ns, own);
        self.timeline.volumes.entry(key.clone()).or_insert_with(|| VolumeTrack {
            claim: key,
            pod,
            capacity_bytes: Steps::new(now, capacity),
            used: Steps::new(now, ramp),
        });
        self.put("persistentvolumeclaims", bound);
    }

    pub(crate) fn volume_resized(&mut self, ns: &str, own: &str) {
        let Some(claim) = self.store.get("persistentvolumeclaims", ns, own) else { return };
        let size = text(&claim, "/spec/resources/requests/storage").to_owned();
        let mut changed = Value::clone(&claim);
        set(&mut changed, &["status", "capacity", "storage"], json!(size));
        set(&mut changed, &["status", "conditions"], json!([]));
        self.put("persistentvolumeclaims", changed);
        if let Some(volume) = self.store.get("persistentvolumes", "", text(&claim, "/spec/volumeName")) {
            let mut changed = Value::clone(&volume);
            set(&mut changed, &["spec", "capacity", "storage"], json!(size));
            self.put("persistentvolumes", changed);
        }
        self.normal(
            &claim,
            "FileSystemResizeSuccessful",
            "MountVolume.NodeExpandVolume succeeded for volume",
            "kubelet",
        );
        let now = self.now;
        if let Some(track) = self.timeline.volumes.get_mut(&NamespacedName::new(ns, own)) {
            let used = track.used.bytes_at(now).unwrap_or_default();
            let rate = track.used.last().map_or(0.0, |ramp| ramp.bytes_per_second);
            track.capacity_bytes.set(now, quantity(&size));
            track.used.set(now, Ramp { base_bytes: used, bytes_per_second: rate, ceiling_bytes: quantity(&size) });
        }
        self.mark(Concern::Traffic);
    }

    /// Lets a volume fill: quickly up to a part of its size, then on at a slower rate.
    pub fn fill_volume(&mut self, ns: &str, own: &str, part: f64, seconds: f64, then_bytes_per_second: f64) {
        let now = self.now;
        let Some(track) = self.timeline.volumes.get_mut(&NamespacedName::new(ns, own)) else { return };
        let capacity = track.capacity_bytes.last().copied().unwrap_or(GIBIBYTE);
        let used = track.used.bytes_at(now).unwrap_or_default();
        let there = (capacity * part).max(used);
        let rate = (there - used) / seconds;
        let reached = now + TimeDelta::milliseconds((seconds * 1000.0) as i64);
        track.used.set(now, Ramp { base_bytes: used, bytes_per_second: rate, ceiling_bytes: capacity });
        track
            .used
            .set(reached, Ramp { base_bytes: there, bytes_per_second: then_bytes_per_second, ceiling_bytes: capacity });
        let first = TimeDelta::milliseconds((seconds * 1000.0) as i64 + 1000);
        self.after(first, Task::VolumeCheck { namespace: ns.to_owned(), name: own.to_owned() });
    }

    pub(crate) fn volume_check(&mut self, ns: &str, own: &str) {
        let Some(part) = self.used_part(ns, own) else { return };
        if part < 0.9 {
            return self.mark(Concern::Traffic);
        }
        if let Some(claim) = self.store.get("persistentvolumeclaims", ns, own) {
            let message = format!("The volume is {:.0} percent full", (part * 100.0).floor());
            self.warn(&claim, "VolumeConditionAbnormal", &message, "external-health-monitor-controller");
        }
        self.mark(Concern::Traffic);
        self.after(LOOK_AGAIN, Task::VolumeCheck { namespace: ns.to_owned(), name: own.to_owned() });
    }

    fn used_part(&self, ns: &str, own: &str) -> Option<f64> {
        let track = self.timeline.volumes.get(&NamespacedName::new(ns, own))?;
        let capacity = *track.capacity_bytes.at(self.now)?;
        Some(track.used.bytes_at(self.now)? / capacity.max(1.0))
    }

    /// The part of its requests that an application refuses since its volume is full.
    pub(crate) fn refuses_writes(&self, application: &Application) -> f64 {
        if application.volume_gibibytes == 0 {
            return 0.0;
        }
        let claim = format!("data-{}-0", application.name);
        match self.used_part(application.namespace, &claim) {
            Some(part) if part >= 0.999 => 0.6,
            Some(part) if part >= FLOOD_STAGE => 0.18,
            _ => 0.0,
        }
    }
}
