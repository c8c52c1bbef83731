//! `silences`: what is muted, until when, by whom and why.

use super::shared;
use crate::backend::Backend;
use crate::query::alerts::ManagedAlert;
use crate::query::requests;
use crate::query::silences::{self, Silence};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::Table;
use domain::observed::prometheus::SilenceRow;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tools_common::page::{Hints, Window};
use tools_common::{CallContext, ToolSpec, args};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    Active,
    Pending,
    Expired,
    All,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Default active.
    state: Option<State>,
    /// Word in matchers, comment or author.
    #[schemars(length(max = 200))]
    contains: Option<String>,
    #[schemars(range(min = 1, max = 200))]
    limit: Option<usize>,
    #[schemars(length(max = 300))]
    #[expect(dead_code, reason = "read from the raw arguments, which it is bound to")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "silences",
        "Silences",
        "Alertmanager's silences: matchers, end, author, how many alerts each mutes.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments.clone())?;
    let (all, alerts) = tokio::join!(
        backend.ask_alertmanager::<Vec<Silence>>(silences::list(), context),
        backend.ask_alertmanager::<Vec<ManagedAlert>>(requests::alertmanager_alerts(), context),
    );
    let all = all.ok_or_else(no_alertmanager)??;
    let mut hints = Hints::default();
    let muted = match alerts {
        Some(Ok(alerts)) => Some(count_muted(&alerts)),
        Some(Err(failure)) => {
            hints.miss(format!("how many alerts each mutes could not be looked up ({})", failure.message));
            None
        }
        None => None,
    };
    let seen = all.len();
    let mut rows: Vec<SilenceRow> =
        all.iter().filter(|silence| wanted(silence, &asked)).map(|silence| row(silence, muted.as_ref())).collect();
    rows.sort_by(|left, right| order(&left.state).cmp(&order(&right.state)).then(left.ends.cmp(&right.ends)));
    if rows.is_empty() {
        hints.add(match seen {
            0 => "There are no silences.".to_owned(),
            seen => format!("None of the {seen} silences fits; state=all shows pending and expired ones."),
        });
    }
    let window =
        Window { tool: "silences", arguments: &arguments, limit: asked.limit.unwrap_or(50), budget_tokens: None };
    let part = window.of(rows)?;
    if part.is_cut() {
        hints.add(format!("{} more: pass next_cursor.", part.left.len()));
    }
    Ok(part.envelope(shared::json(&Table::of(&part.kept))?, hints))
}

/// No Alertmanager is configured for the instance.
pub(super) fn no_alertmanager() -> Failure {
    Failure::new(FailureKind::NotFound, "no Alertmanager is configured for this Prometheus")
        .with_hint("set ALERTMANAGER_URL or alertmanager_url in the settings")
}

fn count_muted(alerts: &[ManagedAlert]) -> BTreeMap<String, u64> {
    let mut muted = BTreeMap::new();
    for id in alerts.iter().flat_map(|alert| &alert.status.silenced_by) {
        *muted.entry(id.clone()).or_default() += 1;
    }
    muted
}

fn wanted(silence: &Silence, asked: &Args) -> bool {
    let state = match asked.state.unwrap_or(State::Active) {
        State::Active => Some("active"),
        State::Pending => Some("pending"),
        State::Expired => Some("expired"),
        State::All => None,
    };
    let word = asked.contains.as_deref().unwrap_or_default().to_lowercase();
    let text = format!("{} {} {}", silence.shown_matchers(), silence.comment, silence.created_by).to_lowercase();
    state.is_none_or(|state| silence.status.state == state) && text.contains(&word)
}

fn order(state: &str) -> u8 {
    match state {
        "active" => 0,
        "pending" => 1,
        _ => 2,
    }
}

fn row(silence: &Silence, muted: Option<&BTreeMap<String, u64>>) -> SilenceRow {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    SilenceRow {
        id: silence.id.clone(),
        state: silence.status.state.clone(),
        matchers: silence.shown_matchers(),
        starts: silence.starts_at,
        ends: silence.ends_at,
        author: text(&silence.created_by),
        comment: text(&silence.comment),
        muted_alerts: muted.map(|muted| muted.get(silence.id.as_str()).copied().unwrap_or(0)),
    }
}
