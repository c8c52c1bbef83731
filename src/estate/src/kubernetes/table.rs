//! Tables, as `kubectl get` asks for them: columns, rows, and the object or its metadata beside each row.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Call;
use super::read::shape;
use super::request::{Form, Parameters, Target};
use super::table_columns::columns;
use super::table_rows::cells;

/// The table of some objects.
pub fn render(call: &Call, objects: &[Arc<Value>], now: DateTime<Utc>, metadata: Value) -> Value {
    render_parts(&call.target, &call.parameters, objects, now, metadata)
}

/// The same from the parts of a request.
pub fn render_parts(
    target: &Target,
    parameters: &Parameters,
    objects: &[Arc<Value>],
    now: DateTime<Utc>,
    metadata: Value,
) -> Value {
    let definitions: Vec<Value> = columns(target.resource.plural)
        .iter()
        .map(|column| {
            let format = if column.name == "Name" { "name" } else { "" };
            json!({"name": column.name, "type": column.kind, "format": format, "description": column.name, "priority": i32::from(column.wide)})
        })
        .collect();
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let beside = match parameters.text("includeObject") {
                "None" => Value::Null,
                "Object" => shape(target, Form::Objects, object, false),
                _ => shape(target, Form::Metadata, object, false),
            };
            json!({"cells": cells(target.resource.plural, object, now), "object": beside})
        })
        .collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions, "rows": rows})
}

/// A length of time as kubectl writes it.
pub fn human(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, unit: char, small: i64, part: char| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{part}") }
    };
    match seconds {
        ..0 => "<invalid>".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        _ => two(days / 365, 'y', days % 365, 'd'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_as_kubectl_writes_them() {
        for (seconds, wanted) in [
            (5, "5s"),
            (119, "119s"),
            (200, "3m20s"),
            (3600, "60m"),
            (11_000, "3h3m"),
            (90_000, "25h"),
            (1_814_400, "21d"),
        ] {
            assert_eq!(human(TimeDelta::seconds(seconds)), wanted);
        }
    }
}
