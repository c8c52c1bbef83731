//! Lanes of what is no message: deeds have lanes of their own, so that none is queued behind a question.

use super::{Body, Received};
use crate::inbox::DEEDS;

/// The lane of a person.
pub(super) fn of_user(user: &str) -> String {
    format!("user:{user}")
}

/// Something in the deeds of a lane.
pub(super) fn deed(id: String, lane: String, order: String, body: Body) -> Received {
    Received { id, lane: format!("{lane}{DEEDS}"), order, body }
}
