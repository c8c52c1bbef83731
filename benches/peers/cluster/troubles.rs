//! Ways in which a pod can be in trouble, as the kubelet and the scheduler tell them.

/// Where the container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// It waits for this reason.
    Waiting(&'static str),
    /// It runs and is not ready.
    Running,
    /// It ended, with reason and exit code.
    Ended(&'static str, i32),
    /// There is none: the pod was not placed, or was thrown out.
    Absent,
}

/// One way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// What `kubectl get pods` prints.
    pub status: &'static str,
    /// The phase.
    pub phase: &'static str,
    /// The container.
    pub container: Container,
    /// What the kubelet or the scheduler says to it.
    pub message: &'static str,
    /// Restarts until now.
    pub restarts: usize,
    /// How the run before ended.
    pub last_end: Option<(&'static str, i32)>,
    /// Reasons and messages of its warnings.
    pub warnings: &'static [(&'static str, &'static str)],
}

/// All of them; the pods in trouble take one after the other.
pub const TROUBLES: [Trouble; 8] = [
    Trouble {
        status: "CrashLoopBackOff",
        phase: "Running",
        container: Container::Waiting("CrashLoopBackOff"),
        message: "back-off 5m0s restarting failed container=app",
        restarts: 41,
        last_end: Some(("Error", 1)),
        warnings: &[("BackOff", "Back-off restarting failed container app")],
    },
    Trouble {
        status: "ImagePullBackOff",
        phase: "Pending",
        container: Container::Waiting("ImagePullBackOff"),
        message: "Back-off pulling image: manifest for this tag was not found: manifest unknown",
        restarts: 0,
        last_end: None,
        warnings: &[
            ("Failed", "Failed to pull image: rpc error: code = NotFound desc = manifest unknown"),
            ("BackOff", "Back-off pulling image"),
        ],
    },
    Trouble {
        status: "Pending",
        phase: "Pending",
        container: Container::Absent,
        message: "0/100 nodes are available: 97 Insufficient memory, 3 node(s) had untolerated taint(s).",
        restarts: 0,
        last_end: None,
        warnings: &[(
            "FailedScheduling",
            "0/100 nodes are available: 97 Insufficient memory, 3 node(s) had untolerated taint(s).",
        )],
    },
    Trouble {
        status: "CreateContainerConfigError",
        phase: "Pending",
        container: Container::Waiting("CreateContainerConfigError"),
        message: "configmap \"settings\" not found",
        restarts: 0,
        last_end: None,
        warnings: &[("Failed", "Error: configmap \"settings\" not found")],
    },
    Trouble {
        status: "Running",
        phase: "Running",
        container: Container::Running,
        message: "containers with unready status: [app]",
        restarts: 0,
        last_end: None,
        warnings: &[("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")],
    },
    Trouble {
        status: "OOMKilled",
        phase: "Running",
        container: Container::Ended("OOMKilled", 137),
        message: "",
        restarts: 7,
        last_end: Some(("OOMKilled", 137)),
        warnings: &[("BackOff", "Back-off restarting failed container app")],
    },
    Trouble {
        status: "Error",
        phase: "Failed",
        container: Container::Ended("Error", 2),
        message: "",
        restarts: 0,
        last_end: None,
        warnings: &[(
            "FailedMount",
            "MountVolume.SetUp failed for volume \"data\": timed out waiting for the condition",
        )],
    },
    Trouble {
        status: "Evicted",
        phase: "Failed",
        container: Container::Absent,
        message: "The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi.",
        restarts: 0,
        last_end: None,
        warnings: &[("Evicted", "The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi.")],
    },
];
