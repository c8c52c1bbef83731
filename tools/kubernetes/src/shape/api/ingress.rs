//! Ingresses and their classes.

use super::network::BalancedStatus;
use super::{Meta, lenient};
use serde::Deserialize;

/// An Ingress (networking.k8s.io/v1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Ingress {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: IngressSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: BalancedStatus,
}

/// `spec` of an ingress.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressSpec {
    /// The class; absent means the default one, or the old annotation.
    #[serde(deserialize_with = "lenient")]
    pub ingress_class_name: String,
    /// Where everything else goes.
    pub default_backend: Option<Backend>,
    /// Certificates.
    #[serde(deserialize_with = "lenient")]
    pub tls: Vec<IngressTls>,
    /// Rules.
    #[serde(deserialize_with = "lenient")]
    pub rules: Vec<IngressRule>,
}

/// One entry of `spec.tls`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressTls {
    /// The Secret; empty leaves it to the controller.
    #[serde(deserialize_with = "lenient")]
    pub secret_name: String,
}

/// One rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct IngressRule {
    /// Host; empty for all.
    #[serde(deserialize_with = "lenient")]
    pub host: String,
    /// Paths.
    #[serde(deserialize_with = "lenient")]
    pub http: IngressPaths,
}

/// `http` of a rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct IngressPaths {
    /// Paths.
    #[serde(deserialize_with = "lenient")]
    pub paths: Vec<IngressPath>,
}

/// One path.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct IngressPath {
    /// Path.
    #[serde(deserialize_with = "lenient")]
    pub path: String,
    /// Where it goes.
    #[serde(deserialize_with = "lenient")]
    pub backend: Backend,
}

/// A backend; one that is no service is left alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Backend {
    /// The service.
    pub service: Option<BackendService>,
}

/// A service as a backend.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BackendService {
    /// Name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// Port.
    #[serde(deserialize_with = "lenient")]
    pub port: BackendPort,
}

/// The port of a backend: a number or a name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BackendPort {
    /// Number, 0 where a name is given.
    #[serde(deserialize_with = "lenient")]
    pub number: u32,
    /// Name, empty where a number is given.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
}

/// `8080` or `http`.
impl std::fmt::Display for BackendPort {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.name.is_empty() { write!(out, "{}", self.number) } else { out.write_str(&self.name) }
    }
}

impl Ingress {
    /// All services that it routes to, each with the host and path that lead there.
    pub fn backends(&self) -> impl Iterator<Item = (String, &BackendService)> {
        let of_rules = self.spec.rules.iter().flat_map(|rule| {
            rule.http.paths.iter().map(move |path| (format!("{}{}", rule.host, path.path), &path.backend))
        });
        let default = self.spec.default_backend.iter().map(|backend| ("default backend".to_owned(), backend));
        of_rules.chain(default).filter_map(|(route, backend)| Some((route, backend.service.as_ref()?)))
    }
}

/// An IngressClass.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct IngressClass {
    /// Metadata; an annotation marks the default one.
    pub metadata: Meta,
}
