//! What was rolled out last, and where it came from: the one thing that a roll back needs to know.
//!
//! Guarantee: the earlier revision ran before the change; one that is newer (the one that was rolled back from) is never
//! gone back to.

use crate::diagnosis::case::{Case, Scene, is_restart_only, wanted_change};
use crate::observed::kubernetes::Revision;
use chrono::Duration;
use serde::{Deserialize, Serialize};

/// A rollout longer ago than this is not what is rolled back.
const RECENT: Duration = Duration::hours(24);

/// The change that made the pods what they are, and the revision before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentChange {
    /// The revision that it made.
    pub revision: u64,
    /// The one before, which can be gone back to.
    pub before: u64,
    /// Whether it fits the trouble in time.
    pub fits_onset: bool,
    /// What it changed: `containers[app].image: v1 -> v2`. By our own tool from the templates.
    pub diff: Vec<String>,
}

impl RecentChange {
    /// The last real change of a workload (restarts are none), where something can be gone back to.
    pub(super) fn of(case: &Case, scene: &Scene) -> Option<Self> {
        let revisions = &case.revisions.seen()?.data;
        let change = wanted_change(revisions)?;
        let before = revision_before(revisions, change)?;
        if scene.now - change.created >= RECENT {
            return None;
        }
        let fits_onset = case.recent_rollout(scene).is_some_and(|(_, fitting)| fitting.revision == change.revision);
        Some(Self { revision: change.revision, before: before.revision, fits_onset, diff: change.diff.clone() })
    }

    /// The only image that it changed: container, image before, image after.
    pub(super) fn only_image(&self) -> Option<(&str, &str, &str)> {
        let mut images = self.diff.iter().filter_map(|line| image_line(line));
        images.next().filter(|_| images.next().is_none())
    }
}

/// The newest revision that ran before a change and differs from it by more than a restart.
fn revision_before<'a>(revisions: &'a [Revision], change: &Revision) -> Option<&'a Revision> {
    let older = revisions.iter().filter(|revision| revision.revision < change.revision);
    let before = older.max_by_key(|revision| revision.revision)?;
    (before.created <= change.created && !is_restart_only(change)).then_some(before)
}

/// `containers[app].image: OLD -> NEW`.
fn image_line(line: &str) -> Option<(&str, &str, &str)> {
    let (container, rest) = line.strip_prefix("containers[")?.split_once("].image: ")?;
    let (before, after) = rest.split_once(" -> ")?;
    Some((container, before, after))
}
