//! What a look must show where a hypothesis is right: one typed field of one object, and its value.
//!
//! Guarantees: only fields that the API server and the kubelet fill are read, never text that somebody wrote (messages,
//! reasons of events, labels, annotations, log lines); a result that was cut refutes nothing; a record of another object
//! says nothing.

use super::plain::plain;
use crate::envelope::Envelope;
use crate::heal::Standing;
use crate::object::ObjectRef;
use crate::observed::Table;
use serde_json::{Map, Value};

/// The fields that may confirm something.
pub const FIELDS: &[&str] =
    &["containers", "current", "desired", "last_exit", "node", "ready", "replicas", "restarts", "status", "updated"];

/// Records of one result that are read.
const RECORDS: usize = 2_000;

/// How deep in a result records are looked for.
const DEPTH: usize = 6;

/// A field and what it must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    field: &'static str,
    must: Must,
}

#[derive(Debug, Clone, PartialEq)]
enum Must {
    Be(String),
    Exceed(f64),
    StayBelow(f64),
}

impl Expected {
    /// Reads a field's name and a value: a text, a number, a boolean, or a text such as `> 3`.
    ///
    /// # Errors
    /// The field is none of [`FIELDS`], or the value cannot be compared with anything.
    pub fn parse(field: &str, value: &Value) -> Result<Self, String> {
        let field = FIELDS
            .iter()
            .find(|known| **known == field)
            .ok_or_else(|| format!("{:?} is no field that can confirm something", plain(field, 40)))?;
        let text = written(value).ok_or("its value is no single value")?;
        let text = plain(&text, 60);
        let number = |rest: &str| rest.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let must = match (text.strip_prefix('>'), text.strip_prefix('<')) {
            (Some(rest), _) => Must::Exceed(number(rest).ok_or("its value is no number to compare with")?),
            (_, Some(rest)) => Must::StayBelow(number(rest).ok_or("its value is no number to compare with")?),
            _ if text.is_empty() => return Err("its value is empty".to_owned()),
            _ => Must::Be(text),
        };
        Ok(Self { field, must })
    }

    /// In words.
    pub fn told(&self) -> String {
        match &self.must {
            Must::Be(value) => format!("{} is {value}", self.field),
            Must::Exceed(least) => format!("{} is above {least}", self.field),
            Must::StayBelow(most) => format!("{} is below {most}", self.field),
        }
    }

    /// What a result tells of it.
    pub fn reads(&self, envelope: &Envelope, object: &ObjectRef) -> Standing {
        let mut found = Vec::new();
        let kind = envelope.data.get("kind").and_then(Value::as_str);
        records(&envelope.data, kind, DEPTH, &mut found);
        let own = found.iter().filter(|(kind, record)| is_of(*kind, record, object));
        let values: Vec<&Value> =
            own.filter_map(|(_, record)| record.get(self.field)).filter(|value| !value.is_null()).collect();
        if values.iter().any(|value| self.holds(value)) {
            return Standing::Confirmed;
        }
        let is_whole = !envelope.truncated && envelope.not_looked.is_empty();
        if values.is_empty() || !is_whole { Standing::Open } else { Standing::Refuted }
    }

    fn holds(&self, value: &Value) -> bool {
        match &self.must {
            Must::Be(wanted) => written(value).is_some_and(|text| text.eq_ignore_ascii_case(wanted)),
            Must::Exceed(least) => value.as_f64().is_some_and(|number| number > *least),
            Must::StayBelow(most) => value.as_f64().is_some_and(|number| number < *most),
        }
    }
}

/// A single value as text.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

type Record<'a> = (Option<&'a str>, Map<String, Value>);

/// The objects and the rows of tables in a result, each with the kind that the result speaks of.
fn records<'a>(data: &'a Value, kind: Option<&'a str>, depth: usize, found: &mut Vec<Record<'a>>) {
    if depth == 0 || found.len() >= RECORDS {
        return;
    }
    match data {
        Value::Array(items) => items.iter().for_each(|item| records(item, kind, depth - 1, found)),
        Value::Object(members) => {
            if let Ok(Table { columns, rows }) = serde_json::from_value::<Table>(data.clone()) {
                let room = RECORDS.saturating_sub(found.len());
                found.extend(rows.into_iter().take(room).map(|row| (kind, columns.iter().cloned().zip(row).collect())));
                return;
            }
            found.push((kind, members.clone()));
            members.values().for_each(|member| records(member, kind, depth - 1, found));
        }
        _ => {}
    }
}

/// Whether a record is the object's, or that of a pod which belongs to it.
fn is_of(kind: Option<&str>, record: &Map<String, Value>, object: &ObjectRef) -> bool {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let is_there = text("namespace") == object.namespace.as_deref();
    if record.get("object").and_then(|named| serde_json::from_value::<ObjectRef>(named.clone()).ok()).as_ref()
        == Some(object)
    {
        return true;
    }
    let is_itself = text("name") == Some(object.name.as_str()) && text("kind").or(kind) == Some(object.kind.as_str());
    let is_owned = text("owner") == Some(format!("{}/{}", object.kind, object.name).as_str());
    is_there && (is_itself || is_owned)
}
