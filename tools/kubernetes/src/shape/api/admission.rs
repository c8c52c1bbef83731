//! Webhooks that requests to the API server go through, and API groups that other servers answer.

use super::{Condition, Meta, lenient};
use serde::Deserialize;

/// A MutatingWebhookConfiguration or ValidatingWebhookConfiguration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WebhookConfiguration {
    /// Metadata.
    pub metadata: Meta,
    /// The webhooks.
    #[serde(deserialize_with = "lenient")]
    pub webhooks: Vec<Webhook>,
}

/// One webhook.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Webhook {
    /// Name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// `Fail`, which is meant where it is absent, or `Ignore`.
    pub failure_policy: Option<String>,
    /// Who answers.
    #[serde(deserialize_with = "lenient")]
    pub client_config: WebhookClient,
    /// Which requests go through it.
    #[serde(deserialize_with = "lenient")]
    pub rules: Vec<WebhookRule>,
}

/// `clientConfig`: a service of this cluster, or a URL, which is not judged.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WebhookClient {
    /// The service.
    pub service: Option<ServiceReference>,
}

/// A service that the API server itself calls.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ServiceReference {
    /// Namespace.
    #[serde(deserialize_with = "lenient")]
    pub namespace: String,
    /// Name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// Port; absent means 443.
    pub port: Option<u32>,
}

/// Which requests a webhook is asked about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WebhookRule {
    /// `CREATE`, `UPDATE`, ….
    #[serde(deserialize_with = "lenient")]
    pub operations: Vec<String>,
    /// `pods`, `*`, `*/*`.
    #[serde(deserialize_with = "lenient")]
    pub resources: Vec<String>,
}

/// An APIService: a group and version that another server answers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ApiService {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: ApiServiceSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: ApiServiceStatus,
}

/// `spec` of an APIService.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ApiServiceSpec {
    /// Who answers; absent for the API server's own groups.
    pub service: Option<ServiceReference>,
}

/// `status` of an APIService.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ApiServiceStatus {
    /// `Available`.
    #[serde(deserialize_with = "lenient")]
    pub conditions: Vec<Condition>,
}
