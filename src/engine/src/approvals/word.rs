//! A person's word: read, decide, tell, swap, until nobody came between.

use super::ApprovalDesk;
use super::trail::{self, Told};
use crate::kept::bounded;
use domain::approval::{self, Approval, Outcome};
use domain::audit::Kind;
use domain::backoff::{Backoff, draw};
use ports::approvals::Ballot;
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::record;
use std::time::Duration;

/// How often a word is decided on anew when others change the same approval. An approval changes once for each person.
const TRIES: u32 = 32;

/// Between two tries; other desks are through in milliseconds.
const PAUSES: Backoff =
    Backoff { base: Duration::from_millis(2), cap: Duration::from_millis(100), longest_wish: Duration::ZERO };

/// What is done with the ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// It is cast.
    Said,
    /// It was cast before, and is taken back.
    TakenBack,
}

impl Word {
    fn decide(
        self,
        found: &Approval,
        ballot: Ballot<'_>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> (Option<Approval>, Outcome) {
        let Ballot { plan, person, choice, .. } = ballot;
        match self {
            Self::Said => approval::vote(found, person, plan, choice, now),
            Self::TakenBack => approval::take_back(found, person, plan, choice, now),
        }
    }
}

impl ApprovalDesk {
    pub(super) async fn said(&self, word: Word, ballot: Ballot<'_>) -> Result<Option<(Outcome, Approval)>, StoreError> {
        let mut yes: Option<Told> = None;
        let decided = self.swapped(word, ballot, &mut yes).await;
        let counts = matches!(decided, Ok(Some((Outcome::Counted | Outcome::Granted, _))));
        if let Some(told) = yes.filter(|_| !counts) {
            // The record of before must not stand alone: it would tell what did not happen.
            let ended = match &decided {
                Ok(Some((outcome, stands))) => trail::refused(&outcome.told(stands)),
                Ok(None) => trail::refused("there is no such approval any more"),
                Err(error) => trail::failed(error),
            };
            self.trail.contradict(&told, ended).await;
        }
        decided
    }

    async fn swapped(
        &self,
        word: Word,
        ballot: Ballot<'_>,
        yes: &mut Option<Told>,
    ) -> Result<Option<(Outcome, Approval)>, StoreError> {
        let mut tries = 0;
        loop {
            let Some(found) = bounded(record::load::<Approval>(&*self.store, ballot.approval)).await? else {
                return Ok(None);
            };
            let (next, outcome) = word.decide(&found.value, ballot, self.clock.now());
            let Some(next) = next else { return Ok(Some((outcome, found.value))) };
            if matches!(outcome, Outcome::Counted | Outcome::Granted) && yes.is_none() {
                let signed = self.trail.person(ballot.person);
                *yes = Some(self.trail.tell(Kind::ApprovalGiven, &next, signed, Some(ballot.by_way_of)).await?);
                // Decided anew: telling takes time, and the countdown begins when it counts.
                continue;
            }
            match bounded(record::save(&*self.store, &next, Expect::Version(found.version))).await {
                Ok(_) => {
                    self.tell_no(outcome, &next, ballot).await;
                    return Ok(Some((outcome, next)));
                }
                Err(StoreError::Conflict { .. }) if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(PAUSES.wait(tries, draw(seed(ballot), tries.into()))).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What stands already, and is told afterwards.
    async fn tell_no(&self, outcome: Outcome, stands: &Approval, ballot: Ballot<'_>) {
        let (kind, signed) = match outcome {
            Outcome::Rejected => (Kind::ApprovalRefused, self.trail.person(ballot.person)),
            Outcome::TakenBack => (Kind::ApprovalWithdrawn, self.trail.person(ballot.person)),
            Outcome::Expired => (Kind::ApprovalExpired, domain::audit::Actor::System.into()),
            _ => return,
        };
        let by_way_of = (outcome != Outcome::Expired).then_some(ballot.by_way_of);
        self.trail.tell_after(kind, stands, signed, by_way_of).await;
    }
}

/// Spreads people who were turned away together.
fn seed(ballot: Ballot<'_>) -> u64 {
    ballot.person.id.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()))
}
