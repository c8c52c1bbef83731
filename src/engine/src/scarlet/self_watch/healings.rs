//! Healings that fail again and again, and decisions that are unsure again and again.

use super::Inspects;
use crate::kept;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::heal::{Heal, Stage};
use domain::self_watch::{Finding, Level, Matter, Sight, confidence};
use ports::store::Store;
use ports::store::collections::HEALS;
use ports::store::query::{Condition, Direction, Key, Query};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Healings that are looked at.
const HEALINGS: usize = 500;

/// Older decisions say nothing of now.
const OLDEST: TimeDelta = TimeDelta::hours(24);

/// The name under which a healing says that its heals failed in a row.
const HEALS_FAILED: &str = "heals-failed";

/// Healings as they are kept.
pub struct Healings {
    /// Where.
    pub store: Arc<dyn Store>,
}

impl Healings {
    async fn failed(&self) -> Sight {
        let states = Stage::NOT_OVER.iter().copied().map(Key::from).collect();
        let query = Query::of(&HEALS).with("state", Condition::OneOf(states)).by("next_at", Direction::Ascending);
        let heals = kept::first::<Heal>(&*self.store, query, HEALINGS).await.map_err(|error| error.to_string())?;
        let failed = heals.into_iter().filter(|heal| heal.alerts.contains(HEALS_FAILED));
        Ok(failed
            .map(|heal| Finding {
                matter: Matter::HealsFailed,
                text: format!("{} heals of {} failed in a row", heal.failed_in_a_row, heal.incident),
                subject: heal.incident,
                environment: heal.environment,
                level: Level::Bad,
            })
            .collect())
    }

    async fn unsure(&self, now: DateTime<Utc>) -> Sight {
        let since = now.checked_sub_signed(OLDEST).unwrap_or(now);
        let query = Query::of(&HEALS)
            .with("changed_at", Condition::AtLeast(Key::from(since)))
            .by("changed_at", Direction::Descending);
        let heals = kept::first::<Heal>(&*self.store, query, HEALINGS).await.map_err(|error| error.to_string())?;
        let mut decided: BTreeMap<String, Vec<u16>> = BTreeMap::new();
        for heal in &heals {
            if let Some(sure) = sureness(heal) {
                decided.entry(heal.environment.clone()).or_default().push(sure);
            }
        }
        let finding = |(environment, confidences): (String, Vec<u16>)| Finding {
            matter: Matter::LowConfidence,
            subject: "decisions".to_owned(),
            text: format!("the last decisions in {environment} were unsure: {} per mille", shown(&confidences)),
            level: confidence(&confidences),
            environment,
        };
        Ok(decided.into_iter().map(finding).collect())
    }
}

/// How sure the decision was, or the diagnosis where nothing was proposed any more; `None` where there was neither.
fn sureness(heal: &Heal) -> Option<u16> {
    let of_decision = heal.proposal.as_ref().map(|proposal| proposal.decision.score);
    of_decision.or_else(|| Some(heal.diagnosis.as_ref()?.first()?.typed_per_mille))
}

fn shown(confidences: &[u16]) -> String {
    let shown: Vec<String> = confidences.iter().take(3).map(ToString::to_string).collect();
    shown.join(", ")
}

#[async_trait]
impl Inspects for Healings {
    fn matters(&self) -> &'static [Matter] {
        &[Matter::HealsFailed, Matter::LowConfidence]
    }

    async fn look(&self, now: DateTime<Utc>) -> BTreeMap<Matter, Sight> {
        BTreeMap::from([(Matter::HealsFailed, self.failed().await), (Matter::LowConfidence, self.unsure(now).await)])
    }
}
