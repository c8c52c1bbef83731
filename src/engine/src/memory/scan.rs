//! Going through all entries in the order of their changes, and later through what changed since.
//!
//! An entry that changes in the middle of a pass moves to its end and is seen again. One that another process wrote a
//! moment before a pass began may become visible only after it, or carry the time of a clock that is behind: each pass
//! begins a while before the last one began.

use chrono::{DateTime, TimeDelta, Utc};
use ports::store::Store;
use ports::store::collections::MEMORY;
use ports::store::document::Stored;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Page, Query};
use serde_json::Value;
use std::collections::BTreeMap;

/// How late a write may show, and how far two clocks may differ. What changed within this time is read again with every
/// pass, so it is short.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);

/// Where a pass stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Scan {
    /// Everything that changed before this was seen by an earlier pass.
    from: Option<DateTime<Utc>>,
    /// When the present pass began, and the page where it goes on.
    pass: Option<(DateTime<Utc>, Option<String>)>,
    /// What the next pass will see again, as it was seen: version, and time of the change.
    seen: BTreeMap<String, (u64, DateTime<Utc>)>,
}

impl Scan {
    /// The next page of the pass, a new pass where none is under way. The same again until [`Scan::advance`].
    pub(super) async fn page(
        &mut self,
        store: &dyn Store,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let (_, cursor) = self.pass.get_or_insert((now, None));
        let mut query = Query::of(&MEMORY).by("changed_at", Direction::Ascending).limited(limit);
        if let Some(from) = self.from {
            query = query.with("changed_at", Condition::AtLeast(from.into()));
        }
        store.page(&query.after(cursor.clone())).await
    }

    /// Those of a page that were not seen before as they are now.
    pub(super) fn news(&mut self, documents: Vec<Stored>) -> Vec<Stored> {
        let again = self.pass.as_ref().map(|(began, _)| *began - OVERLAP);
        let is_new = |stored: &Stored| {
            let changed_at = stored.document.body.get("changed_at").and_then(Value::as_str);
            let changed_at = changed_at.and_then(|time| DateTime::parse_from_rfc3339(time).ok());
            match (changed_at.map(|time| time.to_utc()), again) {
                (Some(changed_at), Some(again)) if changed_at >= again => {
                    let mark = (stored.version, changed_at);
                    self.seen.insert(stored.id.clone(), mark) != Some(mark)
                }
                _ => true,
            }
        };
        documents.into_iter().filter(is_new).collect()
    }

    /// Goes on behind a page. Answers with whether the pass is at its end.
    pub(super) fn advance(&mut self, page: &Page) -> bool {
        let Some((began, cursor)) = &mut self.pass else { return true };
        if page.next_cursor.is_some() {
            cursor.clone_from(&page.next_cursor);
            return false;
        }
        let from = *began - OVERLAP;
        self.seen.retain(|_, (_, changed_at)| *changed_at >= from);
        self.from = Some(from);
        self.pass = None;
        true
    }
}
