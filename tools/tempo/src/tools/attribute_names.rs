//! `attribute_names`: which attributes spans have, by scope.

use super::shared::Times;
use crate::backend::Backend;
use crate::query::{requests, tags};
use domain::envelope::{Envelope, Failure, FailureKind, Window};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tools_common::page::Hints;
use tools_common::{CallContext, ToolSpec};

const MOST_NAMES: usize = 1_000;
const DEFAULT_LIMIT: usize = 60;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Default all.
    scope: Option<Scope>,
    /// Part of the name.
    contains: Option<String>,
    /// Only of this service's spans.
    service: Option<String>,
    #[serde(flatten)]
    times: Times,
    /// Of each scope; default 60.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
}

/// Where an attribute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Resource,
    Span,
    Event,
    Link,
    Instrumentation,
    Intrinsic,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Span => "span",
            Self::Event => "event",
            Self::Link => "link",
            Self::Instrumentation => "instrumentation",
            Self::Intrinsic => "intrinsic",
        }
    }
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>("attribute_names", "Attribute names", "Names of the attributes that spans have, by scope.")
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let window = args.times.window(context)?;
    let mut hints = Hints::default();
    let all = names(backend, &args, window, &mut hints, context).await?;
    let word = args.contains.as_deref().unwrap_or_default().to_lowercase();
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT);
    let known: usize = all.values().map(Vec::len).sum();
    let (mut told, mut total, mut returned) = (BTreeMap::new(), 0, 0);
    for (scope, names) in all {
        let mut fitting: Vec<String> = names.into_iter().filter(|name| name.to_lowercase().contains(&word)).collect();
        total += fitting.len();
        fitting.truncate(limit);
        returned += fitting.len();
        if !fitting.is_empty() {
            told.insert(scope, fitting);
        }
    }
    if total == 0 && known > 0 {
        hints.add(format!("None of the {known} names contains {:?}.", args.contains.unwrap_or_default()));
    } else if total == 0 {
        hints.add("No span was seen in this window; ask for a longer one.");
    }
    if returned < total {
        hints.add(format!("{} more names; narrow with scope or contains, or raise limit.", total - returned));
    }
    let mut envelope = hints.with(Envelope::whole(json!(told), returned as u64));
    envelope.total = Some(total as u64);
    envelope.truncated = returned < total;
    envelope.window = Some(window);
    Ok(envelope)
}

async fn names(
    backend: &Backend,
    args: &Args,
    window: Window,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let filter = crate::query::filter::Filter { service: args.service.clone(), ..Default::default() };
    let traceql = args.service.as_ref().map(|_| filter.traceql()).transpose()?;
    let request = requests::tag_names(args.scope.map(Scope::word), traceql.as_deref(), window, MOST_NAMES);
    let answer: Value = match backend.ask(request, traceql.as_deref(), context).await {
        Ok(answer) => answer,
        // A Tempo before version 2.2 has the first version of this API only.
        Err(failure) if failure.message.contains(": 404") => {
            hints.miss("This Tempo tells attribute names without their scopes.");
            backend.ask(requests::tag_names_of_old(window), None, context).await?
        }
        Err(failure) => return Err(failure),
    };
    tags::names(answer).ok_or_else(|| {
        Failure::new(FailureKind::BadAnswer, "the answer holds neither scopes nor tagNames")
            .with_hint("is the URL that of a Tempo?")
    })
}
