//! The playbook brain over scripted tools.

use crate::world::{ask, settings, targets, tool};
use domain::answer::{Brain, ClaimKind};
use domain::envelope::{Failure, FailureKind};
use domain::playbook::custom::Extensions;
use expect_test::expect;
use fakes::ScriptedToolbox;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn targets_down_reads_as_a_colleague_would_say_it() {
    let answer = ask("which targets are down?", None, Arc::new(targets()), settings()).await.answer.unwrap();
    expect![[r#"
        **1 of 3 targets is down: node 127.0.0.1:9101** [e1]

        - node 127.0.0.1:9101 is down: `connection refused` [e1]

        What you could do:
        - See for yourself what 127.0.0.1:9101 answers: `curl -sv http://127.0.0.1:9101/metrics`"#]]
    .assert_eq(&answer.answer);
    assert!(answer.claims.iter().all(|claim| claim.kind == ClaimKind::Fact), "{:?}", answer.claims);
    assert_eq!(answer.brain, Brain::Playbook);
    assert!(!answer.could_not_look());
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_is_never_told_as_all_is_well() {
    let failure = Failure::new(FailureKind::Unreachable, "prometheus http://127.0.0.1:9 refused the connection");
    let toolbox =
        ScriptedToolbox::new(vec![tool("prometheus_targets")]).on("prometheus_targets", Value::Null, Err(failure));
    let answer = ask("which targets are down?", None, Arc::new(toolbox), settings()).await.answer.unwrap();
    assert!(answer.could_not_look() && answer.nothing_answered());
    expect![[r#"
        **I could not read the scrape targets** [e1]

        I could not look:
        - prometheus_targets: prometheus http://127.0.0.1:9 refused the connection [e1]"#]]
    .assert_eq(&answer.answer);
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_hangs_ends_with_the_turn() {
    let toolbox = targets().slow("prometheus_targets", Duration::from_secs(3_600));
    let started = tokio::time::Instant::now();
    let answer = ask("which targets are down?", None, Arc::new(toolbox), settings()).await.answer.unwrap();
    assert!(answer.could_not_look());
    assert!(started.elapsed() <= Duration::from_secs(31));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_knows_gets_the_examples() {
    let answer =
        ask("the quick brown fox", None, Arc::new(ScriptedToolbox::new(Vec::new())), settings()).await.answer.unwrap();
    assert!(answer.answer.contains("None of my playbooks knows this question"), "{}", answer.answer);
}

#[tokio::test(start_paused = true)]
async fn own_playbooks_and_checks_are_read_from_their_file_format() {
    let text = r#"
        [[playbook]]
        name = "payments queue"
        when = ["payments queue"]
        [playbook.look.depth]
        tool = "prometheus_query"
        arguments = { query = "queue_depth" }
        [[playbook.conclude]]
        look = "depth"
        path = "/samples/0/value"
        is = "above"
        value = 100
        say = "The payments queue holds {value} jobs"
        advice = "Scale the workers"
        cause = { kind = "Deployment", namespace = "shop", name = "payments-worker" }
    "#;
    let extensions: Extensions = toml::from_str(text).unwrap();
    assert_eq!(extensions.mistakes(), []);
    let toolbox = targets().on_any("prometheus_query", json!({"query": "queue_depth", "at": "2026-11-20T03:05:00Z", "result_type": "vector", "samples": [{"labels": {}, "value": 250.0}]}));
    let mut settings = settings();
    settings.extensions = extensions;
    let answer = ask("how is the payments queue?", None, Arc::new(toolbox), settings).await.answer.unwrap();
    assert!(answer.answer.starts_with("**The payments queue holds 250.0 jobs** [e1]"), "{}", answer.answer);
    assert_eq!(answer.hypotheses[0].cause.to_string(), "Deployment shop/payments-worker");
}

#[tokio::test(start_paused = true)]
async fn what_a_tool_could_look_at_only_in_part_is_told() {
    let mut envelope = domain::envelope::Envelope::whole(json!({"columns": [], "rows": []}), 0);
    envelope.not_looked.push("Alertmanager did not answer".into());
    let toolbox =
        ScriptedToolbox::new(vec![tool("prometheus_alerts")]).on("prometheus_alerts", Value::Null, Ok(envelope));
    let answer = ask("any alerts?", None, Arc::new(toolbox), settings()).await.answer.unwrap();
    assert!(answer.could_not_look());
    assert!(
        answer.answer.contains("I could not look:\n- prometheus_alerts: Alertmanager did not answer [e1]"),
        "{}",
        answer.answer
    );
}
