//! Whether a file was uploaded before.
//!
//! A file has a name of its own in its thread. Before its first upload that is kept; who finds it kept looks for the name
//! in the thread before uploading. What cannot be known: a file that Slack still works on when it is looked for is
//! uploaded twice.

use crate::api::Slack;
use crate::talk::kept;
use ports::clock::Clock;
use ports::store::Store;

/// Messages of a thread that are looked through for a file.
const LOOKED_THROUGH: usize = 500;

/// Where a file goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The channel, `C123`.
    pub(crate) channel: &'a str,
    /// The thread in it.
    pub(crate) thread: &'a str,
}

/// Whether it is there. `owner` is what it belongs to.
pub(crate) async fn is_there(
    slack: &dyn Slack,
    store: &dyn Store,
    clock: &dyn Clock,
    place: Place<'_>,
    (owner, name): (&str, &str),
) -> bool {
    match kept::first_time(store, &format!("upload:{owner}:{name}"), clock.now()).await {
        Ok(true) => return false,
        Ok(false) => {}
        Err(error) => tracing::debug!(%error, "it is not known whether a file was uploaded before"),
    }
    match slack.replies(place.channel, place.thread, LOOKED_THROUGH).await {
        Ok(seen) => seen.iter().any(|seen| seen.files.iter().any(|file| file == name)),
        Err(error) => {
            tracing::debug!(%error, "a thread cannot be looked through for a file");
            false
        }
    }
}
