//! Instant and range queries.

use std::sync::Arc;

use axum::extract::State;
use serde_json::{Value, json};

use super::reply::{Refusal, Reply, success};
use crate::Estate;
use crate::telemetry::alerting::WithAlerts;
use crate::telemetry::http::{Parameters, parse_duration_ms, parse_time_ms, seconds_json};
use crate::telemetry::promql::{self, Answer};
use crate::telemetry::series::{Sample, Series};
use crate::telemetry::{number_text, with_metrics};

/// The most steps of a range query.
const MAX_POINTS: i64 = 11_000;

pub(super) async fn instant(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let at_ms = parameters.get("time").map(|text| time("time", text)).transpose()?;
    let query = parameters.get("query").unwrap_or_default();
    let answer = with_metrics(&estate, |metrics| {
        promql::instant(&WithAlerts(metrics), query, at_ms.unwrap_or(metrics.now_ms()))
    })?;
    success(answer_json(answer))
}

pub(super) async fn range(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let required = |name: &str| time(name, parameters.get(name).unwrap_or_default());
    let (start_ms, end_ms) = (required("start")?, required("end")?);
    if end_ms < start_ms {
        return Err(Refusal::parameter("end", "end timestamp must not be before start time"));
    }
    let step = parameters.get("step").unwrap_or_default();
    let step_ms = parse_duration_ms(step)
        .ok_or_else(|| Refusal::parameter("step", &format!("cannot parse {step:?} to a valid duration")))?;
    if step_ms <= 0 {
        let reason = "zero or negative query resolution step widths are not accepted. Try a positive integer";
        return Err(Refusal::parameter("step", reason));
    }
    if end_ms.saturating_sub(start_ms) / step_ms > MAX_POINTS {
        return Err(Refusal::bad_data(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        ));
    }
    let query = parameters.get("query").unwrap_or_default();
    let answer =
        with_metrics(&estate, |metrics| promql::range(&WithAlerts(metrics), query, start_ms, end_ms, step_ms))?;
    success(answer_json(answer))
}

/// Exemplars are not kept.
pub(super) async fn exemplars(parameters: Parameters) -> Reply {
    promql::parse(parameters.get("query").unwrap_or_default())?;
    success(json!([]))
}

/// A query laid out for reading.
pub(super) async fn format(parameters: Parameters) -> Reply {
    let expression = promql::parse(parameters.get("query").unwrap_or_default())?;
    success(Value::String(expression.prettify()))
}

fn time(name: &str, text: &str) -> Result<i64, Refusal> {
    parse_time_ms(text).ok_or_else(|| Refusal::parameter(name, &format!("cannot parse {text:?} to a valid timestamp")))
}

fn answer_json(answer: Answer) -> Value {
    let (kind, result) = match answer {
        Answer::Scalar(sample) => ("scalar", pair(sample)),
        Answer::Text(at_ms, text) => ("string", json!([seconds_json(at_ms), text])),
        Answer::Vector(at_ms, samples) => {
            let each = samples
                .into_iter()
                .map(|sample| json!({"metric": sample.labels, "value": pair(Sample { at_ms, value: sample.value })}));
            ("vector", each.collect())
        }
        Answer::Matrix(series) => ("matrix", series.into_iter().map(series_json).collect()),
    };
    json!({"resultType": kind, "result": result})
}

fn series_json(series: Series) -> Value {
    let values: Vec<Value> = series.samples.into_iter().map(pair).collect();
    json!({"metric": series.labels, "values": values})
}

fn pair(sample: Sample) -> Value {
    json!([seconds_json(sample.at_ms), number_text(sample.value)])
}
