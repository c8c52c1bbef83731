//! Who may call the HTTP end: a bearer token, compared in constant time.
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
    if shown_token(request.headers()).is_some_and(|shown| same(shown.as_bytes(), token.0.as_bytes())) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (StatusCode::UNAUTHORIZED, challenge, "this tool server wants `Authorization: Bearer TOKEN`\n").into_response()
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

    #[test]
    fn only_the_same_token_is_the_same() {
        let cases = [("secret", true), ("secre", false), ("secrets", false), ("Secret", false), ("", false)];
        for (shown, wanted) in cases {
            assert_eq!(same(shown.as_bytes(), b"secret"), wanted, "{shown}");
        }
    }
}
