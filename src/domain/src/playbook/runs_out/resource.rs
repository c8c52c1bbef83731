//! What can be full, by which metric it is seen, and which of it a question is about.

use crate::object::ObjectRef;
use crate::observed::prometheus::RunsOut;

/// File systems that hold nothing, or are full by nature.
const NO_DISKS: &str = r#"fstype!~"tmpfs|ramfs|devtmpfs|overlay|squashfs|iso9660|nsfs|autofs""#;

/// What a question is about.
pub(super) enum Scope {
    /// All volumes and disks.
    Everything,
    /// The volumes of a namespace.
    Namespace(String),
    /// The disks of a node.
    Node(ObjectRef),
    /// The volumes that an object uses: these claims, and those of its templates.
    Claims(ObjectRef, Vec<ObjectRef>),
}

/// One kind of thing that can be full: its share that is free, as PromQL.
pub(super) struct Resource {
    pub(super) plural: &'static str,
    /// The metric without which nothing is known.
    pub(super) metric: &'static str,
    pub(super) query: String,
}

impl Resource {
    /// Persistent volumes. A volume that moves to another node, or is mounted twice, stays one series.
    pub(super) fn volumes(namespace: Option<&str>) -> Self {
        let selector = namespace.map_or(String::new(), |namespace| format!("{{namespace={namespace:?}}}"));
        let query = format!(
            "min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes{selector} / \
             kubelet_volume_stats_capacity_bytes{selector})"
        );
        Self { plural: "the volumes", metric: "kubelet_volume_stats", query }
    }

    /// Disks of nodes, but those that cannot be written. A disk that is mounted twice stays one series.
    fn disks() -> Self {
        let query = format!(
            "min by (node, instance, device) (node_filesystem_avail_bytes{{{NO_DISKS}}} / \
             node_filesystem_size_bytes{{{NO_DISKS}}} unless node_filesystem_readonly == 1)"
        );
        Self { plural: "the disks of the nodes", metric: "node_filesystem", query }
    }

    /// `Volume data/orders`, `Disk /dev/vda1 of worker-1`.
    pub(super) fn name_of(&self, row: &RunsOut) -> Option<String> {
        if let Some(claim) = claim(row) {
            return Some(format!("Volume {}", claim.path()));
        }
        let place = row.labels.get("node").or_else(|| row.labels.get("instance"))?;
        Some(format!("Disk {} of {place}", row.labels.get("device")?))
    }
}

/// The claim that a row is about.
pub(super) fn claim(row: &RunsOut) -> Option<ObjectRef> {
    let (namespace, name) = (row.labels.get("namespace")?, row.labels.get("persistentvolumeclaim")?);
    Some(ObjectRef::namespaced("PersistentVolumeClaim", namespace, name))
}

impl Scope {
    /// What is to be looked at; the question's own words narrow it.
    pub(super) fn resources(&self, words: &[String]) -> Vec<Resource> {
        let says = |these: &[&str]| words.iter().any(|word| these.contains(&word.as_str()));
        match self {
            Self::Node(_) => vec![Resource::disks()],
            Self::Namespace(namespace) => vec![Resource::volumes(Some(namespace))],
            Self::Claims(object, _) => vec![Resource::volumes(object.namespace.as_deref())],
            Self::Everything if says(&["node", "nodes", "host", "hosts", "machine", "machines"]) => {
                vec![Resource::disks()]
            }
            Self::Everything if says(&["volume", "volumes", "claim", "claims", "pvc"]) => vec![Resource::volumes(None)],
            Self::Everything => vec![Resource::volumes(None), Resource::disks()],
        }
    }

    /// Whether a row is about it.
    pub(super) fn holds(&self, row: &RunsOut) -> bool {
        match self {
            Self::Everything | Self::Namespace(_) => true,
            Self::Node(node) => {
                let is_host = |instance: &String| instance.split(':').next() == Some(node.name.as_str());
                row.labels.get("node") == Some(&node.name) || row.labels.get("instance").is_some_and(is_host)
            }
            Self::Claims(object, claims) => {
                claim(row).is_some_and(|claim| claims.contains(&claim) || is_of_template(&claim, object))
            }
        }
    }

    /// The object that was named.
    pub(super) fn object(&self) -> Option<&ObjectRef> {
        match self {
            Self::Node(object) | Self::Claims(object, _) => Some(object),
            Self::Everything | Self::Namespace(_) => None,
        }
    }

    /// Whose volumes and disks, in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Everything => "any volume or disk".to_owned(),
            Self::Namespace(namespace) => format!("a volume of namespace {namespace}"),
            Self::Node(node) => format!("a disk of {node}"),
            Self::Claims(object, _) => format!("a volume of {object}"),
        }
    }
}

/// `data-orders-db-0` is the claim of StatefulSet `orders-db`: Kubernetes names claims of templates so.
fn is_of_template(claim: &ObjectRef, object: &ObjectRef) -> bool {
    let of_template = |(stem, ordinal): (&str, &str)| {
        !ordinal.is_empty()
            && ordinal.chars().all(|letter| letter.is_ascii_digit())
            && stem.ends_with(&format!("-{}", object.name))
    };
    object.kind == "StatefulSet"
        && claim.namespace == object.namespace
        && claim.name.rsplit_once('-').is_some_and(of_template)
}
