//! Which incidents there were.

use super::counting::{count, is_of, median};
use super::{BySeverity, Incidents, Open, Period, Scope, Top};
use crate::incident::{Incident, Severity, State};
use chrono::{DateTime, Utc};

/// Worst first.
const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// Counts the incidents of a period.
pub(super) fn of(period: &Period, scope: &Scope, incidents: &[Incident]) -> Incidents {
    let incidents: Vec<&Incident> = incidents.iter().filter(|incident| is_of(scope, &incident.environment)).collect();
    let by_severity = SEVERITIES.iter().map(|severity| by_severity(period, *severity, &incidents));
    Incidents {
        by_severity: by_severity.filter(|row| row.opened + row.resolved + row.still_open > 0).collect(),
        open: open(period, &incidents),
    }
}

fn by_severity(period: &Period, severity: Severity, incidents: &[&Incident]) -> BySeverity {
    let of_it = || incidents.iter().filter(|incident| incident.severity == severity);
    let seconds: Vec<u64> = of_it().filter_map(|incident| seconds_to_resolve(period, incident)).collect();
    BySeverity {
        severity,
        opened: count(of_it().filter(|incident| period.holds(incident.opened_at)).count()),
        resolved: count(seconds.len()),
        still_open: count(of_it().filter(|incident| is_open(period, incident)).count()),
        median_seconds_to_resolve: median(seconds),
    }
}

/// When it was over; for one that does not tell, when it last changed.
fn over_at(incident: &Incident) -> Option<DateTime<Utc>> {
    matches!(incident.state, State::Resolved | State::Closed)
        .then(|| incident.resolved_at.unwrap_or(incident.changed_at))
}

fn seconds_to_resolve(period: &Period, incident: &Incident) -> Option<u64> {
    let over_at = over_at(incident).filter(|at| period.holds(*at))?;
    u64::try_from(over_at.signed_duration_since(incident.opened_at).num_seconds().max(0)).ok()
}

/// Whether it was not over at the end of the period.
fn is_open(period: &Period, incident: &Incident) -> bool {
    incident.opened_at < period.to && over_at(incident).is_none_or(|at| at >= period.to)
}

fn open(period: &Period, incidents: &[&Incident]) -> Top<Open> {
    let told = |incident: &&Incident| Open {
        id: incident.id.clone(),
        title: incident.title.clone(),
        severity: incident.severity,
        since: incident.opened_at,
        owner: incident.owner.clone(),
    };
    let mut open: Vec<Open> = incidents.iter().filter(|incident| is_open(period, incident)).map(told).collect();
    open.sort_by(|left, right| {
        right.severity.cmp(&left.severity).then_with(|| (left.since, &left.id).cmp(&(right.since, &right.id)))
    });
    Top::of(open)
}
