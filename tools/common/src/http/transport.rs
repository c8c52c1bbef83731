//! The two ways to a backend: a socket, or a service in this process.

use super::client::{Request, Response};
use super::ours::Ours;
use super::settings::{Credentials, HttpSettings};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use domain::envelope::{Failure, FailureKind};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::fmt;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

/// A backend within this process: an `axum::Router` is one (`InProcessService::new(router)`).
#[derive(Clone)]
pub struct InProcessService(
    BoxCloneSyncService<http::Request<axum::body::Body>, http::Response<axum::body::Body>, Infallible>,
);

impl InProcessService {
    /// Wraps a tower service.
    pub fn new<S>(service: S) -> Self
    where
        S: tower::Service<
                http::Request<axum::body::Body>,
                Response = http::Response<axum::body::Body>,
                Error = Infallible,
            > + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(service))
    }
}

impl fmt::Debug for InProcessService {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("InProcessService")
    }
}

/// The base URL, taken apart once, with the headers of every request.
#[derive(Clone)]
pub(super) struct Target {
    backend: &'static str,
    base: reqwest::Url,
    shown: String,
    headers: HeaderMap,
    ours: Ours,
}

impl fmt::Debug for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Target({} {})", self.backend, self.shown)
    }
}

impl Target {
    pub(super) fn of(settings: &HttpSettings) -> Result<Self, Failure> {
        let backend = settings.backend;
        let mut base = parse_url(backend, settings.url.reveal())?;
        let from_url = userinfo(&base);
        // Neither call can fail on a URL that has a host.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        base.set_query(None);
        base.set_fragment(None);
        let shown = base.as_str().trim_end_matches('/').to_owned();
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let name = HeaderName::try_from(name.as_str())
                .map_err(|_| wrong(backend, &format!("the header name {name:?} is not valid")))?;
            headers.insert(name.clone(), sensitive(backend, name.as_str(), value.reveal())?);
        }
        let authorization = match (&settings.credentials, &from_url) {
            (Credentials::Basic { username, password }, _) => Some(basic(username, password.reveal())),
            (Credentials::Bearer(token), _) => Some(format!("Bearer {}", token.reveal().trim())),
            (Credentials::None, Some((username, password))) => Some(basic(username, password)),
            (Credentials::None, None) => None,
        };
        let password = from_url.as_ref().map(|(_, password)| password.as_str());
        let ours = Ours::of(settings, authorization.as_deref(), password);
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, sensitive(backend, "authorization", &authorization)?);
        }
        Ok(Self { backend, base, shown, headers, ours })
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn backend(&self) -> &'static str {
        self.backend
    }

    pub(super) fn ours(&self) -> &Ours {
        &self.ours
    }

    pub(super) fn asked(&self, request: &Request) -> String {
        format!("{} {}{}", request.method, self.shown, request.path)
    }

    fn url(&self, request: &Request) -> reqwest::Url {
        let mut url = self.base.clone();
        let path = format!("{}{}", self.base.path().trim_end_matches('/'), request.path);
        url.set_path(&path);
        let in_the_url = request.method != http::Method::POST || request.body.is_some();
        if in_the_url && !request.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.parameters);
        }
        url
    }

    /// The body with its media type: JSON where there is some, otherwise the form of a POST.
    fn body(request: &Request) -> Option<(&'static str, String)> {
        if let Some(body) = &request.body {
            return Some(("application/json", body.to_string()));
        }
        (request.method == http::Method::POST).then(|| {
            let mut form = reqwest::Url::parse("form:").ok();
            if let Some(form) = &mut form {
                form.query_pairs_mut().extend_pairs(&request.parameters);
            }
            let form = form.and_then(|form| form.query().map(str::to_owned)).unwrap_or_default();
            ("application/x-www-form-urlencoded", form)
        })
    }

    /// The headers of every request with those of this one, which win.
    fn headers(&self, request: &Request, asked: &str) -> Result<HeaderMap, Failure> {
        let mut headers = self.headers.clone();
        for (name, value) in &request.headers {
            let value = HeaderValue::try_from(value.as_str()).map_err(|_| {
                let message = format!("{asked}: the header {name} cannot carry {value:?}");
                Failure::new(FailureKind::BadRequest, message)
            })?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

fn parse_url(backend: &str, text: &str) -> Result<reqwest::Url, Failure> {
    let text = text.trim();
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = reqwest::Url::parse(&with_scheme).map_err(|error| {
        wrong(backend, &format!("the URL cannot be read ({error}); accepted: http://HOST:PORT/PREFIX"))
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong(backend, &format!("the URL has the scheme {:?}; accepted: http, https", url.scheme())));
    }
    Ok(url)
}

fn userinfo(url: &reqwest::Url) -> Option<(String, String)> {
    let username = percent_decoded(url.username());
    let password = percent_decoded(url.password().unwrap_or_default());
    (!username.is_empty() || !password.is_empty()).then_some((username, password))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{password}")))
}

fn sensitive(backend: &str, name: &str, value: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(value).map_err(|_| {
        wrong(backend, &format!("the value of the header {name} has characters that a header cannot carry"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn wrong(backend: &str, what: &str) -> Failure {
    Failure::new(FailureKind::BadRequest, format!("settings for {backend}: {what}"))
}

/// How requests leave.
#[derive(Debug, Clone)]
pub(super) enum Transport {
    Network(reqwest::Client),
    InProcess(InProcessService),
}

impl Transport {
    pub(super) fn network(settings: &HttpSettings) -> Result<Self, Failure> {
        // reqwest panics without a provider; another crate of the process may already have installed one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("auto-devops/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &settings.ca_pem {
            let authorities = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|_| wrong(settings.backend, "the CA is not PEM with certificates"))?;
            builder = builder.tls_certs_merge(authorities);
        }
        if let Some(pem) = &settings.identity_pem {
            let identity = reqwest::Identity::from_pem(pem.reveal().as_bytes()).map_err(|_| {
                wrong(settings.backend, "the client certificate is not PEM with a certificate and its key")
            })?;
            builder = builder.identity(identity);
        }
        let client = builder.build().map_err(|error| wrong(settings.backend, &super::failures::chain(&error)))?;
        Ok(Self::Network(client))
    }

    pub(super) async fn exchange(
        &self,
        target: &Target,
        request: &Request,
        max_body_bytes: usize,
        asked: &str,
    ) -> Result<Response, Failure> {
        match self {
            Self::Network(client) => network_exchange(client, target, request, max_body_bytes, asked).await,
            Self::InProcess(service) => in_process_exchange(service, target, request, max_body_bytes, asked).await,
        }
    }
}

async fn network_exchange(
    client: &reqwest::Client,
    target: &Target,
    request: &Request,
    max_body_bytes: usize,
    asked: &str,
) -> Result<Response, Failure> {
    let headers = target.headers(request, asked)?;
    let mut outgoing = client.request(request.method.clone(), target.url(request)).headers(headers);
    if let Some((media_type, body)) = Target::body(request) {
        outgoing = outgoing.header(CONTENT_TYPE, media_type).body(body);
    }
    let failed = |error: reqwest::Error| super::failures::of_request(&error, target.backend, asked);
    let mut incoming = outgoing.send().await.map_err(failed)?;
    let announced = incoming.content_length().unwrap_or(0);
    if announced > max_body_bytes as u64 {
        return Err(super::failures::too_large(asked, Some(announced), max_body_bytes));
    }
    let status = incoming.status();
    let headers = std::mem::take(incoming.headers_mut());
    let mut body = Vec::with_capacity(announced as usize);
    while let Some(chunk) = incoming.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > max_body_bytes {
            return Err(super::failures::too_large(asked, None, max_body_bytes));
        }
        body.extend_from_slice(&chunk);
    }
    let content_type = media_type(&headers);
    Ok(Response {
        status,
        content_type,
        headers,
        body: Bytes::from(body),
        asked: asked.to_owned(),
        ours: Ours::default(),
    })
}

async fn in_process_exchange(
    service: &InProcessService,
    target: &Target,
    request: &Request,
    max_body_bytes: usize,
    asked: &str,
) -> Result<Response, Failure> {
    let mut outgoing = http::Request::builder().method(request.method.clone()).uri(target.url(request).as_str());
    if let Some(headers) = outgoing.headers_mut() {
        headers.extend(target.headers(request, asked)?);
    }
    let body = match Target::body(request) {
        Some((media_type, body)) => {
            outgoing = outgoing.header(CONTENT_TYPE, media_type);
            axum::body::Body::from(body)
        }
        None => axum::body::Body::empty(),
    };
    let outgoing = outgoing.body(body).map_err(|error| {
        Failure::new(FailureKind::BadRequest, format!("{asked}: the request cannot be built: {error}"))
    })?;
    let Ok(incoming) = service.0.clone().oneshot(outgoing).await;
    let (parts, body) = incoming.into_parts();
    let limited = http_body_util::Limited::new(body, max_body_bytes);
    let body = limited.collect().await.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            return super::failures::too_large(asked, None, max_body_bytes);
        }
        Failure::new(FailureKind::BadAnswer, format!("{asked}: the answer broke off: {error}"))
    })?;
    Ok(Response {
        status: parts.status,
        content_type: media_type(&parts.headers),
        headers: parts.headers,
        body: body.to_bytes(),
        asked: asked.to_owned(),
        ours: Ours::default(),
    })
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
