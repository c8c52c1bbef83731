//! JSON whose text is the same wherever it comes from: the members of objects in the order of their names.
//!
//! `serde_json` keeps that order by itself, unless some crate of the build turns its feature `preserve_order` on; hashes
//! must not rest on what other crates ask for.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Map, Value};

/// A value that is written with sorted members.
#[derive(Debug, Clone, Copy)]
pub(super) struct Canonical<'a>(pub &'a Value);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                let mut written = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in in_order(members) {
                    written.serialize_entry(name, &Canonical(value))?;
                }
                written.end()
            }
            Value::Array(items) => {
                let mut written = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    written.serialize_element(&Canonical(item))?;
                }
                written.end()
            }
            other => other.serialize(serializer),
        }
    }
}

fn in_order(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    members
}

/// The text of a value: no blanks, members in the order of their names (by bytes).
pub fn canonical_json(value: &Value) -> String {
    // Every `Value` has a JSON form: its keys are strings, its numbers finite.
    serde_json::to_string(&Canonical(value)).unwrap_or_default()
}
