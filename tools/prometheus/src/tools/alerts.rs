//! `alerts`: what fires and waits, of Prometheus and Alertmanager together.

use super::shared;
use crate::backend::{Backend, Told};
use crate::query::alerts::{ManagedAlert, PrometheusAlerts, counts, mentions, merge};
use crate::query::requests;
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::Table;
use domain::observed::prometheus::AlertRow;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tools_common::{CallContext, ToolSpec, budget};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    Firing,
    Pending,
    Suppressed,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Pending => "pending",
            Self::Suppressed => "suppressed",
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Default all.
    state: Option<State>,
    /// Value of the severity label.
    severity: Option<String>,
    /// Word in name, summary or a label value: checkout.
    contains: Option<String>,
    /// Default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Budget of the result.
    #[schemars(range(min = 100, max = 8000))]
    max_tokens: Option<usize>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "alerts",
        "Alerts",
        "Active alerts of Prometheus and Alertmanager, firing and severe first, with summary, since when and silences.",
    )
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let (from_prometheus, from_alertmanager) = tokio::join!(
        backend.ask::<PrometheusAlerts>(requests::alerts(), context),
        backend.ask_alertmanager::<Vec<ManagedAlert>>(requests::alertmanager_alerts(), context),
    );
    let Together { rows, mut notes, not_looked } = together(from_prometheus, from_alertmanager)?;
    if !backend.has_alertmanager() {
        notes.push("no Alertmanager is configured, so silences are not known".to_owned());
    }
    let all = rows.len();
    let rows: Vec<AlertRow> = rows.into_iter().filter(|row| wanted(row, &args)).collect();
    let total = rows.len();
    if total == 0 {
        notes.insert(0, nothing(all));
    }
    let cut = budget::cut(rows, args.limit.unwrap_or(50), budget::tokens_for(args.max_tokens));
    if cut.is_cut() {
        let names = counts(cut.left.iter().map(|row| row.name.as_str()));
        notes.insert(
            0,
            format!("{} more: {names}; narrow with state, severity or contains, or raise limit", cut.left.len()),
        );
    }
    let mut envelope = Envelope::whole(shared::json(&Table::of(&cut.kept))?, cut.kept.len() as u64);
    envelope.total = Some(total as u64);
    envelope.truncated = cut.is_cut();
    envelope.window = Some(Window { start: context.now, end: context.now });
    envelope.hint = shared::hint(notes);
    envelope.not_looked = not_looked;
    Ok(envelope)
}

/// The alerts of whoever answered.
struct Together {
    rows: Vec<AlertRow>,
    notes: Vec<String>,
    not_looked: Vec<String>,
}

/// One list of both; where only one of the two answered, its alerts, and that the other did not.
fn together(
    prometheus: Result<Told<PrometheusAlerts>, Failure>,
    alertmanager: Option<Result<Vec<ManagedAlert>, Failure>>,
) -> Result<Together, Failure> {
    let all = |rows, notes| Together { rows, notes, not_looked: Vec::new() };
    let part = |rows, notes, missing| Together { rows, notes, not_looked: vec![missing] };
    match (prometheus, alertmanager) {
        (Ok(told), None) => Ok(all(merge(told.data.alerts, Vec::new()), told.warnings)),
        (Ok(told), Some(Ok(managed))) => Ok(all(merge(told.data.alerts, managed), told.warnings)),
        (Ok(told), Some(Err(failure))) => {
            let missing =
                format!("Alertmanager could not be looked at ({}), so silences are not known", failure.message);
            Ok(part(merge(told.data.alerts, Vec::new()), told.warnings, missing))
        }
        (Err(failure), Some(Ok(managed))) => {
            let missing = format!(
                "Prometheus could not be looked at ({}); these are Alertmanager's alerts, pending ones are not known",
                failure.message
            );
            Ok(part(merge(Vec::new(), managed), Vec::new(), missing))
        }
        (Err(failure), _) => Err(failure),
    }
}

fn wanted(row: &AlertRow, args: &Args) -> bool {
    args.state.is_none_or(|state| row.state == state.word())
        && args
            .severity
            .as_deref()
            .is_none_or(|severity| row.severity.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(severity)))
        && args.contains.as_deref().is_none_or(|word| mentions(row, word))
}

fn nothing(all: usize) -> String {
    match all {
        0 => "no alert is active; whether rules exist and evaluate is told by `rules`".to_owned(),
        all => format!("none of the {all} active alerts fits these arguments; ask without them to see all"),
    }
}
