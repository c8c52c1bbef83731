//! The HTTP API's JSON, as far as it is read.
//!
//! Guarantee: of a line no more than [`KEPT_BYTES`] are kept, whatever its length. Both shapes of a line's third
//! element are read: that of `categorize-labels` (`structuredMetadata` and `parsed`), and names with values.

use super::clean;
use domain::observed::loki::Labels;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// Bytes of a line that are kept.
pub(crate) const KEPT_BYTES: usize = 8 * 1024;

/// The frame around answers. A list without members may have no `data` at all.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Answer<T> {
    #[serde(default)]
    pub status: String,
    pub data: Option<T>,
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// What the index says of a selector; Loki writes all four, zeros too.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Size {
    streams: u64,
    chunks: u64,
    bytes: u64,
    entries: u64,
}

impl From<Size> for domain::observed::loki::Size {
    fn from(told: Size) -> Self {
        Self { streams: told.streams, chunks: told.chunks, bytes: told.bytes, entries: told.entries }
    }
}

/// The result of a query.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
pub(crate) enum Data {
    Streams(Vec<Stream>),
    Vector(Vec<VectorSample>),
    Matrix(Vec<MatrixSeries>),
    Scalar(Point),
}

impl Data {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Streams(_) => "streams",
            Self::Vector(_) => "vector",
            Self::Matrix(_) => "matrix",
            Self::Scalar(_) => "scalar",
        }
    }
}

/// Lines of one stream.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Stream {
    #[serde(default)]
    pub stream: Labels,
    #[serde(default)]
    pub values: Vec<Line>,
}

/// One line on the wire: `["1700000000000000000", "text", {…}]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub at_ns: i64,
    pub line: String,
    pub whole_bytes: usize,
    pub fields: Labels,
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Line;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a line as [nanoseconds, text]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Line, A::Error> {
                let at: Cow<'de, str> =
                    elements.next_element()?.ok_or_else(|| A::Error::custom("a line without a time"))?;
                let at_ns = at.parse().map_err(|_| {
                    A::Error::custom(format!("a line's time is {:?}, no nanoseconds", clean::head(&at, 40)))
                })?;
                let text: Cow<'de, str> =
                    elements.next_element()?.ok_or_else(|| A::Error::custom("a line without text"))?;
                let third: Option<Value> = elements.next_element()?;
                while elements.next_element::<IgnoredAny>()?.is_some() {}
                let line = clean::head(&text, KEPT_BYTES).to_owned();
                Ok(Line { at_ns, line, whole_bytes: text.len(), fields: third.map(fields).unwrap_or_default() })
            }
        }
        deserializer.deserialize_seq(Read)
    }
}

fn fields(third: Value) -> Labels {
    let Value::Object(members) = third else { return Labels::new() };
    let mut fields = Labels::new();
    for (name, value) in members {
        match value {
            Value::String(text) => {
                fields.insert(name, text);
            }
            Value::Object(inner) if matches!(name.as_str(), "structuredMetadata" | "parsed") => {
                fields.extend(inner.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))));
            }
            _ => {}
        }
    }
    fields
}

/// One sample of an instant vector.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct VectorSample {
    #[serde(default)]
    pub metric: Labels,
    pub value: Point,
}

/// One series of a matrix.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct MatrixSeries {
    #[serde(default)]
    pub metric: Labels,
    #[serde(default)]
    pub values: Vec<Point>,
}

/// Unix seconds and a value, which is a text on the wire.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub at: f64,
    pub value: f64,
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (at, text): (f64, Cow<'de, str>) = Deserialize::deserialize(deserializer)?;
        let value = match text.as_ref() {
            "+Inf" => Some(f64::INFINITY),
            "-Inf" => Some(f64::NEG_INFINITY),
            "NaN" => Some(f64::NAN),
            other => other.parse().ok(),
        };
        let value =
            value.ok_or_else(|| D::Error::custom(format!("a sample's value is {text:?}, which is no number")))?;
        Ok(Self { at, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str) -> Line {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn lines_are_read_with_and_without_their_fields() {
        assert_eq!(line(r#"["5","a"]"#), Line { at_ns: 5, line: "a".into(), whole_bytes: 1, fields: Labels::new() });
        let wanted = Labels::from([("trace_id".to_owned(), "t".to_owned())]);
        assert_eq!(line(r#"["5","a",{"trace_id":"t"}]"#).fields, wanted);
        assert_eq!(line(r#"["5","a",{"structuredMetadata":{"trace_id":"t"},"parsed":{}}]"#).fields, wanted);
        assert_eq!(line(r#"["5","a",null]"#).fields, Labels::new());
    }

    #[test]
    fn ten_megabytes_in_a_line_leave_eight_kilobytes() {
        let read = line(&format!(r#"["5","{}\n"]"#, "x".repeat(10 << 20)));
        assert_eq!((read.line.len(), read.whole_bytes), (KEPT_BYTES, (10 << 20) + 1));
    }

    #[test]
    fn a_result_with_statistics_around_it_is_read() {
        let text = r#"{"status":"success","data":{"stats":{"summary":{}},"resultType":"streams","encodingFlags":["categorize-labels"],
            "result":[{"stream":{"a":"b"},"values":[["1","x",{}]]}]}}"#;
        let answer: Answer<Data> = serde_json::from_str(text).unwrap();
        assert!(matches!(answer.data, Some(Data::Streams(streams)) if streams.len() == 1));
    }

    proptest! {
        #[test]
        fn no_answer_panics(text in "[\\[\\]{}\",:a-z0-9]{0,60}") {
            let _ = serde_json::from_str::<Answer<Data>>(&text);
            let _ = serde_json::from_str::<Line>(&text);
        }
    }
}
