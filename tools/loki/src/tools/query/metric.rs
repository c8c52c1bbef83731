//! Metric queries: one instant, or points over a window.

use super::{Args, DEFAULT_LIMIT};
use crate::backend::Backend;
use crate::query::api::Data;
use crate::query::ask::Asked;
use crate::query::window::{self, Span};
use crate::query::{numbers, requests};
use crate::tools::empty;
use crate::tools::guard::{self, Over};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::prometheus::{Instant, Range};
use serde::Serialize;
use tools_common::page::{Hints, json};
use tools_common::{CallContext, budget, time};

const MOST_SERIES_OF_A_RANGE: usize = 20;

pub(super) async fn run(
    backend: &Backend,
    args: &Args,
    asked: &Asked,
    span: Span,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let mut hints = Hints::default();
    // An instant reads only the ranges in the query.
    let span = if args.step.is_some() { span } else { Span { start: span.end, ..span } };
    let over = if args.fit_window == Some(true) && args.step.is_some() { Over::Shorten } else { Over::Refuse };
    let span = guard::allow(backend, &asked.checked, span, over, &mut hints, context).await?;
    let mut envelope = match &args.step {
        Some(step) => range(backend, args, asked, span, step, &mut hints, context).await?,
        None => instant(backend, args, asked, span, &mut hints, context).await?,
    };
    if envelope.returned == 0 && !envelope.truncated {
        hints.add(empty::why(backend, &asked.checked, span, context).await);
    }
    envelope.window = Some(span.window());
    Ok(hints.with(envelope))
}

async fn instant(
    backend: &Backend,
    args: &Args,
    asked: &Asked,
    span: Span,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let (data, notes) = backend.query(requests::instant(&asked.query, span.end), &asked.query, context).await?;
    notes.into_iter().for_each(|note| hints.add(note));
    let result_type = data.kind().to_owned();
    let samples = match data {
        Data::Vector(vector) => numbers::samples(vector),
        Data::Scalar(point) => {
            vec![domain::observed::prometheus::Sample { labels: Default::default(), value: Some(point.value) }]
        }
        other => return Err(unexpected(&other)),
    };
    let rows = Rows::cut(samples, args, args.limit.unwrap_or(DEFAULT_LIMIT), hints);
    let at = window::instant(span.end);
    rows.envelope(|samples| json(&Instant { query: asked.query.clone(), at, result_type, samples }))
}

async fn range(
    backend: &Backend,
    args: &Args,
    asked: &Asked,
    span: Span,
    step: &str,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let least = time::duration("step", Some(step), TimeDelta::seconds(1), TimeDelta::seconds(1), TimeDelta::days(7))?;
    let step = numbers::step_for(span, least.to_std().unwrap_or_default());
    let (data, notes) = backend.query(requests::range(&asked.query, span, step), &asked.query, context).await?;
    notes.into_iter().for_each(|note| hints.add(note));
    let (series, without) = match data {
        Data::Matrix(matrix) => numbers::series(matrix),
        other => return Err(unexpected(&other)),
    };
    if without > 0 {
        hints.add(format!("{without} series have no finite value in the window and are left out."));
    }
    let rows = Rows::cut(series, args, args.limit.unwrap_or(DEFAULT_LIMIT).min(MOST_SERIES_OF_A_RANGE), hints);
    rows.envelope(|series| json(&Range { query: asked.query.clone(), step_seconds: step.as_secs_f64(), series }))
}

struct Rows<T> {
    kept: Vec<T>,
    total: usize,
}

impl<T: Serialize> Rows<T> {
    fn cut(rows: Vec<T>, args: &Args, limit: usize, hints: &mut Hints) -> Self {
        let total = rows.len();
        let cut = budget::cut(rows, limit, budget::tokens_for(args.max_tokens));
        if cut.is_cut() {
            hints.add(format!(
                "{} smaller series are left out; aggregate (sum by, topk) or add labels.",
                cut.left.len()
            ));
        }
        Self { kept: cut.kept, total }
    }

    fn envelope(self, data: impl FnOnce(Vec<T>) -> Result<serde_json::Value, Failure>) -> Result<Envelope, Failure> {
        let kept = self.kept.len();
        let envelope = Envelope::whole(data(self.kept)?, kept as u64);
        Ok(Envelope { total: Some(self.total as u64), truncated: kept < self.total, ..envelope })
    }
}

fn unexpected(data: &Data) -> Failure {
    let message = format!("a metric query was answered with {}", data.kind());
    Failure::new(FailureKind::BadAnswer, message).with_hint("is the query one that gives numbers?")
}
