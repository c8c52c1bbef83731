//! Rows of kinds without a row type of their own, from the columns that the server prints for `kubectl get`.

use super::api::{Condition, ListKind, Meta, PageMeta, lenient, present};
use domain::observed::kubernetes::OtherRow;
use serde::Deserialize;
use serde_json::Value;

/// A page as a table, or as plain objects from a server that does not print tables.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Answer")]
pub struct ColumnsPage {
    /// Paging.
    pub metadata: PageMeta,
    columns: Vec<Column>,
    rows: Vec<Printed>,
    items: Vec<Plain>,
}

/// The page as it came: an answer with neither rows nor objects is none.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    #[serde(deserialize_with = "lenient")]
    metadata: PageMeta,
    #[serde(rename = "kind")]
    _kind: ListKind,
    #[serde(deserialize_with = "lenient")]
    column_definitions: Vec<Column>,
    #[serde(deserialize_with = "present")]
    rows: Option<Vec<Printed>>,
    #[serde(deserialize_with = "present")]
    items: Option<Vec<Plain>>,
}

impl TryFrom<Answer> for ColumnsPage {
    type Error = &'static str;

    fn try_from(answer: Answer) -> Result<Self, Self::Error> {
        if answer.rows.is_none() && answer.items.is_none() {
            return Err("missing field `rows` or `items`");
        }
        Ok(Self {
            metadata: answer.metadata,
            columns: answer.column_definitions,
            rows: answer.rows.unwrap_or_default(),
            items: answer.items.unwrap_or_default(),
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Column {
    name: String,
    #[serde(deserialize_with = "lenient")]
    priority: i32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Printed {
    #[serde(deserialize_with = "lenient")]
    cells: Vec<Value>,
    #[serde(deserialize_with = "lenient")]
    object: Plain,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Plain {
    metadata: Meta,
    #[serde(deserialize_with = "lenient")]
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: Option<Value>,
    #[serde(deserialize_with = "lenient")]
    conditions: Vec<Condition>,
}

impl ColumnsPage {
    /// The rows, in the server's order.
    pub fn into_rows(self) -> Vec<OtherRow> {
        let printed = self.rows.iter().map(|row| printed_row(&self.columns, row));
        printed.chain(self.items.iter().map(plain_row)).collect()
    }
}

fn plain_row(object: &Plain) -> OtherRow {
    OtherRow {
        namespace: object.metadata.namespace.clone(),
        name: object.metadata.name.clone(),
        status: state(&object.status),
        detail: None,
        created: object.metadata.creation_timestamp,
    }
}

fn printed_row(columns: &[Column], row: &Printed) -> OtherRow {
    let mut told = plain_row(&row.object);
    let mut detail: Vec<String> = Vec::new();
    for (column, cell) in columns.iter().zip(&row.cells) {
        let text = cell_text(cell);
        let plain = column.name.to_lowercase();
        match plain.as_str() {
            "name" if told.name.is_empty() => told.name = text,
            "name" | "namespace" | "age" => {}
            "status" | "phase" | "state" => told.status = Some(text),
            _ if column.priority > 0 || text.is_empty() || text == "<none>" => {}
            _ => detail.push(format!("{}={}", column.name, super::lines::cut(&text, 80))),
        }
    }
    told.detail = (!detail.is_empty()).then(|| detail.join(" "));
    told
}

fn cell_text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => super::manifest::clean_text(text).unwrap_or_else(|| text.clone()),
        other => other.to_string(),
    }
}

/// The phase, or the first telling condition: one that should be `True` and is not comes first.
fn state(status: &Status) -> Option<String> {
    if let Some(Value::String(phase)) = &status.phase {
        return Some(phase.clone());
    }
    const GOOD: &[&str] = &["Ready", "Available", "Established", "Healthy", "Synced"];
    let good = || status.conditions.iter().filter(|condition| GOOD.contains(&condition.kind.as_str()));
    let told = good().find(|condition| !condition.is_true()).or_else(|| good().next())?;
    Some(if told.is_true() { told.kind.clone() } else { format!("not {} ({})", told.kind, told.reason) })
}

/// Whether the status word says trouble.
pub fn is_unhealthy(row: &OtherRow) -> bool {
    let Some(status) = &row.status else { return false };
    status.starts_with("not ")
        || matches!(status.as_str(), "Pending" | "Lost" | "Failed" | "False" | "Terminating" | "Released")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_of_another_service_is_no_empty_table() {
        let read = |text: &str| serde_json::from_str::<ColumnsPage>(text).map(|page| page.into_rows().len()).ok();
        for (text, expected) in [
            (r#"{"kind":"Table","columnDefinitions":[{"name":"Name"}],"rows":null}"#, Some(0)),
            (r#"{"kind":"CertificateList","items":[]}"#, Some(0)),
            (r#"{"kind":"Table","columnDefinitions":[]}"#, None),
            (r#"{"kind":"Status","rows":[]}"#, None),
            (r#"{"hello":"world"}"#, None),
            ("[]", None),
            ("null", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn tables_and_plain_objects_give_rows() {
        let table: ColumnsPage = serde_json::from_value(json!({
            "kind": "Table", "metadata": {"continue": "x"},
            "columnDefinitions": [{"name": "Name"}, {"name": "Status"}, {"name": "Capacity"}, {"name": "Age"},
                {"name": "VolumeMode", "priority": 1}],
            "rows": [{"cells": ["data-0", "Bound", "10Gi", "3d", "Filesystem"],
                "object": {"metadata": {"name": "data-0", "namespace": "data"}}}]
        }))
        .unwrap();
        let rows = table.into_rows();
        let row = rows.first().unwrap();
        assert_eq!((row.status.as_deref(), row.detail.as_deref()), (Some("Bound"), Some("Capacity=10Gi")));
        let plain: ColumnsPage = serde_json::from_value(json!({"items": [{"metadata": {"name": "tls"}, "status": {
            "conditions": [{"type": "Ready", "status": "False", "reason": "DoesNotExist"}]}}]}))
        .unwrap();
        let rows = plain.into_rows();
        assert_eq!(rows.first().unwrap().status.as_deref(), Some("not Ready (DoesNotExist)"));
        assert!(is_unhealthy(rows.first().unwrap()));
    }
}
