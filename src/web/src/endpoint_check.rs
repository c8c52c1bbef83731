//! Checks of HTTP endpoints over the bounded client of the tool servers.
//!
//! Guarantees: those of [`ports::endpoint`]; a redirect is followed only to the same scheme, host and port, and three times
//! at most; at most 256 KiB of a body are read, and a longer one is told as such. The client honours `HTTP_PROXY` and its
//! like.
//!
//! Deliberately absent: retries. A check that failed is a check that failed.

use async_trait::async_trait;
use axum::http::Uri;
use domain::envelope::{Failure, FailureKind};
use domain::sense::endpoint::EndpointWatch;
use domain::sense::uptime::Why;
use ports::endpoint::{Answered, EndpointCheck};
use std::time::Duration;
use tokio::time::Instant;
use tools_common::http::{HttpClient, HttpSettings, InProcessService, Request, Response};

/// The most that is read of a body, in bytes.
const BODY_BYTES: usize = 256 * 1024;

/// Redirects that are followed.
const REDIRECTS: usize = 3;

/// The checker.
#[derive(Debug, Clone, Default)]
pub struct HttpCheck {
    in_process: Option<InProcessService>,
}

/// Where a request goes: the scheme and the host with its port, and what is asked for there.
struct Place {
    base: String,
    path: String,
    parameters: Vec<(String, String)>,
}

impl HttpCheck {
    /// Over the network.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a service of this process in the place of the network, for simulations and tests.
    pub fn in_process(service: InProcessService) -> Self {
        Self { in_process: Some(service) }
    }

    fn client(&self, endpoint: &EndpointWatch, base: &str) -> Result<HttpClient, Failure> {
        let timeout = Duration::from_secs(endpoint.timeout_seconds.into());
        let mut settings = HttpSettings::new("the endpoint", base);
        settings.max_body_bytes = BODY_BYTES;
        settings.timeout = timeout;
        settings.connect_timeout = timeout;
        match &self.in_process {
            Some(service) => HttpClient::in_process(&settings, service.clone()),
            None => HttpClient::network(&settings),
        }
    }
}

#[async_trait]
impl EndpointCheck for HttpCheck {
    async fn check(&self, endpoint: &EndpointWatch) -> Answered {
        let deadline = Instant::now() + Duration::from_secs(endpoint.timeout_seconds.into());
        let Some(place) = Place::of(endpoint.url.reveal()) else {
            return Answered::not_made(Why::Settings, format!("the url of {} is no address", endpoint.name));
        };
        let client = match self.client(endpoint, &place.base) {
            Ok(client) => client,
            Err(failure) => return Answered::not_made(Why::Settings, failure.to_string()),
        };
        let mut next = place;
        for _ in 0..=REDIRECTS {
            let response = match client.exchange(next.request(deadline)).await {
                Ok(response) => response,
                Err(failure) => return failed(&failure),
            };
            let is_expected = is_expected(endpoint, response.status.as_u16());
            if is_expected || !response.status.is_redirection() {
                return judged(endpoint, &response, is_expected);
            }
            match next.redirected(response.header("location").unwrap_or_default()) {
                Some(place) => next = place,
                None => {
                    let words = format!("{}: it redirects to another place, which is not followed", response.asked);
                    return Answered::down(Some(response.status.as_u16()), Why::Redirect, words);
                }
            }
        }
        Answered::down(None, Why::Redirect, format!("{}: more than {REDIRECTS} redirects", client.shown_url()))
    }
}

fn is_expected(endpoint: &EndpointWatch, status: u16) -> bool {
    if endpoint.expect.is_empty() { (200..300).contains(&status) } else { endpoint.expect.contains(&status) }
}

fn judged(endpoint: &EndpointWatch, response: &Response, is_expected: bool) -> Answered {
    let status = response.status.as_u16();
    if !is_expected {
        return Answered::down(Some(status), Why::Status, format!("{}: status {status}", response.asked));
    }
    let holds = |text: &String| String::from_utf8_lossy(&response.body).contains(text.as_str());
    if endpoint.contains.as_ref().is_some_and(|text| !holds(text)) {
        let words = format!("{}: the body does not hold what it must", response.asked);
        return Answered::down(Some(status), Why::Body, words);
    }
    Answered::up(status)
}

/// A failure of ours is none of the endpoint's.
fn failed(failure: &Failure) -> Answered {
    let is_ours = ["too many open files", "cannot allocate", "os error 24"];
    let words = failure.to_string();
    if is_ours.iter().any(|sign| words.to_ascii_lowercase().contains(sign)) {
        return Answered::not_made(Why::Ours, words);
    }
    match failure.kind {
        FailureKind::BadRequest => Answered::not_made(Why::Settings, words),
        FailureKind::Timeout => Answered::down(None, Why::Timeout, words),
        FailureKind::TooLarge => Answered::down(None, Why::TooLarge, words),
        FailureKind::BadAnswer => Answered::down(None, Why::BadAnswer, words),
        _ => Answered::down(None, Why::Unreachable, words),
    }
}

impl Place {
    fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.trim().parse().ok()?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
        let base = format!("{scheme}://{}", uri.authority()?);
        Some(Self::below(base, &uri))
    }

    fn below(base: String, uri: &Uri) -> Self {
        let parameters = uri.query().map(pairs).unwrap_or_default();
        Self { base, path: uri.path().to_owned(), parameters }
    }

    fn request(&self, deadline: Instant) -> Request {
        let start = Request::get(self.path.clone()).until(deadline);
        self.parameters.iter().fold(start, |request, (name, value)| request.with(name.clone(), value.clone()))
    }

    /// The place that a redirect names, where it is of the same scheme, host and port.
    fn redirected(&self, location: &str) -> Option<Self> {
        let uri: Uri = location.parse().ok()?;
        match (uri.scheme_str(), uri.authority()) {
            (None, None) if location.starts_with('/') => Some(Self::below(self.base.clone(), &uri)),
            (Some(scheme), Some(authority)) => {
                let own: Uri = self.base.parse().ok()?;
                let own_authority = own.authority()?;
                let is_same = own.scheme_str() == Some(scheme)
                    && own_authority.host().eq_ignore_ascii_case(authority.host())
                    && own_authority.port_u16() == authority.port_u16();
                is_same.then(|| Self::below(self.base.clone(), &uri))
            }
            _ => None,
        }
    }
}

/// The parameters of a query, decoded: the client encodes them again.
fn pairs(query: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(name), decoded(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// Percent encoding undone (RFC 3986, section 2.1; `+` is a space). What is no encoding stays as it is.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        let number = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let number = number.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(number.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if number.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
