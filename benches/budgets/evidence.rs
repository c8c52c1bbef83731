//! The pure parts of a turn that grow with what was seen: binding claims to a large result, and the steps of a
//! playbook over everything that it looked at.

use crate::Fallible;
use crate::house::{now, toolbox, turn_settings};
use crate::instant::{Recorded, Recorder};
use crate::turns::{WRONG, ask, jamie, pods};
use benches::samples::{Runs, Samples};
use benches::table::Row;
use domain::binding::Binder;
use domain::evidence::{Evidence, EvidenceId, ToolCall};
use domain::playbook::custom::Extensions;
use domain::playbook::{Inquiry, Step, step};
use domain::question::Question;
use ports::toolbox::Toolbox;
use serde_json::json;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const RUNS: Runs = Runs { warm_up: 20, counted: 500 };

/// Bytes of the result that claims are bound to.
const LARGE_BYTES: usize = 200_000;

/// The rows, all for information.
pub async fn rows() -> Fallible<Vec<Row>> {
    let mut rows = vec![binding()?];
    rows.extend(playbook().await?);
    Ok(rows)
}

fn binding() -> Fallible<Row> {
    let per_pod = pods(1_000).data.to_string().len() / 1_000;
    let result = pods(LARGE_BYTES / per_pod);
    let bytes = result.data.to_string().len();
    let call = ToolCall::new("kubernetes_list", json!({"kind": "Pod"}));
    let evidence = [Evidence { id: EvidenceId(1), call, result: Ok(result) }];
    let text: String = (0..20)
        .map(|pod| match pod % 10 {
            3 => format!("- checkout-7c9d8f6b5-{pod:05} is in CrashLoopBackOff with 17 restarts [e1]\n"),
            _ => format!("- checkout-7c9d8f6b5-{pod:05} is Running with 0 restarts [e1]\n"),
        })
        .collect();
    let zone = turn_settings()?.zone;
    let bound = RUNS.make(|| {
        let started = Instant::now();
        let bound = Binder::new(black_box(&evidence), now(), zone).bind_markdown(black_box(&text));
        let took = started.elapsed();
        if bound.claims.len() == 20 { Ok(took) } else { Err(format!("{} of 20 claims were found", bound.claims.len())) }
    })?;
    Ok(Row::information(format!("20 claims bound to one result of {bytes} bytes"), bound.told()))
}

async fn playbook() -> Fallible<Vec<Row>> {
    let recorder = Arc::new(Recorder::new(Arc::new(toolbox()?)));
    let tools: BTreeSet<String> = recorder.catalogue().await.into_iter().map(|tool| tool.name).collect();
    ask(&jamie(Arc::clone(&recorder) as _, None)?, WRONG).await?;
    let recorded = recorder.recorded();
    let extensions = Extensions::default();
    let zone = turn_settings()?.zone;
    let inquiry = Inquiry {
        question: Question::read(WRONG, now(), zone),
        now: now(),
        zone,
        cluster: None,
        namespace: None,
        since: "3h".to_owned(),
        previous: None,
        extensions: &extensions,
    };
    let mut steps = Vec::new();
    let mut longest = Duration::ZERO;
    let whole: Samples = RUNS.make(|| {
        let took = investigation(&inquiry, &recorded, &tools)?;
        longest = longest.max(took.iter().max().copied().unwrap_or_default());
        let whole = took.iter().sum();
        steps = took;
        Fallible::Ok(whole)
    })?;
    Ok(vec![Row::information(
        format!("{WRONG:?} as pure decisions: {} steps over {} results, together", steps.len(), recorded.len()),
        format!("{}; longest single step {}", whole.told(), benches::samples::told(longest)),
    )])
}

/// The time of each step until the conclusion.
fn investigation(inquiry: &Inquiry<'_>, recorded: &Recorded, tools: &BTreeSet<String>) -> Fallible<Vec<Duration>> {
    let mut seen: Vec<Evidence> = Vec::new();
    let mut took = Vec::new();
    loop {
        let started = Instant::now();
        let next = step(inquiry, black_box(&seen), tools);
        took.push(started.elapsed());
        let calls = match next {
            Step::Conclude(_) => return Ok(took),
            Step::Look(calls) => calls,
        };
        for call in calls {
            let result = recorded.get(&call.key()).cloned().ok_or_else(|| format!("never recorded: {}", call.key()))?;
            seen.push(Evidence { id: EvidenceId(u32::try_from(seen.len() + 1)?), call, result });
        }
    }
}
