//! Envelopes of lists, and other small things that several tools need.

use domain::envelope::Envelope;
use serde::Serialize;
use serde_json::Value;

pub use tools_common::page::{Hints, Part, Window};

/// A typed result as JSON.
pub fn data<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// An envelope of a windowed list, of which so many objects were not even read.
pub fn envelope<T>(source: String, data: Value, part: &Part<T>, left_out: u64, hints: Hints) -> Envelope {
    let mut envelope = part.envelope(data, hints);
    envelope.source = Some(source);
    envelope.total = Some(part.total as u64 + left_out);
    envelope.truncated |= left_out > 0;
    envelope
}

/// A sentence about objects that a list over its bound did not read.
pub fn left_out_hint(left_out: u64) -> Option<String> {
    (left_out > 0).then(|| format!("{left_out} more objects were not read: name a namespace or a selector."))
}
