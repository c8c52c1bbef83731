//! Rules: what fails to evaluate first, then what fires.

use domain::observed::prometheus::RuleRow;
use serde::Deserialize;

/// `/api/v1/rules`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Groups {
    #[serde(default)]
    pub groups: Vec<Group>,
}

/// One group.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Group {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub query: String,
    #[serde(default)]
    pub health: String,
    pub state: Option<String>,
    #[serde(default)]
    pub last_error: String,
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// The rules as rows, unhealthy and firing first.
pub(crate) fn rows(groups: Groups) -> Vec<RuleRow> {
    let mut rows: Vec<RuleRow> = groups
        .groups
        .into_iter()
        .flat_map(|group| {
            let name = group.name;
            group.rules.into_iter().map(move |rule| RuleRow {
                group: name.clone(),
                name: rule.name,
                kind: rule.kind,
                query: rule.query,
                health: rule.health,
                state: rule.state,
                last_error: Some(rule.last_error).filter(|text| !text.is_empty()),
            })
        })
        .collect();
    rows.sort_by(|left, right| {
        rank(left).cmp(&rank(right)).then_with(|| (&left.group, &left.name).cmp(&(&right.group, &right.name)))
    });
    rows
}

fn rank(row: &RuleRow) -> (u8, u8) {
    let health = u8::from(row.health != "err");
    let state = match row.state.as_deref() {
        Some("firing") => 0,
        Some("pending") => 1,
        Some(_) => 2,
        None => 3,
    };
    (health, state)
}

/// Whether the rule has the word in its name, group or expression.
pub(crate) fn mentions(row: &RuleRow, word: &str) -> bool {
    let word = word.to_lowercase();
    [&row.name, &row.group, &row.query].iter().any(|text| text.to_lowercase().contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn broken_rules_first_then_firing_ones() {
        let groups: Groups = serde_json::from_value(json!({"groups": [{"name": "g", "file": "f", "rules": [
            {"name": "quiet", "query": "up", "health": "ok", "state": "inactive", "type": "alerting", "alerts": []},
            {"name": "recorded", "query": "up", "health": "ok", "type": "recording"},
            {"name": "fires", "query": "up == 0", "health": "ok", "state": "firing", "type": "alerting"},
            {"name": "broken", "query": "x", "health": "err", "lastError": "many-to-many", "type": "recording"}
        ]}]}))
        .unwrap();
        let rows = rows(groups);
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["broken", "fires", "quiet", "recorded"]);
        assert_eq!(rows[0].last_error.as_deref(), Some("many-to-many"));
    }
}
