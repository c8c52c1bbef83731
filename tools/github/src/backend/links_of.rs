//! What the headers of an answer say about where to go on.

use crate::query::links::{self, Below, Place};
use tools_common::http::Response;

/// Where a redirect leads below `base`.
pub(super) fn moved(response: &Response, base: &str) -> Option<Below> {
    matches!(response.status.as_u16(), 301 | 302 | 307 | 308)
        .then(|| links::below(base, response.header("location")?))?
}

/// Where a redirect leads, wherever that is.
pub(super) fn place(response: &Response) -> Option<Place> {
    response.status.is_redirection().then(|| Place::parse(response.header("location")?))?
}

/// Words for a redirect that is not followed.
pub(super) fn elsewhere(response: &Response) -> String {
    let to = place(response).map(|place| format!(" to {}", place.origin)).unwrap_or_default();
    format!("a redirect{to} was not followed: the token goes to the configured host only; is the base URL right?")
}
