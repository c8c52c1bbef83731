//! The columns of each kind, as `kubectl get` shows them.

/// One column.
pub struct Column {
    /// Its head.
    pub name: &'static str,
    /// Its type.
    pub kind: &'static str,
    /// Whether only `-o wide` shows it.
    pub wide: bool,
}

const fn column(name: &'static str) -> Column {
    Column { name, kind: "string", wide: false }
}

const fn wide(name: &'static str) -> Column {
    Column { name, kind: "string", wide: true }
}

static PLAIN: &[Column] = &[column("Name"), column("Age")];

/// The columns of a kind.
pub fn columns(resource: &str) -> &'static [Column] {
    match resource {
        "pods" => {
            const {
                &[
                    column("Name"),
                    column("Ready"),
                    column("Status"),
                    column("Restarts"),
                    column("Age"),
                    wide("IP"),
                    wide("Node"),
                ]
            }
        }
        "deployments" => {
            const {
                &[
                    column("Name"),
                    column("Ready"),
                    column("Up-to-date"),
                    column("Available"),
                    column("Age"),
                    wide("Containers"),
                    wide("Images"),
                    wide("Selector"),
                ]
            }
        }
        "replicasets" => {
            const {
                &[
                    column("Name"),
                    column("Desired"),
                    column("Current"),
                    column("Ready"),
                    column("Age"),
                    wide("Containers"),
                    wide("Images"),
                    wide("Selector"),
                ]
            }
        }
        "statefulsets" => {
            const { &[column("Name"), column("Ready"), column("Age"), wide("Containers"), wide("Images")] }
        }
        "daemonsets" => {
            const {
                &[
                    column("Name"),
                    column("Desired"),
                    column("Current"),
                    column("Ready"),
                    column("Up-to-date"),
                    column("Available"),
                    column("Node Selector"),
                    column("Age"),
                ]
            }
        }
        "jobs" => {
            const { &[column("Name"), column("Status"), column("Completions"), column("Duration"), column("Age")] }
        }
        "cronjobs" => {
            const {
                &[
                    column("Name"),
                    column("Schedule"),
                    column("Timezone"),
                    column("Suspend"),
                    column("Active"),
                    column("Last Schedule"),
                    column("Age"),
                ]
            }
        }
        "nodes" => {
            const {
                &[
                    column("Name"),
                    column("Status"),
                    column("Roles"),
                    column("Age"),
                    column("Version"),
                    wide("Internal-IP"),
                    wide("OS-Image"),
                    wide("Kernel-Version"),
                    wide("Container-Runtime"),
                ]
            }
        }
        "services" => {
            const {
                &[
                    column("Name"),
                    column("Type"),
                    column("Cluster-IP"),
                    column("External-IP"),
                    column("Port(s)"),
                    column("Age"),
                    wide("Selector"),
                ]
            }
        }
        "endpoints" => const { &[column("Name"), column("Endpoints"), column("Age")] },
        "namespaces" => const { &[column("Name"), column("Status"), column("Age")] },
        "configmaps" => const { &[column("Name"), column("Data"), column("Age")] },
        "secrets" => const { &[column("Name"), column("Type"), column("Data"), column("Age")] },
        "events" => {
            const {
                &[
                    column("Last Seen"),
                    column("Type"),
                    column("Reason"),
                    column("Object"),
                    wide("Subobject"),
                    wide("Source"),
                    column("Message"),
                    wide("First Seen"),
                    wide("Count"),
                    wide("Name"),
                ]
            }
        }
        "persistentvolumeclaims" => {
            const {
                &[
                    column("Name"),
                    column("Status"),
                    column("Volume"),
                    column("Capacity"),
                    column("Access Modes"),
                    column("StorageClass"),
                    column("Age"),
                ]
            }
        }
        "persistentvolumes" => {
            const {
                &[
                    column("Name"),
                    column("Capacity"),
                    column("Access Modes"),
                    column("Reclaim Policy"),
                    column("Status"),
                    column("Claim"),
                    column("StorageClass"),
                    column("Age"),
                ]
            }
        }
        "horizontalpodautoscalers" => {
            const {
                &[
                    column("Name"),
                    column("Reference"),
                    column("Targets"),
                    column("MinPods"),
                    column("MaxPods"),
                    column("Replicas"),
                    column("Age"),
                ]
            }
        }
        "poddisruptionbudgets" => {
            const {
                &[
                    column("Name"),
                    column("Min Available"),
                    column("Max Unavailable"),
                    column("Allowed Disruptions"),
                    column("Age"),
                ]
            }
        }
        "ingresses" => {
            const { &[column("Name"), column("Class"), column("Hosts"), column("Address"), column("Ports"), column("Age")] }
        }
        "networkpolicies" => const { &[column("Name"), column("Pod-Selector"), column("Age")] },
        "certificates" => const { &[column("Name"), column("Ready"), column("Secret"), column("Age")] },
        "storageclasses" => {
            const {
                &[
                    column("Name"),
                    column("Provisioner"),
                    column("ReclaimPolicy"),
                    column("VolumeBindingMode"),
                    column("AllowVolumeExpansion"),
                    column("Age"),
                ]
            }
        }
        _ => PLAIN,
    }
}
