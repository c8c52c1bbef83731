//! What a turn adds to the time of the model and of the backends: whole turns over a model and a toolbox that answer
//! from memory at once. Nothing is subtracted, so that copying their answers counts as the turn's own.

use crate::Fallible;
use crate::house::{now, toolbox, turn_settings};
use crate::instant::{InstantModel, InstantToolbox, Recorded, Recorder};
use benches::samples::{Runs, Samples};
use benches::table::Row;
use domain::answer::{Answer, Brain, ClaimKind};
use domain::envelope::Envelope;
use domain::evidence::ToolCall;
use engine::conversation::Conversation;
use engine::turn::Jamie;
use fakes::ManualClock;
use ports::conversations::Place;
use ports::model::Model;
use ports::progress::Progress;
use ports::toolbox::Toolbox;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const RUNS: Runs = Runs { warm_up: 100, counted: 2_000 };
const BUDGET_P50: Duration = Duration::from_millis(3);
const BUDGET_P99: Duration = Duration::from_millis(10);

/// The question of the playbook turn, and of what is recorded for it.
pub const WRONG: &str = "what is wrong with checkout?";

/// Rows of the result that the model reads.
const ROWS: usize = 50;

/// What the model says of them: sentences with names, numbers and states to bind.
const SAID: &str = "**`Deployment/checkout` has some pods that do not run** [e1]\n\n\
    - checkout-7c9d8f6b5-00003 is in CrashLoopBackOff with 17 restarts [e1]\n\
    - checkout-7c9d8f6b5-00013 is in CrashLoopBackOff with 17 restarts [e1]\n\
    - checkout-7c9d8f6b5-00004 is Running on worker-1 [e1]\n\
    - The others are Running with 0 restarts [e1]\n\n\
    Look at the logs of the run that ended in the last restart, and at the rollout before it too.";

/// The rows of both brains.
pub async fn rows() -> Fallible<Vec<Row>> {
    let catalogue = toolbox()?.catalogue().await;
    let call = ToolCall::new("kubernetes_list", json!({"kind": "Pod", "namespace": "shop"}));
    let recorded = Recorded::from([(call.key(), Ok(pods(ROWS)))]);
    let bytes = pods(ROWS).data.to_string().len();
    let model: Arc<dyn Model> = Arc::new(InstantModel::new(call, SAID));
    let by_model = jamie(Arc::new(InstantToolbox::new(catalogue.clone(), recorded)), Some(model))?;
    let answer = ask(&by_model, "what is wrong with shop?").await?;
    if answer.brain != Brain::Model || answer.claims.is_empty() || answer.could_not_look() {
        return Err(format!("the model's turn went another way: {}", answer.answer).into());
    }
    if let Some(claim) = answer.claims.iter().find(|claim| claim.kind != ClaimKind::Fact) {
        return Err(format!("a claim of the model's turn did not bind: {}", claim.text).into());
    }
    let model_turn = measured(&by_model, "what is wrong with shop?").await?;

    let recorder = Arc::new(Recorder::new(Arc::new(toolbox()?)));
    let over_estate = ask(&jamie(Arc::clone(&recorder) as _, None)?, WRONG).await?;
    let by_playbook = jamie(Arc::new(InstantToolbox::new(catalogue, recorder.recorded())), None)?;
    let replayed = ask(&by_playbook, WRONG).await?;
    if replayed.answer != over_estate.answer || replayed.hypotheses.is_empty() {
        return Err(format!("the replayed turn went another way:\n{}", replayed.answer).into());
    }
    let playbook_turn = measured(&by_playbook, WRONG).await?;
    let usage = &replayed.usage;
    Ok(vec![
        against(
            format!("what a turn adds: instant model of two steps, one result of {ROWS} rows ({bytes} bytes)"),
            &model_turn,
        ),
        against(
            format!(
                "what a turn adds: playbooks, {:?} over {} recorded results ({} kB)",
                WRONG,
                usage.tool_calls,
                usage.tool_bytes.div_ceil(1_000)
            ),
            &playbook_turn,
        ),
    ])
}

fn against(what: String, turn: &Samples) -> Row {
    let is_kept = turn.p50() <= BUDGET_P50 && turn.p99() <= BUDGET_P99;
    Row::against(what, turn.told(), "p50 3 ms, p99 10 ms", is_kept)
}

/// Jamie at the fixed moment.
pub fn jamie(toolbox: Arc<dyn Toolbox>, model: Option<Arc<dyn Model>>) -> Fallible<Jamie> {
    Ok(Jamie::new(toolbox, model, Arc::new(ManualClock::at(now())), turn_settings()?))
}

/// One question in a conversation of its own.
pub async fn ask(jamie: &Jamie, question: &str) -> Fallible<Answer> {
    let mut conversation = Conversation::default();
    let place = Place::default();
    let turn = jamie.answer(question, &place, &mut conversation, Progress::silent(), CancellationToken::new());
    Ok(turn.await?)
}

async fn measured(jamie: &Jamie, question: &str) -> Fallible<Samples> {
    RUNS.make_waiting(async || {
        let started = Instant::now();
        ask(jamie, question).await?;
        Ok(started.elapsed())
    })
    .await
}

/// A list of pods as `kubernetes_list` gives it: every tenth crashes.
pub fn pods(count: usize) -> Envelope {
    let row = |index: usize| {
        let crashes = index % 10 == 3;
        let (status, ready, restarts) = if crashes { ("CrashLoopBackOff", 0, 17) } else { ("Running", 1, 0) };
        let last_exit = if crashes { json!("Error (exit 1)") } else { Value::Null };
        let name = format!("checkout-7c9d8f6b5-{index:05}");
        let node = format!("worker-{}", index % 3);
        json!([
            "shop",
            name,
            status,
            ready,
            1,
            restarts,
            last_exit,
            "2026-11-20T02:41:00Z",
            node,
            "Deployment/checkout"
        ])
    };
    let columns =
        ["namespace", "name", "status", "ready", "containers", "restarts", "last_exit", "created", "node", "owner"];
    let rows: Vec<Value> = (0..count).map(row).collect();
    let table = json!({"columns": columns, "rows": rows});
    let mut envelope = Envelope::whole(json!({"kind": "Pod", "table": table}), count as u64);
    envelope.source = Some("kubernetes demo".to_owned());
    envelope
}
