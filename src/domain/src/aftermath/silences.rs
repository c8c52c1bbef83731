//! Silences of an Alertmanager: by the list of the active ones.

use super::{Aftermath, Before, Sight, first, text};
use crate::action::ActCall;
use crate::evidence::ToolCall;
use crate::observed::Table;
use crate::observed::prometheus::SilenceRow;
use serde_json::{Map, Value, json};

/// Silences that are asked for: as many as the tool gives.
const MOST: u32 = 200;

pub(super) fn looks(call: &ActCall) -> Vec<ToolCall> {
    let mut arguments = Map::new();
    arguments.insert("limit".to_owned(), json!(MOST));
    arguments.extend(text(call, "instance").map(|instance| ("instance".to_owned(), json!(instance))));
    vec![ToolCall { tool: "prometheus_silences".to_owned(), arguments }]
}

fn rows(sights: &[Sight]) -> Result<Vec<SilenceRow>, String> {
    if matches!(sights.first(), Some(Sight::Seen { is_whole: false, .. })) {
        return Err("not all silences were seen".to_owned());
    }
    let data = first(sights)?.clone();
    let table: Table = serde_json::from_value(data).map_err(|error| format!("they cannot be read: {error}"))?;
    table.typed().map_err(|error| format!("they cannot be read: {error}"))
}

pub(super) fn before(call: &ActCall, sights: &[Sight]) -> Result<Before, String> {
    let silences = rows(sights)?.iter().filter(|row| is_meant(call, row)).map(|row| row.id.clone()).collect();
    Ok(Before { silences, ..Before::default() })
}

pub(super) fn judge(call: &ActCall, before: &Before, sights: &[Sight]) -> Aftermath {
    let rows = match rows(sights) {
        Ok(rows) => rows,
        Err(why) => return Aftermath::CannotTell(why),
    };
    let mut meant = rows.iter().filter(|row| is_meant(call, row));
    let is_done = match call.tool.as_str() {
        "silence_create" => meant.any(|row| !before.silences.contains(&row.id)),
        "silence_expire" => meant.next().is_none(),
        other => return Aftermath::CannotTell(format!("nothing shows what {other} did")),
    };
    if is_done { Aftermath::Done } else { Aftermath::NotDone }
}

/// Whether the call speaks of this silence: by its id, or by what it mutes.
fn is_meant(call: &ActCall, row: &SilenceRow) -> bool {
    if row.state != "active" {
        return false;
    }
    if call.tool == "silence_expire" {
        return text(call, "id") == Some(row.id.as_str());
    }
    let matchers: Vec<&str> = call
        .arguments
        .get("matchers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    // The order in which they are shown is the tool's own.
    let length = matchers.iter().map(|matcher| matcher.len()).sum::<usize>() + 2 * matchers.len().saturating_sub(1);
    !matchers.is_empty()
        && row.matchers.len() == length
        && matchers.iter().all(|matcher| row.matchers.contains(matcher))
}
