//! The HTTP API's JSON, as far as it is read.

use domain::envelope::{Failure, FailureKind};
use domain::observed::prometheus::Labels;
use serde::{Deserialize, Deserializer};

/// The frame around every answer of Prometheus.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer<T> {
    #[serde(default)]
    pub status: String,
    pub data: Option<T>,
    #[serde(default)]
    pub error_type: String,
    #[serde(default)]
    pub error: String,
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl<T> Answer<T> {
    /// The failure that the answer tells, where it tells one.
    pub(crate) fn as_failure(&self, asked: &str) -> Option<Failure> {
        if self.status != "error" && self.error.is_empty() {
            return None;
        }
        let (kind, hint) = match self.error_type.as_str() {
            // VictoriaMetrics writes the HTTP status in place of a word.
            "bad_data" | "execution" | "400" | "422" => (FailureKind::BadRequest, "correct the query and ask again"),
            "timeout" | "canceled" => (
                FailureKind::Timeout,
                "the query is too expensive: a shorter window, a larger step, more label matchers",
            ),
            "not_found" => (FailureKind::BadAnswer, "this server does not have this API"),
            "unavailable" => {
                (FailureKind::Unreachable, "Prometheus is starting or shutting down; ask again in a moment")
            }
            _ => (FailureKind::BadAnswer, "this is a fault of Prometheus; its own log has more"),
        };
        let kind = if self.error.contains("too many samples") { FailureKind::TooLarge } else { kind };
        Some(Failure::new(kind, format!("{asked}: {}: {}", self.error_type, self.error)).with_hint(hint))
    }

    /// The same, consuming.
    pub(crate) fn into_failure(self, asked: &str) -> Option<Failure> {
        self.as_failure(asked)
    }
}

/// The result of a query.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
pub(crate) enum QueryData {
    Vector(Vec<VectorSample>),
    Matrix(Vec<MatrixSeries>),
    Scalar(Point),
    String((f64, String)),
}

impl QueryData {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Vector(_) => "vector",
            Self::Matrix(_) => "matrix",
            Self::Scalar(_) => "scalar",
            Self::String(_) => "string",
        }
    }

    /// The only value of a vector with one sample, or of a scalar; finite.
    pub(crate) fn single(&self) -> Option<f64> {
        let value = match self {
            Self::Vector(samples) => samples.first()?.value?.value,
            Self::Scalar(point) => point.value,
            Self::Matrix(_) | Self::String(_) => return None,
        };
        value.is_finite().then_some(value)
    }
}

/// One sample of an instant vector. A native histogram has no `value`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct VectorSample {
    #[serde(default)]
    pub metric: Labels,
    pub value: Option<Point>,
}

/// One series of a matrix.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct MatrixSeries {
    #[serde(default)]
    pub metric: Labels,
    #[serde(default)]
    pub values: Vec<Point>,
}

/// Unix seconds and a value; on the wire the value is a string (`"NaN"`, `"+Inf"`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub at: f64,
    pub value: f64,
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (at, text): (f64, std::borrow::Cow<'de, str>) = Deserialize::deserialize(deserializer)?;
        let value = parse_value(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("a sample's value is {text:?}, which is no number")))?;
        Ok(Self { at, value })
    }
}

/// A value as Prometheus writes it.
pub(crate) fn parse_value(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        other => other.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_prometheus_writes_them() {
        let text = r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"job":"a"},"value":[1700000000.5,"1.5"]},{"metric":{},"value":[1,"NaN"]},
            {"metric":{},"value":[1,"+Inf"]},{"metric":{},"histogram":[1,{}]}]}}"#;
        let answer: Answer<QueryData> = serde_json::from_str(text).unwrap();
        let Some(QueryData::Vector(samples)) = answer.data else { panic!("a vector") };
        assert_eq!(samples[0].value, Some(Point { at: 1_700_000_000.5, value: 1.5 }));
        assert!(samples[1].value.unwrap().value.is_nan());
        assert_eq!(samples[2].value.unwrap().value, f64::INFINITY);
        assert_eq!(samples[3].value, None);
    }

    #[test]
    fn a_value_that_is_no_number_is_an_error() {
        assert!(serde_json::from_str::<QueryData>(r#"{"resultType":"scalar","result":[1,"one"]}"#).is_err());
    }
}
