//! The client: what is shared by all its requests, and the port.

use crate::ask;
use crate::breaker::Breaker;
use crate::dialect::Dialect;
use crate::endpoint::Endpoint;
use crate::gate::Gate;
use crate::probe::{self, Facts, ProbeReport};
use crate::settings::ModelSettings;
use crate::trouble::Whom;
use async_trait::async_trait;
use domain::secret::Secret;
use futures::stream::BoxStream;
use ports::model::{Capabilities, Model, ModelError, ModelEvent, ModelRequest};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// Settings from which no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address is no address.
    #[error("{0}")]
    Endpoint(String),
    /// A header cannot be sent.
    #[error("the model's header {0:?} cannot be sent: its name or value holds characters that HTTP does not allow")]
    Header(String),
    /// The HTTP client could not be built.
    #[error("the HTTP client for the model could not be built")]
    Http(#[source] reqwest::Error),
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) settings: ModelSettings,
    pub(crate) endpoint: Endpoint,
    pub(crate) http: reqwest::Client,
    pub(crate) whom: Whom,
    pub(crate) gate: Arc<Gate>,
    pub(crate) breaker: Mutex<Breaker>,
    /// The failure that counted last, for the message of an open breaker.
    pub(crate) last_failure: Mutex<String>,
    dialect: Mutex<Dialect>,
    pub(crate) model: OnceCell<String>,
    facts: OnceCell<Facts>,
    seed: u64,
    draws: AtomicU64,
}

impl Shared {
    pub(crate) fn dialect(&self) -> Dialect {
        *self.dialect.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_dialect(&self, dialect: Dialect) {
        *self.dialect.lock().unwrap_or_else(PoisonError::into_inner) = dialect;
    }

    pub(crate) fn with_breaker<T>(&self, act: impl FnOnce(&mut Breaker) -> T) -> T {
        act(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next number for a jitter.
    pub(crate) fn draw(&self) -> f64 {
        domain::backoff::draw(self.seed, self.draws.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) async fn facts(&self) -> Result<&Facts, ModelError> {
        self.facts.get_or_try_init(|| probe::facts(self)).await
    }

    fn name(&self) -> String {
        let model = self.settings.model.as_deref().or_else(|| self.model.get().map(String::as_str));
        format!("{} at {}", model.unwrap_or("a model not yet chosen"), self.endpoint.root)
    }
}

/// A model behind an OpenAI-compatible endpoint.
///
/// Tools can be offered in every request: where the capabilities say that the model takes none, they go into the
/// instructions and the calls are read from the text.
#[derive(Clone)]
pub struct ModelClient {
    pub(crate) shared: Arc<Shared>,
}

impl ModelClient {
    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// When the address or a header is malformed.
    pub fn new(settings: ModelSettings) -> Result<Self, SetupError> {
        let endpoint = Endpoint::parse(settings.endpoint_url.reveal(), settings.kind).map_err(SetupError::Endpoint)?;
        let headers = headers(&settings, &endpoint)?;
        // Building a client panics without a provider; the application may have installed one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .default_headers(headers)
            .connect_timeout(settings.connect_deadline)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("auto-devops/", env!("CARGO_PKG_VERSION")));
        if endpoint.is_loopback {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| SetupError::Http(error.without_url()))?;
        let whom = Whom { address: endpoint.root.clone(), secrets: secrets(&settings, &endpoint) };
        let seed = settings.jitter_seed.unwrap_or_else(|| RandomState::new().hash_one(0_u8));
        let shared = Shared {
            gate: Gate::new(settings.max_concurrent, settings.max_queue),
            breaker: Mutex::new(Breaker::new(settings.breaker_failures, settings.breaker_pause)),
            last_failure: Mutex::new(String::new()),
            dialect: Mutex::new(Dialect::default()),
            model: OnceCell::new(),
            facts: OnceCell::new(),
            draws: AtomicU64::new(0),
            seed,
            http,
            whom,
            endpoint,
            settings,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Asks the endpoint anew what it is and what its model can do.
    ///
    /// # Errors
    /// When the endpoint cannot be asked, or has no model.
    pub async fn probe(&self) -> Result<ProbeReport, ModelError> {
        probe::report(&self.shared).await
    }

    /// Requests under way, and requests waiting.
    pub fn load(&self) -> (usize, usize) {
        self.shared.gate.load()
    }
}

fn secrets(settings: &ModelSettings, endpoint: &Endpoint) -> Vec<Secret> {
    let mut secrets: Vec<Secret> = settings.headers.iter().map(|(_, value)| value.clone()).collect();
    secrets.extend(settings.api_key.clone());
    if let Some((user, password)) = endpoint.userinfo.clone() {
        secrets.extend([user, password]);
    }
    // The longest first, so that a secret inside another leaves nothing of it.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.reveal().len()));
    secrets
}

fn headers(settings: &ModelSettings, endpoint: &Endpoint) -> Result<HeaderMap, SetupError> {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &str| {
        let error = || SetupError::Header(name.to_owned());
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| error())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| error())?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    };
    if let Some((user, password)) = &endpoint.userinfo {
        let pair = format!("{}:{}", user.reveal(), password.reveal());
        add(AUTHORIZATION.as_str(), &format!("Basic {}", base64(pair.as_bytes())))?;
    }
    // A key wins over userinfo, and a header of the settings over both.
    if let Some(key) = settings.api_key.as_ref().filter(|key| !key.reveal().trim().is_empty()) {
        add(AUTHORIZATION.as_str(), &format!("Bearer {}", key.reveal().trim()))?;
    }
    for (name, value) in &settings.headers {
        add(name, value.reveal())?;
    }
    Ok(headers)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) as usize & 63;
            let shown = place <= group.len();
            text.push(if shown { char::from(*DIGITS.get(digit).unwrap_or(&b'=')) } else { '=' });
        }
    }
    text
}

#[async_trait]
impl Model for ModelClient {
    fn name(&self) -> String {
        self.shared.name()
    }

    async fn capabilities(&self) -> Result<Capabilities, ModelError> {
        let facts = self.shared.facts().await?;
        Ok(Capabilities { tools: facts.native_tools, context_tokens: facts.context_tokens })
    }

    fn ask(
        &self,
        request: ModelRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        ask::ask(self.shared.clone(), request, cancel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Kind;

    #[test]
    fn base64_is_padded() {
        let cases = [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("user:p@ss", "dXNlcjpwQHNz")];
        for (plain, encoded) in cases {
            assert_eq!(base64(plain.as_bytes()), encoded, "{plain}");
        }
    }

    #[test]
    fn bad_settings_are_told_without_secrets() {
        let mut settings = ModelSettings::new("http://h", Kind::Ollama);
        settings.headers = vec![("x-key".into(), Secret::new("hunter2\n"))];
        let error = ModelClient::new(settings.clone()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("x-key") && !error.contains("hunter2"), "{error}");
        settings.api_key = Some(Secret::new("hunter2"));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
