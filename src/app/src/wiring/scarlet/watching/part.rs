//! Alerts and the places where people are told, for `GET /health` and `health report`.

use async_trait::async_trait;
use domain::self_watch::Watch;
use engine::scarlet::escalating::{Escalator, Overview, Probe};
use engine::scarlet::self_watch::SelfWatch;
use std::sync::Arc;
use web::health::{Component, Part, Status};

const NAME: &str = "alerts";

/// Of each kind that are named at most.
const NAMED: usize = 5;

/// The part.
pub struct AlertsPart {
    escalator: Arc<Escalator>,
    watch: Arc<SelfWatch>,
}

impl AlertsPart {
    /// Over who tells and who watches.
    pub fn new(escalator: Arc<Escalator>, watch: Arc<SelfWatch>) -> Self {
        Self { escalator, watch }
    }
}

#[async_trait]
impl Part for AlertsPart {
    fn name(&self) -> &str {
        NAME
    }

    async fn look(&self) -> Component {
        component(&self.escalator.overview(), &self.watch.overview())
    }
}

fn component(overview: &Overview, watch: &Watch) -> Component {
    let (alerts, unreached) = (lines(watch), unreached(overview));
    let is_broken = |probe: &Probe| matches!(probe, Probe::Broken(_));
    let is_well = alerts.is_empty() && unreached.is_empty() && !overview.places.values().any(is_broken);
    let mut told: Vec<String> = unreached.into_iter().take(NAMED + 1).collect();
    told.extend(alerts.into_iter().take(NAMED));
    told.push(places(overview));
    let status = if is_well { Status::Ok } else { Status::Degraded };
    Component { name: NAME.to_owned(), status, detail: told.join("; "), since: None }
}

/// What is wrong now and what could not be looked at, a line each.
pub fn lines(watch: &Watch) -> Vec<String> {
    let standing = watch.standing().into_iter().map(|notice| {
        format!("{} since {}: {}", notice.matter.name(), notice.since.format("%Y-%m-%d %H:%M UTC"), notice.text)
    });
    let blind = watch.blind.iter().map(|(matter, blind)| {
        let since = blind.since.format("%Y-%m-%d %H:%M UTC");
        format!("{} could not be looked at since {since}: {}", matter.name(), blind.why)
    });
    let beyond = (watch.beyond > 0).then(|| format!("{} more alerts are not kept", watch.beyond));
    standing.chain(blind).chain(beyond).collect()
}

fn unreached(overview: &Overview) -> Vec<String> {
    let one = |one: &engine::scarlet::escalating::Unreached| {
        let since = one.since.format("%Y-%m-%d %H:%M UTC");
        let now = if one.is_tried { "it is tried again" } else { "it is not tried any more" };
        format!("NOBODY WAS REACHED for {} since {since}, {now}: {}", one.key, one.why)
    };
    let blind = overview.blind.iter().map(|why| format!("whether somebody was not reached is not known: {why}"));
    overview.unreached.iter().map(one).chain(blind).collect()
}

fn places(overview: &Overview) -> String {
    if overview.places.is_empty() {
        return "no place is declared where people are told, or none was probed yet".to_owned();
    }
    let place = |(place, probe): (&String, &Probe)| match probe {
        Probe::Verified(_) => format!("{place} (verified)"),
        Probe::Unverifiable(_) => format!("{place} (not verified)"),
        Probe::Broken(why) => format!("{place} (CANNOT BE REACHED: {why})"),
    };
    let shown: Vec<String> = overview.places.iter().map(place).collect();
    format!("people are told at {}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use domain::self_watch::{Finding, Level, Matter};
    use engine::scarlet::escalating::Unreached;
    use std::collections::BTreeMap;

    #[test]
    fn whoever_was_not_reached_stands_first_and_nothing_is_told_as_well_that_was_not_seen() {
        let now = DateTime::UNIX_EPOCH;
        let places = BTreeMap::from([("webhook:pager".to_owned(), Probe::Broken("503".to_owned()))]);
        let well = component(&Overview::default(), &Watch::default());
        assert_eq!((well.status, well.detail.contains("no place is declared")), (Status::Ok, true));
        let unreached =
            Unreached { key: "INC-1.escalation.0".to_owned(), since: now, is_tried: true, why: "503".to_owned() };
        let overview = Overview { places, unreached: vec![unreached], blind: None };
        let finding = Finding {
            matter: Matter::CapReached,
            subject: "cap".to_owned(),
            environment: "prod".to_owned(),
            level: Level::Bad,
            text: "prod began 5 actions".to_owned(),
        };
        let watch = Watch::default().looked(
            &BTreeMap::from([(Matter::CapReached, Ok(vec![finding])), (Matter::Uptime, Err("no file".to_owned()))]),
            now,
        );
        let bad = component(&overview, &watch);
        assert_eq!(bad.status, Status::Degraded);
        assert_eq!(
            bad.detail,
            "NOBODY WAS REACHED for INC-1.escalation.0 since 1970-01-01 00:00 UTC, it is tried again: 503; \
             cap-reached since 1970-01-01 00:00 UTC: prod began 5 actions; \
             uptime could not be looked at since 1970-01-01 00:00 UTC: no file; \
             people are told at webhook:pager (CANNOT BE REACHED: 503)"
        );
    }
}
