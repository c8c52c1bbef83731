//! The kubelet of every node: starts containers, restarts them with a backoff, kills them for their memory, probes and stops them.

use chrono::TimeDelta;
use serde_json::Value;

use super::World;
use super::container::{ContainerState, Ended, Run};
use super::image;
use super::object::{is_deleting, name, namespace, quantity_at, set, text, uid};
use super::software::{Fate, fate};
use super::task::{KubeletStep, Task};
use super::timeline::Ramp;

pub use super::container::PodRuntime;

const RETRY_CONFIG: TimeDelta = TimeDelta::seconds(12);
const LONGEST_BACKOFF_SECONDS: i64 = 300;
const FORGIVEN_AFTER: TimeDelta = TimeDelta::minutes(10);
const MEBIBYTE: f64 = 1_048_576.0;

fn backoff_seconds(failures: u32) -> i64 {
    (10i64 << failures.min(6)).min(LONGEST_BACKOFF_SECONDS)
}

impl World {
    /// Scheduler and kubelet look at a pod.
    pub(crate) fn reconcile_pod(&mut self, ns: &str, own: &str) {
        let Some(pod) = self.store.get("pods", ns, own) else { return };
        if is_deleting(&pod) || super::pods::is_finished(&pod) {
            return;
        }
        let node = text(&pod, "/spec/nodeName");
        if node.is_empty() {
            self.schedule_pod(&pod);
        } else if !self.kubelet.contains_key(uid(&pod)) && !self.silent_nodes.contains_key(node) {
            self.admit(&pod, node);
        }
    }

    fn admit(&mut self, pod: &Value, node: &str) {
        let runtime = PodRuntime {
            namespace: namespace(pod).to_owned(),
            name: name(pod).to_owned(),
            node: node.to_owned(),
            ip: None,
            admitted: self.now,
            run: 0,
            restarts: 0,
            failures: 0,
            pulls: 0,
            state: ContainerState::Waiting { reason: "ContainerCreating", message: String::new() },
            last: None,
            ready: false,
            stopping: false,
            flapping: false,
            environment: std::collections::BTreeMap::new(),
        };
        self.kubelet.insert(uid(pod).to_owned(), runtime);
        self.publish(uid(pod));
        let delay = self.random.milliseconds(900, 2200);
        self.kubelet_after(uid(pod), TimeDelta::milliseconds(delay), KubeletStep::Start);
    }

    /// Writes the status of a pod as the kubelet sees it.
    pub(crate) fn publish(&mut self, pod_uid: &str) {
        let Some(runtime) = self.kubelet.get(pod_uid) else { return };
        let Some(pod) = self.store.get("pods", &runtime.namespace, &runtime.name) else { return };
        let host_ip = self.node_address(&runtime.node);
        let status = runtime.status(&pod, &host_ip, self.now);
        let mut changed = Value::clone(&pod);
        set(&mut changed, &["status"], status);
        self.put("pods", changed);
    }

    fn kubelet_after(&mut self, pod_uid: &str, delay: TimeDelta, step: KubeletStep) {
        let run = self.kubelet.get(pod_uid).map_or(0, |runtime| runtime.run);
        self.after(delay, Task::Kubelet { uid: pod_uid.to_owned(), run, step });
    }

    pub(crate) fn kubelet_step(&mut self, pod_uid: &str, run: u32, step: KubeletStep) {
        let Some(runtime) = self.kubelet.get(pod_uid) else { return };
        if self.silent_nodes.contains_key(&runtime.node) || (runtime.stopping != (step == KubeletStep::Gone)) {
            return;
        }
        if runtime.run != run && step != KubeletStep::Gone {
            return;
        }
        let Some(pod) = self.store.get("pods", &runtime.namespace, &runtime.name).filter(|pod| uid(pod) == pod_uid)
        else {
            return;
        };
        match step {
            KubeletStep::Start => self.start_container(&pod),
            KubeletStep::Exit => self.process_ended(&pod, false),
            KubeletStep::OutOfMemory => self.process_ended(&pod, true),
            KubeletStep::ProbeSucceeds => self.set_ready(pod_uid, true),
            KubeletStep::ProbeFails => self.probe_fails(&pod),
            KubeletStep::Gone => {
                self.pod_gone(pod_uid);
                self.forget("pods", namespace(&pod), name(&pod), false);
                self.mark_unplaced_pods();
            }
        }
    }

    fn set_ready(&mut self, pod_uid: &str, ready: bool) {
        if let Some(runtime) = self.kubelet.get_mut(pod_uid)
            && (runtime.is_running() || !ready)
        {
            runtime.ready = ready;
            self.publish(pod_uid);
        }
    }

    fn wait(&mut self, pod: &Value, reason: &'static str, message: String, retry: TimeDelta) {
        if let Some(runtime) = self.kubelet.get_mut(uid(pod)) {
            runtime.state = ContainerState::Waiting { reason, message };
        }
        self.publish(uid(pod));
        self.kubelet_after(uid(pod), retry, KubeletStep::Start);
    }

    fn start_container(&mut self, pod: &Value) {
        let image = text(pod, "/spec/containers/0/image").to_owned();
        let Some(behaviour) = image::look_up(&image) else { return self.pull_failed(pod, &image) };
        let present = format!("Container image {image:?} already present on machine");
        let environment = match self.environment(pod) {
            Ok(environment) => environment,
            Err(message) => {
                self.container_event("Normal", pod, "Pulled", &present);
                self.container_event("Warning", pod, "Failed", &format!("Error: {message}"));
                return self.wait(pod, "CreateContainerConfigError", message, RETRY_CONFIG);
            }
        };
        let container = text(pod, "/spec/containers/0/name").to_owned();
        self.container_event("Normal", pod, "Pulled", &present);
        self.container_event("Normal", pod, "Created", &format!("Created container: {container}"));
        self.container_event("Normal", pod, "Started", &format!("Started container {container}"));
        let now = self.now;
        let what = fate(pod, &environment, &super::object::fine_timestamp(now));
        let ip = self.kubelet.get(uid(pod)).and_then(|runtime| runtime.ip.clone());
        let ip = ip.or_else(|| Some(self.pod_address(text(pod, "/spec/nodeName"))));
        if let Some(runtime) = self.kubelet.get_mut(uid(pod)) {
            runtime.restarts = runtime.run;
            runtime.run += 1;
            runtime.pulls = 0;
            runtime.ip = ip;
            runtime.environment = environment;
            runtime.state = ContainerState::Running { since: now };
        }
        let farewell = if let Fate::Refuses { farewell } = &what { farewell.clone() } else { Vec::new() };
        self.runs.entry(uid(pod).to_owned()).or_default().push(Run { started: now, ended: None, farewell });
        self.publish(uid(pod));
        match what {
            Fate::Refuses { .. } => self.kubelet_after(uid(pod), TimeDelta::milliseconds(640), KubeletStep::Exit),
            Fate::Finishes { seconds } => {
                self.set_ready(uid(pod), true);
                self.use_memory(pod, 140.0 * MEBIBYTE, 0.0);
                self.kubelet_after(uid(pod), TimeDelta::seconds(seconds), KubeletStep::Exit);
            }
            Fate::Serves => self.serve(pod, behaviour),
        }
    }

    fn serve(&mut self, pod: &Value, behaviour: image::Behaviour) {
        let jitter = 0.94 + 0.12 * super::random::unit(super::random::hash(self.seed, &[name(pod)]));
        let base = self.usual_memory_bytes(pod) * jitter;
        self.use_memory(pod, base, behaviour.leak_bytes_per_second);
        let limit = quantity_at(pod, "/spec/containers/0/resources/limits/memory");
        if limit > 0.0 && (behaviour.leak_bytes_per_second > 0.0 || base >= limit) {
            let seconds = if base >= limit { 3.0 } else { (limit - base) / behaviour.leak_bytes_per_second };
            self.kubelet_after(uid(pod), TimeDelta::milliseconds((seconds * 1000.0) as i64), KubeletStep::OutOfMemory);
        }
        let probe = pod.pointer("/spec/containers/0/readinessProbe").cloned().unwrap_or_default();
        let initial = super::object::integer(&probe, "/initialDelaySeconds").unwrap_or_default();
        if probe.is_null() {
            self.set_ready(uid(pod), true);
        } else if probe_problem(pod).is_none() {
            let delay = initial * 1000 + self.random.milliseconds(1500, 4000);
            self.kubelet_after(uid(pod), TimeDelta::milliseconds(delay), KubeletStep::ProbeSucceeds);
        } else {
            self.kubelet_after(uid(pod), TimeDelta::seconds(initial + 2), KubeletStep::ProbeFails);
        }
    }

    fn use_memory(&mut self, pod: &Value, base_bytes: f64, bytes_per_second: f64) {
        let limit = quantity_at(pod, "/spec/containers/0/resources/limits/memory");
        let now = self.now;
        if let Some(track) = self.timeline.pod_mut(uid(pod)) {
            let ceiling_bytes = if limit > 0.0 { limit } else { f64::MAX };
            track.memory.set(now, Ramp { base_bytes, bytes_per_second, ceiling_bytes });
        }
    }

    fn pull_failed(&mut self, pod: &Value, image: &str) {
        let pulls = self.kubelet.get(uid(pod)).map_or(0, |runtime| runtime.pulls);
        if let Some(runtime) = self.kubelet.get_mut(uid(pod)) {
            runtime.pulls = runtime.pulls.saturating_add(1);
        }
        // Odd turns only tell that the kubelet holds back; even ones try again.
        if pulls % 2 == 1 {
            self.container_event("Normal", pod, "BackOff", &format!("Back-off pulling image {image:?}"));
            self.container_event("Warning", pod, "Failed", "Error: ImagePullBackOff");
            let message = format!("Back-off pulling image {image:?}: ErrImagePull: {}", not_found(image));
            return self.wait(pod, "ImagePullBackOff", message, TimeDelta::seconds(backoff_seconds(pulls / 2)));
        }
        self.container_event("Normal", pod, "Pulling", &format!("Pulling image {image:?}"));
        self.container_event(
            "Warning",
            pod,
            "Failed",
            &format!("Failed to pull image {image:?}: {}", not_found(image)),
        );
        self.container_event("Warning", pod, "Failed", "Error: ErrImagePull");
        self.wait(pod, "ErrImagePull", not_found(image), TimeDelta::seconds(3));
    }

    fn process_ended(&mut self, pod: &Value, out_of_memory: bool) {
        let now = self.now;
        let Some(run) = self.runs.get_mut(uid(pod)).and_then(|runs| runs.last_mut()) else { return };
        run.ended = Some(now);
        let (started, refused) = (run.started, !run.farewell.is_empty());
        let restarts = text(pod, "/spec/restartPolicy") == "Always";
        let (code, reason) = match (out_of_memory, refused) {
            (true, _) => (137, "OOMKilled"),
            (false, true) => (1, "Error"),
            (false, false) => (0, "Completed"),
        };
        let ended = Ended { code, reason, started, finished: now };
        let Some(runtime) = self.kubelet.get_mut(uid(pod)) else { return };
        runtime.ready = false;
        runtime.last = Some(ended.clone());
        runtime.state = ContainerState::Terminated(ended);
        if !restarts {
            return self.publish(uid(pod));
        }
        if now - started >= FORGIVEN_AFTER {
            runtime.failures = 0;
        }
        runtime.failures += 1;
        let failures = runtime.failures;
        if failures == 1 {
            self.publish(uid(pod));
            return self.kubelet_after(uid(pod), TimeDelta::milliseconds(1200), KubeletStep::Start);
        }
        let container = text(pod, "/spec/containers/0/name");
        let delay = backoff_seconds(failures - 2);
        let whom = format!("{}_{}({})", name(pod), namespace(pod), uid(pod));
        self.container_event(
            "Warning",
            pod,
            "BackOff",
            &format!("Back-off restarting failed container {container} in pod {whom}"),
        );
        let held = if delay >= 60 { format!("{}m{}s", delay / 60, delay % 60) } else { format!("{delay}s") };
        let message = format!("back-off {held} restarting failed container={container} pod={whom}");
        self.wait(pod, "CrashLoopBackOff", message, TimeDelta::seconds(delay));
    }

    fn probe_fails(&mut self, pod: &Value) {
        let problem = match probe_problem(pod) {
            Some(problem) => problem,
            None => match self.probe_trouble(pod) {
                Some(problem) => problem,
                None => {
                    if let Some(runtime) = self.kubelet.get_mut(uid(pod)) {
                        runtime.flapping = false;
                    }
                    return;
                }
            },
        };
        self.container_event("Warning", pod, "Unhealthy", &format!("Readiness probe failed: {problem}"));
        self.kubelet_after(uid(pod), TimeDelta::seconds(30), KubeletStep::ProbeFails);
    }

    /// Lets the probe of a running pod fail now and then, as long as `probe_trouble` finds something.
    pub(crate) fn let_probe_flap(&mut self, pod_uid: &str) {
        if let Some(runtime) = self.kubelet.get_mut(pod_uid)
            && runtime.is_running()
            && !runtime.flapping
        {
            runtime.flapping = true;
            self.kubelet_after(pod_uid, TimeDelta::seconds(14), KubeletStep::ProbeFails);
        }
    }

    /// The process of a pod is asked to stop.
    pub(crate) fn begin_stop(&mut self, pod_uid: &str) {
        let Some(runtime) = self.kubelet.get_mut(pod_uid) else {
            return;
        };
        if runtime.stopping {
            return;
        }
        runtime.stopping = true;
        let silent = self.silent_nodes.contains_key(&runtime.node);
        let (ns, own) = (runtime.namespace.clone(), runtime.name.clone());
        if silent {
            return;
        }
        runtime.ready = false;
        if let Some(pod) = self.store.get("pods", &ns, &own) {
            let message = format!("Stopping container {}", text(&pod, "/spec/containers/0/name"));
            self.container_event("Normal", &pod, "Killing", &message);
        }
        self.publish(pod_uid);
        let delay = self.random.milliseconds(1200, 2600);
        self.kubelet_after(pod_uid, TimeDelta::milliseconds(delay), KubeletStep::Gone);
    }

    /// Nothing is left of a pod on its node.
    pub(crate) fn pod_gone(&mut self, pod_uid: &str) {
        self.kubelet.remove(pod_uid);
        self.slow_queries.remove(pod_uid);
        let now = self.now;
        if let Some(run) = self.runs.get_mut(pod_uid).and_then(|runs| runs.last_mut())
            && run.ended.is_none()
        {
            run.ended = Some(now);
        }
    }

    /// The kubelet of a node is back: it takes up where it stopped.
    pub(crate) fn kubelet_returns(&mut self, node: &str) {
        let pods: Vec<(String, bool, bool)> = self
            .kubelet
            .iter()
            .filter(|(_, runtime)| runtime.node == node)
            .map(|(uid, runtime)| (uid.clone(), runtime.stopping, runtime.is_running()))
            .collect();
        for (pod_uid, stopping, running) in pods {
            if stopping {
                self.kubelet_after(&pod_uid, TimeDelta::seconds(2), KubeletStep::Gone);
            } else if running {
                self.set_ready(&pod_uid, true);
                self.publish(&pod_uid);
            } else {
                self.kubelet_after(&pod_uid, TimeDelta::seconds(2), KubeletStep::Start);
            }
        }
    }
}

fn not_found(image: &str) -> String {
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image {image:?}: failed to resolve reference {image:?}: {image}: not found"
    )
}

/// What is wrong with the readiness probe itself: a path or a port that the program does not serve.
fn probe_problem(pod: &Value) -> Option<String> {
    let probe = pod.pointer("/spec/containers/0/readinessProbe/httpGet")?;
    let port = probe.get("port").cloned().unwrap_or_default();
    let ports = super::object::array(pod, "/spec/containers/0/ports");
    let open = ports.iter().any(|open| open.get("containerPort") == Some(&port) || open.get("name") == Some(&port));
    if !open {
        return Some(format!(
            "Get \"http://10.244.0.1:{port}{}\": dial tcp: connect: connection refused",
            text(probe, "/path")
        ));
    }
    let served = ["/healthz", "/readyz", "/livez", "/_health", "/health"].contains(&text(probe, "/path"));
    (!served).then(|| "HTTP probe failed with statuscode: 404".to_owned())
}
