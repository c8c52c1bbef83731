//! Who may call the HTTP end: a bearer token, compared in constant time; and whose pages count as our own.
//!
//! Guarantee: the token is in no error, log or `Debug`. Deliberately absent: users; a tool server has one secret.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::fmt;
use std::sync::Arc;

/// A token that a caller must show.
#[derive(Clone)]
pub(super) struct RequiredToken(pub(super) Arc<str>);

impl fmt::Debug for RequiredToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RequiredToken(…)")
    }
}

pub(super) async fn require(State(token): State<RequiredToken>, request: Request, next: Next) -> Response {
    let shown = shown_token(request.headers());
    if shown.is_some_and(|shown| same(shown.as_bytes(), token.0.as_bytes())) {
        return next.run(request).await;
    }
    // RFC 6750, section 3.1: the reason is told only to a caller that showed a token.
    let challenge = match shown {
        Some(_) => "Bearer realm=\"auto-devops\", error=\"invalid_token\"",
        None => "Bearer realm=\"auto-devops\"",
    };
    let challenge = [(header::WWW_AUTHENTICATE, challenge)];
    (StatusCode::UNAUTHORIZED, challenge, "this tool server wants `Authorization: Bearer TOKEN`\n").into_response()
}

/// Forgets an `Origin` that names this very server. A page cannot forge it, and `Host` is held to loopback behind this.
pub(super) async fn own_origin(mut request: Request, next: Next) -> Response {
    if is_own_origin(request.headers()) {
        request.headers_mut().remove(header::ORIGIN);
    }
    next.run(request).await
}

fn is_own_origin(headers: &HeaderMap) -> bool {
    let text = |name| {
        let mut values = headers.get_all(name).iter();
        let only = values.next().filter(|_| values.next().is_none());
        only.and_then(|value| value.to_str().ok())
    };
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.strip_prefix("http://").is_some_and(|at| at.eq_ignore_ascii_case(host)),
        _ => false,
    }
}

fn shown_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Takes as long for a nearly right token as for a wrong one of the same length.
fn same(shown: &[u8], wanted: &[u8]) -> bool {
    let difference = wanted.iter().enumerate().fold(shown.len() ^ wanted.len(), |difference, (at, byte)| {
        let other = shown.get(at).copied().unwrap_or(!byte);
        difference | usize::from(byte ^ other)
    });
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn only_the_same_token_is_the_same() {
        let cases = [("secret", true), ("secre", false), ("secrets", false), ("Secret", false), ("", false)];
        for (shown, wanted) in cases {
            assert_eq!(same(shown.as_bytes(), b"secret"), wanted, "{shown}");
        }
    }

    #[test]
    fn only_the_address_that_was_called_is_our_own_origin() {
        let origin = |text| (header::ORIGIN, text);
        let host = |text| (header::HOST, text);
        let cases: [(&[(HeaderName, &'static str)], bool); 8] = [
            (&[origin("http://127.0.0.1:8090"), host("127.0.0.1:8090")], true),
            (&[origin("http://LocalHost:8090"), host("localhost:8090")], true),
            (&[origin("http://[::1]:8090"), host("[::1]:8090")], true),
            (&[origin("http://localhost:3000"), host("localhost:8090")], false),
            (&[origin("https://localhost:8090"), host("localhost:8090")], false),
            (&[origin("null"), host("localhost:8090")], false),
            (&[origin("http://evil.example"), host("localhost:8090")], false),
            (&[origin("http://localhost:1"), origin("http://evil.example"), host("localhost:1")], false),
        ];
        for (headers, wanted) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(name, HeaderValue::from_static(value));
            }
            assert_eq!(is_own_origin(&map), wanted, "{headers:?}");
        }
    }
}
