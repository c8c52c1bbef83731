//! The desk of approvals: keeps them, takes people's words on them, and tells the audit trail.
//!
//! What a word does is decided by `domain::approval` over the stored value; the value is compared and swapped, so that of
//! any number of people, surfaces and replicas one comes after the other.
//!
//! Guarantees: **a yes is told in the audit trail before it counts.** Where it cannot be told it does not count; where it
//! did not count after all (somebody was faster), the trail is told so. A no, a word that is taken back, a withdrawal and
//! an expiry are the other way round: they stand at once, and where they cannot be told in the trail they stand all the
//! same, with an error in the log. So nothing is granted without a record, and nothing goes on because of a trail that is
//! away. A person stands in the trail by an opaque reference; who it is stands beside it, where it can be erased.
//!
//! Deliberately absent: the rules, and carrying out what was approved. The trail does not tell of words that did nothing.

mod trail;
mod word;

use crate::kept::{bounded, first};
use async_trait::async_trait;
use domain::approval::{self, Approval, NotStarted, Outcome, State};
use domain::audit::{Actor, Kind};
use ports::approvals::{Approvals, Ballot};
use ports::clock::Clock;
use ports::store::Store;
use ports::store::collections::APPROVALS;
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Key, Query};
use ports::store::record;
use std::sync::Arc;
use trail::Trail;
use word::Word;

/// Draws an id or a salt that was never drawn before.
pub type Draw = Arc<dyn Fn() -> String + Send + Sync>;

/// The desk.
pub struct ApprovalDesk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    trail: Trail,
}

impl ApprovalDesk {
    /// A desk over a store. `draw` is for the personal data beside the audit trail.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, draw: Draw) -> Self {
        let trail = Trail::new(store.clone(), clock.clone(), draw);
        Self { store, clock, trail }
    }

    /// Asks for an approval: tells the trail, then keeps it.
    ///
    /// # Errors
    /// When it could not be told or kept; [`StoreError::Conflict`] where there is one of this id.
    pub async fn ask(&self, approval: &Approval) -> Result<(), StoreError> {
        let actor = self.trail.proposer(&approval.proposer);
        let told = self.trail.tell(Kind::ApprovalAsked, approval, actor, None).await?;
        let kept = bounded(record::save(&*self.store, approval, Expect::Absent)).await;
        if let Err(error) = &kept {
            self.trail.contradict(&told, trail::failed(error)).await;
        }
        kept.map(|_| ())
    }

    /// The executor takes it over: of any number that ask, one is answered with `Ok`. `None` where there is no such
    /// approval.
    ///
    /// # Errors
    /// When it is not known whether it was taken: it must not be begun then.
    pub async fn start(&self, id: &str) -> Result<Option<Result<Approval, NotStarted>>, StoreError> {
        let decide = |found: Option<Approval>| match found.map(|found| approval::start(&found, self.clock.now())) {
            Some(Ok(started)) => (Some(started.clone()), Some(Ok(started))),
            Some(Err(refused)) => (None, Some(Err(refused))),
            None => (None, None),
        };
        bounded(record::change(&*self.store, id, decide)).await
    }

    /// Ends an approval whose plan was replaced or is not needed any more; `None` where there is none that could be ended.
    ///
    /// # Errors
    /// When it is not known whether it was ended.
    pub async fn withdraw(&self, id: &str, why: &str) -> Result<Option<Approval>, StoreError> {
        let now = self.clock.now();
        let ended = self.ended(id, |found| approval::withdraw(found, why, now)).await?;
        if let Some(ended) = &ended {
            self.trail.tell_after(Kind::ApprovalWithdrawn, ended, Actor::System.into(), None).await;
        }
        Ok(ended)
    }

    /// Swaps an approval for what `decide` makes of it, where it makes anything.
    async fn ended(
        &self,
        id: &str,
        decide: impl Fn(&Approval) -> Option<Approval> + Send + Sync,
    ) -> Result<Option<Approval>, StoreError> {
        let change = record::change(&*self.store, id, |found: Option<Approval>| {
            let next = found.as_ref().and_then(&decide);
            (next.clone(), next)
        });
        bounded(change).await
    }

    async fn in_states(&self, states: &[&str]) -> Result<Vec<Approval>, StoreError> {
        let states = states.iter().copied().map(Key::from).collect();
        let query =
            Query::of(&APPROVALS).with("state", Condition::OneOf(states)).by("changed_at", Direction::Ascending);
        first::<Approval>(&*self.store, query, usize::MAX).await
    }

    async fn expire_one(&self, id: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let expired = self.ended(id, |found| approval::expire(found, now)).await?;
        if let Some(expired) = &expired {
            self.trail.tell_after(Kind::ApprovalExpired, expired, Actor::System.into(), None).await;
        }
        Ok(expired.is_some())
    }
}

#[async_trait]
impl Approvals for ApprovalDesk {
    async fn get(&self, id: &str) -> Result<Option<Approval>, StoreError> {
        let found = bounded(record::load::<Approval>(&*self.store, id)).await?;
        Ok(found.map(|found| found.value))
    }

    async fn pending(&self) -> Result<Vec<Approval>, StoreError> {
        let now = self.clock.now();
        let mut pending = self.in_states(&["pending"]).await?;
        pending.retain(|approval| approval.state == State::Pending && now < approval.expires_at);
        pending.sort_by(|one, other| one.expires_at.cmp(&other.expires_at).then_with(|| one.id.cmp(&other.id)));
        Ok(pending)
    }

    async fn vote(&self, ballot: Ballot<'_>) -> Result<Option<(Outcome, Approval)>, StoreError> {
        self.said(Word::Said, ballot).await
    }

    async fn take_back(&self, ballot: Ballot<'_>) -> Result<Option<(Outcome, Approval)>, StoreError> {
        self.said(Word::TakenBack, ballot).await
    }

    /// Each for itself: one that cannot be ended does not keep the others from it.
    async fn expire(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let (mut ended, mut failed) = (0_usize, None);
        for approval in self.in_states(&["pending", "granted"]).await? {
            if approval::expire(&approval, now).is_none() {
                continue;
            }
            match self.expire_one(&approval.id).await {
                Ok(expired) => ended = ended.saturating_add(usize::from(expired)),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(ended), Err)
    }
}
