//! What came back instead of an answer, told so that somebody can act on it.
//!
//! Guarantee: no text here holds a credential. Plugin output and kube's own error texts are not passed on whole.

use crate::query::request::Asked;
use crate::shape::lines::cut;
use domain::envelope::{Failure, FailureKind};
use http::StatusCode;
use serde::Deserialize;
use std::error::Error as _;

/// The hint of what is no Kubernetes API.
pub const NO_API_SERVER: &str = "check that the server in the kubeconfig is a Kubernetes API server";

/// The hint of `410 Gone` and of nothing else, by which it is known again: hints hold no foreign text.
const EXPIRED: &str = "the list changed while it was read; ask again";

/// Whether a version or a page token was too old (`410 Gone`): what it belonged to must be read from the beginning.
pub fn is_expired(failure: &Failure) -> bool {
    failure.hint.as_deref() == Some(EXPIRED)
}

/// The `Status` object of the API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    message: String,
    reason: String,
}

/// A status over 399 and its body.
pub fn of_status(cluster: &str, asked: &Asked, code: StatusCode, body: &[u8]) -> Failure {
    let status: Option<Status> = serde_json::from_slice(body).ok();
    let said = status.as_ref().map(|status| status.message.as_str()).filter(|message| !message.is_empty());
    let said = said.map_or_else(|| describe_body(body), |message| cut(message, 300));
    let message = format!("cluster {cluster} answered {asked} with {}: {said}", code.as_u16());
    match code {
        StatusCode::UNAUTHORIZED => Failure::new(FailureKind::Unauthenticated, message)
            .with_hint("the credentials are missing, wrong or expired; log in to the cluster again"),
        StatusCode::FORBIDDEN => forbidden(cluster, asked, &said),
        StatusCode::NOT_FOUND => Failure::new(FailureKind::NotFound, message),
        StatusCode::GONE => Failure::new(FailureKind::BadAnswer, message).with_hint(EXPIRED),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::METHOD_NOT_ALLOWED => {
            Failure::new(FailureKind::BadRequest, message)
        }
        StatusCode::TOO_MANY_REQUESTS => Failure::new(FailureKind::RateLimited, message)
            .with_hint("the API server limits requests; wait a little and ask again"),
        StatusCode::SERVICE_UNAVAILABLE => Failure::new(FailureKind::Unreachable, message)
            .with_hint("the API server is overloaded or starting; try again in a moment"),
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Failure::new(FailureKind::Timeout, message),
        _ => Failure::new(FailureKind::BadAnswer, message),
    }
}

fn forbidden(cluster: &str, asked: &Asked, said: &str) -> Failure {
    let scope = match &asked.namespace {
        Some(namespace) => format!(" in namespace {namespace}"),
        None => " cluster-wide".to_owned(),
    };
    let message = format!(
        "not permitted on cluster {cluster}: verb {:?} on resource {:?}{scope} ({said})",
        asked.verb, asked.resource
    );
    let grant = match &asked.namespace {
        Some(namespace) => format!("a Role in namespace {namespace}"),
        None => "a ClusterRole, or name a namespace that you may read".to_owned(),
    };
    Failure::new(FailureKind::Forbidden, message)
        .with_hint(format!("grant {} on {} by {grant}", asked.verb, asked.resource))
}

/// A body that is no `Status`: what it is, and how it begins.
fn describe_body(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..400).unwrap_or(body));
    let text = text.trim();
    if text.is_empty() {
        "an empty body".to_owned()
    } else if text.starts_with('<') {
        "an HTML page (a proxy or login page in between?)".to_owned()
    } else {
        cut(text, 200)
    }
}

/// An answer that is no JSON of the promised shape.
pub fn of_shape(cluster: &str, address: &str, asked: &Asked, body: &[u8], error: &serde_json::Error) -> Failure {
    let found = if body.trim_ascii_start().starts_with(b"<") {
        "an HTML page (a proxy or login page in between?)".to_owned()
    } else {
        // serde repeats what it did not expect, whole.
        format!("JSON that does not fit ({})", cut(&error.to_string(), 300))
    };
    Failure::new(FailureKind::BadAnswer, format!("cluster {cluster} ({address}) answered {asked} with {found}"))
        .with_hint(NO_API_SERVER)
}

/// No answer at all.
pub fn of_transport(cluster: &str, address: &str, asked: &Asked, error: &kube::Error) -> Failure {
    if let kube::Error::Auth(auth) = error {
        return of_auth(cluster, auth);
    }
    let mut chain = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push(cause.to_string());
        source = cause.source();
    }
    let all = chain.join(": ").to_lowercase();
    let deepest = chain.last().map(String::as_str).unwrap_or_default();
    let (kind, what, hint) = if all.contains("timed out") || all.contains("timeout") || all.contains("deadline") {
        (FailureKind::Timeout, "did not answer in time", "check the network path to the API server")
    } else if all.contains("certificate") || all.contains("tls") || all.contains("handshake") {
        (
            FailureKind::Unreachable,
            "could not be trusted",
            "check certificate-authority and tls-server-name in the kubeconfig",
        )
    } else if all.contains("connection refused") {
        (FailureKind::Unreachable, "refused the connection", "is the API server running, and is this its address?")
    } else if all.contains("dns") || all.contains("lookup") {
        (FailureKind::Unreachable, "has no address (DNS)", "check the host name of the server in the kubeconfig")
    } else {
        (FailureKind::Unreachable, "could not be reached", "check the network path to the API server")
    };
    Failure::new(kind, format!("cluster {cluster} ({address}) {what} for {asked}: {}", cut(deepest, 200)))
        .with_hint(hint)
}

/// No answer within the request's time.
pub fn of_timeout(cluster: &str, address: &str, asked: &Asked, seconds: f64) -> Failure {
    Failure::new(
        FailureKind::Timeout,
        format!("cluster {cluster} ({address}) gave no answer to {asked} within {seconds:.0} s"),
    )
    .with_hint("narrow the question to a namespace, or check whether the API server is overloaded")
}

/// Credentials that could not be made. A plugin's standard output may hold a token and is never told.
pub fn of_auth(cluster: &str, error: &kube::client::AuthError) -> Failure {
    use kube::client::AuthError;
    let told = match error {
        AuthError::AuthExecRun { cmd, out } => {
            let program = cmd.trim_matches('"').split(['"', ' ']).next().unwrap_or_default();
            let errors = String::from_utf8_lossy(&out.stderr);
            let last = errors.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it wrote no error");
            format!("the exec plugin {program} ended with {}: {}", out.status, cut(last.trim(), 200))
        }
        AuthError::AuthExecStart(error) => format!("the exec plugin could not be started: {error}"),
        AuthError::AuthExecParse(_) => "the exec plugin wrote no ExecCredential".to_owned(),
        AuthError::ReadTokenFile(error, path) => {
            format!("the token file {} could not be read: {error}", path.display())
        }
        AuthError::InvalidBearerToken(_) | AuthError::InvalidBasicAuth(_) => {
            "the token or password holds characters that no HTTP header may hold".to_owned()
        }
        other => cut(&other.to_string(), 200),
    };
    Failure::new(FailureKind::Unauthenticated, format!("no credentials for cluster {cluster}: {told}"))
        .with_hint("run `kubectl get --raw /version` with the same kubeconfig to see what it says")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked { verb: "list", resource: "secrets".to_owned(), namespace: Some("shop".to_owned()), name: None }
    }

    #[test]
    fn statuses_tell_what_to_do() {
        let cases: Vec<(u16, &str, FailureKind, &str)> = vec![
            (
                403,
                r#"{"kind":"Status","message":"secrets is forbidden"}"#,
                FailureKind::Forbidden,
                "verb \"list\" on resource \"secrets\" in namespace shop",
            ),
            (401, r#"{"message":"Unauthorized"}"#, FailureKind::Unauthenticated, "Unauthorized"),
            (500, "<html><body>oops</body></html>", FailureKind::BadAnswer, "HTML page"),
            (503, "", FailureKind::Unreachable, "an empty body"),
            (429, "slow down", FailureKind::RateLimited, "slow down"),
        ];
        for (code, body, kind, part) in cases {
            let failure = of_status("demo", &asked(), StatusCode::from_u16(code).unwrap(), body.as_bytes());
            assert_eq!(failure.kind, kind);
            assert!(failure.message.contains(part), "{}", failure.message);
        }
    }

    #[test]
    fn a_server_error_that_speaks_of_410_is_not_taken_for_an_expired_list() {
        let of = |code: StatusCode| of_status("demo", &asked(), code, b"the backend answered with 410: gone");
        assert!(is_expired(&of(StatusCode::GONE)));
        assert!(!is_expired(&of(StatusCode::INTERNAL_SERVER_ERROR)));
    }

    #[cfg(unix)]
    #[test]
    fn a_plugins_output_is_not_told() {
        use std::os::unix::process::ExitStatusExt as _;
        let out = std::process::Output {
            status: std::process::ExitStatus::from_raw(256),
            stdout: b"canary-token".to_vec(),
            stderr: b"first\nplease log in\n".to_vec(),
        };
        let error =
            kube::client::AuthError::AuthExecRun { cmd: "\"aws\" \"--token=canary\"".to_owned(), out: Box::new(out) };
        let failure = of_auth("demo", &error);
        assert!(failure.message.contains("aws ended with exit status: 1: please log in"), "{}", failure.message);
        assert!(!failure.message.contains("canary"), "{}", failure.message);
    }
}
