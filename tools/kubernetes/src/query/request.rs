//! Paths and query strings of read requests.

use super::kinds::Kind;
use std::fmt::Write as _;

/// What a request asks for, so that a refusal can name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `get` or `list`, as RBAC names it.
    pub verb: &'static str,
    /// `deployments.apps`, `pods/log`.
    pub resource: String,
    /// `None` for cluster-scoped objects and for all namespaces.
    pub namespace: Option<String>,
    /// The object, where one is asked for.
    pub name: Option<String>,
}

/// `get secrets stripe-keys in namespace shop`.
impl std::fmt::Display for Asked {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.verb, self.resource)?;
        if let Some(name) = &self.name {
            write!(out, " {name}")?;
        }
        match &self.namespace {
            Some(namespace) => write!(out, " in namespace {namespace}"),
            None if self.name.is_none() => out.write_str(" in all namespaces"),
            None => Ok(()),
        }
    }
}

/// How the server shall write the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The objects themselves.
    Json,
    /// Their metadata alone; a server that cannot do that sends the objects.
    Metadata,
    /// One object's metadata alone.
    OneMetadata,
    /// The columns that `kubectl get` prints; a server that cannot do that sends the objects.
    Columns,
    /// Plain text (logs).
    Text,
    /// All resources of all groups in one document (aggregated discovery), or the old index.
    Discovery,
}

impl Form {
    /// The `Accept` header.
    pub fn accept(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Metadata => "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
            Self::OneMetadata => "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
            Self::Columns => "application/json;as=Table;g=meta.k8s.io;v=v1,application/json",
            Self::Text => "text/plain, */*",
            Self::Discovery => {
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                 application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
            }
        }
    }
}

/// One GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Path and query.
    pub uri: String,
    /// Form of the answer.
    pub form: Form,
    /// For messages.
    pub asked: Asked,
}

/// What narrows a list on the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// `app=checkout,tier!=web`.
    pub labels: Option<String>,
    /// `spec.nodeName=worker-1`.
    pub fields: Option<String>,
}

/// The collection of a kind, in one namespace or all of them.
pub fn collection(kind: &Kind, namespace: Option<&str>) -> String {
    let root = if kind.group.is_empty() {
        format!("/api/{}", kind.version)
    } else {
        format!("/apis/{}/{}", kind.group, kind.version)
    };
    match namespace {
        Some(namespace) if kind.namespaced => format!("{root}/namespaces/{}/{}", encode(namespace), kind.plural),
        _ => format!("{root}/{}", kind.plural),
    }
}

/// One page of a list.
pub fn list(
    kind: &Kind,
    namespace: Option<&str>,
    selection: &Selection,
    limit: u32,
    next: &str,
    form: Form,
) -> Request {
    let mut uri = format!("{}?limit={limit}", collection(kind, namespace));
    for (name, value) in [("labelSelector", &selection.labels), ("fieldSelector", &selection.fields)] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            let _ = write!(uri, "&{name}={}", encode(value));
        }
    }
    if !next.is_empty() {
        let _ = write!(uri, "&continue={}", encode(next));
    }
    let namespace = namespace.filter(|_| kind.namespaced).map(str::to_owned);
    Request { uri, form, asked: Asked { verb: "list", resource: kind.resource(), namespace, name: None } }
}

/// One object's metadata: enough to know that it exists and when it changed.
pub fn get_metadata(kind: &Kind, namespace: Option<&str>, name: &str) -> Request {
    Request { form: Form::OneMetadata, ..get(kind, namespace, name) }
}

/// One object.
pub fn get(kind: &Kind, namespace: Option<&str>, name: &str) -> Request {
    let uri = format!("{}/{}", collection(kind, namespace), encode(name));
    let namespace = namespace.filter(|_| kind.namespaced).map(str::to_owned);
    let asked = Asked { verb: "get", resource: kind.resource(), namespace, name: Some(name.to_owned()) };
    Request { uri, form: Form::Json, asked }
}

/// What narrows a container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSelection {
    /// Which container.
    pub container: String,
    /// The run before the last restart.
    pub previous: bool,
    /// Only the last seconds.
    pub since_seconds: Option<u64>,
    /// Only the last lines.
    pub tail: u32,
    /// Bytes after which the server stops.
    pub limit_bytes: u64,
}

/// A container's log.
pub fn log(namespace: &str, pod: &str, selection: &LogSelection) -> Request {
    let pods = Kind::built_in("Pod");
    let mut uri = format!(
        "{}/{}/log?container={}&timestamps=true&tailLines={}&limitBytes={}",
        collection(&pods, Some(namespace)),
        encode(pod),
        encode(&selection.container),
        selection.tail,
        selection.limit_bytes
    );
    if selection.previous {
        uri.push_str("&previous=true");
    }
    if let Some(seconds) = selection.since_seconds {
        let _ = write!(uri, "&sinceSeconds={seconds}");
    }
    let asked = Asked {
        verb: "get",
        resource: "pods/log".to_owned(),
        namespace: Some(namespace.to_owned()),
        name: Some(pod.to_owned()),
    };
    Request { uri, form: Form::Text, asked }
}

/// Percent-encodes everything but unreserved characters, so that an argument cannot leave its place in the path.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) || byte == b'.' && text != "." && text != ".." {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries() {
        let selection = Selection { labels: Some("app=checkout".to_owned()), fields: None };
        let request = list(&Kind::built_in("Deployment"), Some("shop"), &selection, 500, "abc==", Form::Json);
        let expected =
            "/apis/apps/v1/namespaces/shop/deployments?limit=500&labelSelector=app%3Dcheckout&continue=abc%3D%3D";
        assert_eq!(request.uri, expected);
        let request = get(&Kind::built_in("Node"), Some("ignored"), "../x");
        assert_eq!(request.uri, "/api/v1/nodes/..%2Fx");
        assert_eq!(request.asked.to_string(), "get nodes ../x");
    }
}
