//! Why a request got no answer: refused, unresolved, untrusted, broken off or too large, told apart.

use domain::envelope::{Failure, FailureKind};
use std::error::Error;

/// Our words for a failed request.
pub(super) fn of_request(error: &reqwest::Error, backend: &str, asked: &str) -> Failure {
    let causes: Vec<&(dyn Error + 'static)> =
        std::iter::successors(error.source(), |cause| (*cause).source()).collect();
    if let Some(tls) = causes.iter().find_map(|cause| tls_problem(*cause)) {
        let hint = format!("give the CA that signed {backend}'s certificate, or the name that stands in it");
        // After the handshake the request may have been read: only what failed before it was certainly not sent.
        let kind = if error.is_connect() { FailureKind::Unreachable } else { FailureKind::BadAnswer };
        return Failure::new(kind, format!("{asked}: TLS failed: {tls}")).with_hint(hint);
    }
    if error.is_timeout() {
        return Failure::new(FailureKind::Timeout, format!("{asked}: no connection within the connect deadline"))
            .with_hint("is a firewall or a network policy in between, or a proxy needed?");
    }
    let text = chain(error);
    if error.is_dns() || text.contains("dns error") || text.contains("lookup address") {
        return Failure::new(FailureKind::Unreachable, format!("{asked}: the host name cannot be resolved"))
            .with_hint("is the host in the URL spelt right, and reachable from here?");
    }
    if causes.iter().any(|cause| io_kind(*cause) == Some(std::io::ErrorKind::ConnectionRefused)) {
        return Failure::new(FailureKind::Unreachable, format!("{asked}: connection refused"))
            .with_hint(format!("is {backend} running, and is the port right?"));
    }
    if error.is_connect() {
        return Failure::new(FailureKind::Unreachable, format!("{asked}: no connection: {text}"))
            .with_hint(format!("is {backend} running and reachable from here?"));
    }
    Failure::new(FailureKind::BadAnswer, format!("{asked}: the answer broke off or is no HTTP: {text}"))
        .with_hint(format!("is it {backend} that listens there, and http rather than https (or the reverse)?"))
}

fn io_kind(cause: &(dyn Error + 'static)) -> Option<std::io::ErrorKind> {
    cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
}

fn tls_problem(cause: &(dyn Error + 'static)) -> Option<String> {
    let tls = tls_error(cause)?;
    Some(match tls {
        rustls::Error::InvalidCertificate(problem) => format!("the certificate is not accepted ({problem:?})"),
        rustls::Error::InvalidMessage(_) => "the other side does not speak TLS (is it plain http?)".to_owned(),
        other => other.to_string(),
    })
}

/// TLS errors travel inside of IO errors, sometimes several deep, and `source` does not show them.
fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    match cause.downcast_ref::<rustls::Error>() {
        Some(tls) => Some(tls),
        None => tls_error(cause.downcast_ref::<std::io::Error>()?.get_ref()?),
    }
}

/// The causes of an error, without the URL that reqwest puts into its own words.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let causes: Vec<String> =
        std::iter::successors(error.source(), |cause| (*cause).source()).map(ToString::to_string).collect();
    if causes.is_empty() { "no more is known".to_owned() } else { causes.join(": ") }
}

/// A body over the ceiling.
pub(super) fn too_large(asked: &str, announced: Option<u64>, ceiling: usize) -> Failure {
    let mebibytes = |bytes: f64| format!("{:.1} MiB", bytes / 1_048_576.0);
    let size = match announced {
        Some(bytes) => format!("is {}", mebibytes(bytes as f64)),
        None => format!("is over {}", mebibytes(ceiling as f64)),
    };
    Failure::new(
        FailureKind::TooLarge,
        format!("{asked}: the answer {size}; at most {} are read", mebibytes(ceiling as f64)),
    )
    .with_hint("ask for less: more label matchers, an aggregation (sum by, topk), a shorter window or a larger step")
}
