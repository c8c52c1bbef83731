//! The policy against the file that is delivered: the cells, the gates, what is told, and what holds whatever comes.

mod cells;
mod gates;
mod mistakes;
mod properties;
mod protection;
mod score;
mod shadow;
mod told;

use super::*;
use crate::calendar::{Once, Weekly, Window};
use crate::effect::EffectClass;
use crate::incident::{Impact, Severity};
use crate::object::ObjectRef;
use crate::plan::{BlastRadius, Field};
use chrono::{DateTime, TimeDelta, Utc, Weekday};
use std::collections::BTreeSet;
use std::sync::LazyLock;

const DELIVERED: &str = include_str!("../../../../config/policy/decision.toml");

static TABLE: LazyLock<Table> = LazyLock::new(|| read(DELIVERED).unwrap());

fn value(text: &str) -> serde_json::Value {
    toml::from_str(text).unwrap()
}

fn read(text: &str) -> Result<Table, Vec<Mistake>> {
    Table::read(&value(text))
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// 2026-11-21, a Saturday, 12:00 UTC.
fn noon() -> DateTime<Utc> {
    at("2026-11-21T12:00:00Z")
}

/// Each day of the week between two hours, UTC.
fn daily(from: u32, to: u32) -> Window {
    let hour = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let mut days = vec![Weekday::Mon];
    days.extend((1..7).map(|after| (0..after).fold(Weekday::Mon, |day, _| day.succ())));
    Window::Weekly(Weekly::new(days, hour(from), hour(to), chrono_tz::UTC).unwrap())
}

fn once(from: DateTime<Utc>, hours: i64) -> Window {
    Window::Once(Once::new(from, from + TimeDelta::hours(hours)).unwrap())
}

/// What a situation borrows.
#[derive(Debug, Clone)]
struct Scene {
    object: ObjectRef,
    radius: BlastRadius,
    tainted: BTreeSet<Field>,
    elsewhere: Vec<Elsewhere>,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            object: ObjectRef::namespaced("Deployment", "shop", "cart"),
            radius: BlastRadius {
                ready_replicas: Some(3),
                replicas_left: Some(3),
                disruptions_allowed: None,
                dependants: Vec::new(),
                traffic_share: None,
            },
            tainted: BTreeSet::new(),
            elsewhere: Vec::new(),
        }
    }
}

impl Scene {
    /// A situation in which everything speaks for acting: W1, low severity, low impact, high confidence, full autonomy.
    fn situation(&self) -> Situation<'_> {
        Situation {
            plan: "digest",
            environment: "prod",
            autonomy: Autonomy::Full,
            score: Score::even(950),
            severity: Severity::Low,
            impact: Impact::Low,
            class: EffectClass::W1,
            object: &self.object,
            service: Some("cart"),
            is_critical_service: false,
            is_protected: None,
            is_leader: true,
            frozen: None,
            earned: false,
            automatic_in_last_hour: 0,
            cap: 5,
            resting_until: None,
            failed_in_a_row: 0,
            chain_busy: None,
            business_hours: None,
            maintenance: Vec::new(),
            blast_radius: &self.radius,
            tainted: &self.tainted,
            missing_evidence: 0,
            safety: Ok(()),
            elsewhere: &self.elsewhere,
            now: noon(),
        }
    }
}

fn staging() -> Elsewhere {
    Elsewhere {
        environment: "staging".to_owned(),
        autonomy: Autonomy::Full,
        impact: Impact::Low,
        is_critical_service: false,
        is_protected: None,
        earned: true,
        business_hours: None,
        maintenance: Vec::new(),
    }
}
