//! One look: what changed since the last one, and now and then everything that is not over, whether it changed or not:
//! what was held back when it was shown (quiet hours, settings of a channel that are new) comes out by that.

use super::Showing;
use super::item::{Item, Key, Kind};
use super::ledger::Ledger;
use crate::kept::{PAGE, PAGES, page};
use chrono::{DateTime, TimeDelta, Utc};
use ports::store::document::Stored;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Query};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// By how much the clocks of those who write may be behind this one, and changes are seen at the next look all the same.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);

/// What came to its end so long before the first look is not shown as ended any more.
const FIRST_LOOK_BACK: TimeDelta = TimeDelta::hours(24);

/// How often everything that is not over is looked at and shown.
const WHOLE_EVERY: Duration = Duration::from_secs(300);

/// What of a list is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// What was not shown at its version.
    Changed,
    /// All of it.
    All,
}

/// What came of reading a list.
enum Read {
    /// To its end.
    Whole,
    /// There is more, which changed at this time or later.
    More(DateTime<Utc>),
    /// Not to its end: this process shall stop, or does not lead any more.
    Stopped,
}

impl Showing {
    /// Looks and shows. A store that fails in the middle leaves what is not read for the next look.
    pub(super) async fn look(&self, ledger: &mut Ledger, stop: &CancellationToken) -> Result<(), StoreError> {
        if let Err(error) = self.approvals.expire().await {
            tracing::warn!(%error, "approvals whose time is over could not be ended; it is tried again");
        }
        let now = self.clock.now();
        if ledger.whole_at.is_none_or(|at| at.elapsed() >= WHOLE_EVERY) {
            self.look_at_open(ledger, stop).await?;
        }
        self.look_at_changed(now, ledger, stop).await
    }

    async fn look_at_changed(
        &self,
        now: DateTime<Utc>,
        ledger: &mut Ledger,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let from = ledger.since.map_or_else(|| earlier(now, FIRST_LOOK_BACK), |since| earlier(since, OVERLAP));
        let mut since = now;
        for kind in Kind::ALL {
            let query = Query::of(kind.collection()).with("changed_at", Condition::AtLeast(from.into()));
            match self.each(kind, query, Shows::Changed, ledger, stop, &mut |_| ()).await? {
                Read::Whole => {}
                // The next look begins where this one had to end.
                Read::More(at) => since = since.min(at.checked_add_signed(OVERLAP).unwrap_or(at)),
                Read::Stopped => return Ok(()),
            }
        }
        ledger.since = Some(since);
        ledger.prune(earlier(since, OVERLAP));
        Ok(())
    }

    async fn look_at_open(&self, ledger: &mut Ledger, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut open = BTreeSet::new();
        let mut is_whole = true;
        for kind in Kind::ALL {
            let query = Query::of(kind.collection()).with("state", kind.not_over());
            match self.each(kind, query, Shows::All, ledger, stop, &mut |key| open.extend([key])).await? {
                Read::Whole => {}
                Read::More(_) => is_whole = false,
                Read::Stopped => return Ok(()),
            }
        }
        if is_whole {
            ledger.missed(&open, Instant::now());
        } else {
            tracing::warn!("more incidents and approvals are open than are looked at in one go");
        }
        ledger.whole_at = Some(Instant::now());
        Ok(())
    }

    /// Shows each that a query wants, the one that changed first before the others.
    async fn each(
        &self,
        kind: Kind,
        query: Query,
        shows: Shows,
        ledger: &mut Ledger,
        stop: &CancellationToken,
        seen: &mut (dyn FnMut(Key) + Send),
    ) -> Result<Read, StoreError> {
        let mut query = query.by("changed_at", Direction::Ascending).limited(PAGE);
        let mut last = None;
        for _ in 0..PAGES {
            let page = page(&*self.store, &query).await?;
            for stored in page.documents {
                if stop.is_cancelled() || !(self.leads)() {
                    return Ok(Read::Stopped);
                }
                seen(Key { kind, id: stored.id.clone() });
                last = self.consider(kind, stored, shows, ledger).await.or(last);
            }
            if page.next_cursor.is_none() {
                return Ok(Read::Whole);
            }
            query = query.after(page.next_cursor);
        }
        Ok(last.map_or(Read::Whole, Read::More))
    }

    /// Shows a document. Answers with when it changed; nothing of what is damaged.
    async fn consider(&self, kind: Kind, stored: Stored, shows: Shows, ledger: &mut Ledger) -> Option<DateTime<Utc>> {
        let key = Key { kind, id: stored.id.clone() };
        let version = stored.version;
        let is_done = ledger.waits(&key, version) || (shows == Shows::Changed && ledger.is_shown(&key, version));
        match Item::of(kind, stored) {
            Ok((version, item)) => {
                let changed_at = item.changed_at();
                if !is_done {
                    self.show(ledger, key, version, &item).await;
                }
                Some(changed_at)
            }
            Err(error) => {
                tracing::error!(what = %key, %error, "cannot be shown");
                None
            }
        }
    }
}

fn earlier(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC)
}
