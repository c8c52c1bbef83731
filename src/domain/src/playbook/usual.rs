//! "Is this normal?": the golden signals of a service, each against its own past at this time of the week.

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::subject::{self, Subject};
use super::{Inquiry, calls, wrong};
use crate::diagnosis::Statement;
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use crate::observed::prometheus::{Anomalies, GoldenSignals, Signal, UnusualSeries};

/// Signals whose past is read: each is a query over two weeks.
const SIGNALS: [&str; 5] = ["traffic", "error_ratio", "latency_p99", "cpu_of_limit", "memory_of_limit"];

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    let (object, note) = match subject::find(inquiry, looks) {
        Subject::Pending => return Draft::default(),
        Subject::Object(object, note) => (object, note),
        Subject::AskBack(draft) => return *draft,
        Subject::Namespace(_) | Subject::Unnamed => {
            return Draft::saying(Statement::new("Is what normal? Name a service or workload", []));
        }
    };
    let look: Look<GoldenSignals> = looks.at(calls::golden_signals(&object, "15m", None, None));
    let mut draft = match look {
        Look::Pending => return Draft::default(),
        Look::NoTool => Draft::saying(Statement::new("I have no Prometheus to compare with", [])),
        Look::Failed(id, _) => Draft::saying(Statement::new(format!("I could not read the signals of {object}"), [id])),
        Look::Seen(seen) => judged(looks, &object, &seen.data, seen.id),
    };
    draft.notes.extend(note);
    draft.subject = Some(object);
    draft
}

/// One signal with what was said of it.
struct Told {
    statement: Statement,
    /// `None` where it could not be told.
    is_unusual: Option<bool>,
    name: String,
}

fn judged(looks: &mut Looks<'_>, object: &ObjectRef, signals: &GoldenSignals, id: EvidenceId) -> Draft {
    let known: Vec<&Signal> = signals.signals.iter().filter(|one| SIGNALS.contains(&one.name.as_str())).collect();
    let looked: Vec<(&Signal, Look<Anomalies>)> =
        known.into_iter().map(|signal| (signal, looks.at(calls::anomalies(&signal.query)))).collect();
    let told: Vec<Told> = looked.into_iter().filter_map(|(signal, look)| tell(signal, look)).collect();
    let unusual: Vec<&str> =
        told.iter().filter(|one| one.is_unusual == Some(true)).map(|one| one.name.as_str()).collect();
    let is_known = told.iter().any(|one| one.is_unusual.is_some());
    let verdict = match (is_known, unusual.is_empty()) {
        (false, _) => format!("I cannot tell whether {object} is as usual: its history is too short or not there"),
        (true, true) => format!("{object} is as usual at this time"),
        (true, false) => format!("{object} is unusual now: {}", unusual.join(", ")),
    };
    let rests_on: Vec<EvidenceId> =
        std::iter::once(id).chain(told.iter().flat_map(|one| one.statement.evidence.iter().copied())).collect();
    let mut draft = Draft::saying(Statement::new(verdict, rests_on));
    draft.section("Each signal against its own past", told.into_iter().map(|one| one.statement).collect());
    draft
}

fn tell(signal: &Signal, look: Look<Anomalies>) -> Option<Told> {
    let name = signal.name.replace('_', " ");
    let seen = match look {
        Look::Pending | Look::NoTool => return None,
        Look::Failed(id, _) => {
            let statement = Statement::new(format!("{name}: its past could not be read"), [id]);
            return Some(Told { statement, is_unusual: None, name });
        }
        Look::Seen(seen) => seen,
    };
    // A signal is one number, so that its query gives one series.
    let row = seen.data.series.typed::<UnusualSeries>().ok()?.into_iter().next()?;
    let statement = Statement::new(words(&name, signal, &row), [seen.id]);
    Some(Told { statement, is_unusual: row.unusual_now, name })
}

/// `latency p99: 2.40 s, unusual: 80 ms to 120 ms is usual (Tuesday 09:00 UTC, 2 weeks)`.
fn words(name: &str, signal: &Signal, row: &UnusualSeries) -> String {
    let amount = |value| wrong::amount(value, &signal.unit);
    let last = amount(row.last);
    let begun = row.anomalies.first().map_or(String::new(), |first| format!("; {first}"));
    match (row.unusual_now, row.usual_low, row.usual_high) {
        (Some(unusual), Some(low), Some(high)) => {
            let verdict = if unusual { "unusual: " } else { "" };
            let (low, high, with) = (amount(low), amount(high), &row.compared_with);
            format!("{name}: {last}, {verdict}{low} to {high} is usual ({with}){begun}")
        }
        _ => format!("{name}: {last}; what is usual cannot be told: {}{begun}", row.compared_with),
    }
}
