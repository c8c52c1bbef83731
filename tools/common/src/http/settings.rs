//! Where a backend is, and how to be let in.

use super::client::HttpClient;
use super::transport::InProcessService;
use domain::envelope::Failure;
use domain::secret::Secret;
use std::collections::BTreeMap;
use std::time::Duration;

/// How the backend is to know us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Basic`.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: Secret,
    },
    /// `Authorization: Bearer`.
    Bearer(Secret),
}

/// A backend: over the network, or (with a service) within this process.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Address, credentials, certificates, limits.
    pub settings: HttpSettings,
    /// Called instead of the network, for simulations.
    pub in_process: Option<InProcessService>,
}

impl Endpoint {
    /// A backend over the network, without credentials.
    pub fn new(backend: &'static str, url: impl Into<String>) -> Self {
        Self { settings: HttpSettings::new(backend, url), in_process: None }
    }

    /// Its client.
    ///
    /// # Errors
    /// `BadRequest` that names what is wrong in the settings.
    pub fn client(&self) -> Result<HttpClient, Failure> {
        match &self.in_process {
            Some(service) => HttpClient::in_process(&self.settings, service.clone()),
            None => HttpClient::network(&self.settings),
        }
    }
}

/// A backend's address and everything that reaching it needs.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// What the backend is, in messages: `Prometheus`.
    pub backend: &'static str,
    /// Base URL, with a path prefix where there is one. A user and password in it are taken as basic credentials.
    pub url: Secret,
    /// How the backend is to know us.
    pub credentials: Credentials,
    /// Sent with every request (tenant headers); never shown.
    pub headers: BTreeMap<String, Secret>,
    /// Certificate authorities (PEM) trusted besides the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// Client certificate and key (PEM, both in one text).
    pub identity_pem: Option<Secret>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long one request may take where it does not say so itself.
    pub timeout: Duration,
    /// The most that is read of one answer.
    pub max_body_bytes: usize,
}

impl HttpSettings {
    /// The usual limits for a backend at `url`.
    pub fn new(backend: &'static str, url: impl Into<String>) -> Self {
        Self {
            backend,
            url: Secret::new(url),
            credentials: Credentials::None,
            headers: BTreeMap::new(),
            ca_pem: None,
            identity_pem: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            max_body_bytes: 16 * 1024 * 1024,
        }
    }
}
