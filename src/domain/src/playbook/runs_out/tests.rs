//! What is said of volumes and disks by what their histories told.

use super::super::testing::{answered, now};
use crate::envelope::{Envelope, Failure, FailureKind};
use crate::evidence::ToolCall;
use crate::forecast::{Confidence, Silence};
use crate::observed::Table;
use crate::observed::kubernetes::{List, WorkloadRow};
use crate::observed::prometheus::{Forecasts, RunsOut};
use chrono::Duration;
use expect_test::{Expect, expect};
use serde_json::json;

fn row(claim: &str, free: f64) -> RunsOut {
    let labels = [("namespace", "data"), ("persistentvolumeclaim", claim)];
    RunsOut {
        series: format!("{{persistentvolumeclaim={claim:?}}}"),
        labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        last: free,
        is_reached: false,
        at_median: None,
        earliest: None,
        latest: None,
        chance: None,
        confidence: None,
        how: None,
        silence: None,
        silent: None,
    }
}

fn told(claim: &str, free: f64, hours: [i64; 3]) -> RunsOut {
    let [earliest, median, latest] = hours.map(|hours| Some(now() + Duration::hours(hours)));
    let how = format!("it moves by {free} a day towards the limit, by the last 9 days");
    let confidence = Some(Confidence::Fair);
    RunsOut { earliest, at_median: median, latest, chance: Some(1.0), confidence, how: Some(how), ..row(claim, free) }
}

fn silent(claim: &str, free: f64, silence: Silence) -> RunsOut {
    RunsOut { silence: Some(silence), silent: Some(silence.words().to_owned()), ..row(claim, free) }
}

/// What the histories of two weeks, six hours and one hour say of the volumes.
type Histories = [Vec<RunsOut>; 3];

fn answer(question: &str, histories: &Histories, tools: &[&str], fails: bool) -> String {
    answered(question, tools, |call| result(call, histories, fails))
}

fn result(call: &ToolCall, histories: &Histories, fails: bool) -> Result<Envelope, Failure> {
    if call.tool == "kubernetes_list" {
        let list = List { kind: "any".to_owned(), table: workloads(call), rest: Vec::new() };
        return Ok(Envelope::whole(serde_json::to_value(list).unwrap(), 1));
    }
    if fails {
        return Err(Failure::new(FailureKind::Unreachable, "no answer"));
    }
    let query = call.arguments["query"].as_str().unwrap();
    assert_eq!((&call.arguments["bound"], &call.arguments["falls"]), (&json!(0), &json!(true)));
    let history = ["14d", "6h", "1h"].iter().position(|known| call.arguments["history"] == *known).unwrap();
    let rows = if query.contains("kubelet_volume") { histories[history].clone() } else { Vec::new() };
    let data = Forecasts {
        query: query.to_owned(),
        history_start: now(),
        step_seconds: 60.0,
        bound: 0.0,
        falls: true,
        series: Table::of(&rows),
    };
    Ok(Envelope::whole(serde_json::to_value(data).unwrap(), rows.len() as u64))
}

fn workloads(call: &ToolCall) -> Table {
    let row = WorkloadRow {
        kind: "StatefulSet".to_owned(),
        namespace: "data".to_owned(),
        name: "orders-db".to_owned(),
        status: "Running".to_owned(),
        desired: 1,
        ready: 1,
        updated: 1,
        images: "orders-db:1".to_owned(),
        created: now(),
    };
    Table::of(&if call.arguments["kind"] == "workloads" { vec![row] } else { Vec::new() })
}

fn check(histories: &Histories, expected: &Expect) {
    expected.assert_eq(&answer("when will the disk be full?", histories, &["prometheus_forecast"], false));
}

#[test]
fn the_longest_history_that_says_anything_is_the_answer_and_the_soonest_stands_first() {
    let long = vec![
        told("later", 0.5, [90, 100, 110]),
        silent("flat", 0.7, Silence::NoTrend),
        told("soon", 0.2, [40, 50, 60]),
    ];
    let short = vec![silent("later", 0.5, Silence::NoTrend), silent("flat", 0.7, Silence::NoTrend)];
    check(
        &[long, short.clone(), short],
        &expect![[r#"
            **Volume data/soon will be full between 2026-11-22 18:00 and 2026-11-23 14:00, most likely about 2026-11-23 04:00** [e1]

            Each of them, the soonest first:
            - Volume data/soon will be full between 2026-11-22 18:00 and 2026-11-23 14:00, most likely about 2026-11-23 04:00 (fair confidence: it moves by 0.2 a day towards the limit, by the last 9 days) [e1]
            - Volume data/later will be full between 2026-11-24 20:00 and 2026-11-25 16:00, most likely about 2026-11-25 06:00 (fair confidence: it moves by 0.5 a day towards the limit, by the last 9 days) [e1]
            - Volume data/flat: 70.0 % free; there is no sure trend towards the limit [e1]"#]],
    );
}

#[test]
fn a_young_volume_is_told_by_the_history_that_it_has() {
    let young = silent("young", 0.3, Silence::TooShort);
    let short = told("young", 0.3, [3, 4, 5]);
    check(
        &[vec![young.clone()], vec![short], vec![young]],
        &expect![[r#"
            **Volume data/young will be full between 05:00 and 07:00, most likely about 06:00** [e2]

            Each of them, the soonest first:
            - Volume data/young will be full between 05:00 and 07:00, most likely about 06:00 (fair confidence: it moves by 0.3 a day towards the limit, by the last 9 days) [e2]"#]],
    );
}

#[test]
fn what_runs_away_of_late_is_told_beside_what_the_longer_past_says() {
    let flat = silent("runaway", 0.2, Silence::NoTrend);
    check(
        &[vec![flat.clone()], vec![flat], vec![told("runaway", 0.2, [1, 1, 2])]],
        &expect![[r#"
        **Volume data/runaway will, at its pace of late, be full between 03:00 and 04:00, most likely about 03:00** [e3]

        Each of them, the soonest first:
        - Volume data/runaway will, at its pace of late, be full between 03:00 and 04:00, most likely about 03:00 (fair confidence: it moves by 0.2 a day towards the limit, by the last 9 days); over a longer time: there is no sure trend towards the limit [e1, e3]"#]],
    );
}

#[test]
fn what_is_freed_again_and_again_is_not_told_by_its_last_rise() {
    let sawtooth = silent("logs", 0.2, Silence::FreedInTime);
    check(
        &[vec![sawtooth], vec![told("logs", 0.2, [3, 4, 5])], vec![told("logs", 0.2, [1, 1, 2])]],
        &expect![[r#"
        **When any volume or disk will be full cannot be foretold: it is freed again and again before it reaches the limit** [e1, e2, e3, e4, e5, e6]

        Each of them, the soonest first:
        - Volume data/logs: 20.0 % free; it is freed again and again before it reaches the limit [e1]"#]],
    );
}

#[test]
fn where_nothing_is_foretold_the_fullest_stands_first() {
    let rows = vec![silent("ample", 0.9, Silence::NoTrend), silent("nearly", 0.04, Silence::TooFar)];
    check(
        &[rows.clone(), rows.clone(), rows],
        &expect![[r#"
        **When any volume or disk will be full cannot be foretold: the limit is further away than the history lets one look ahead; or there is no sure trend towards the limit. The fullest is Volume data/nearly: 4.0 % free** [e1, e2, e3, e4, e5, e6]

        Each of them, the soonest first:
        - Volume data/nearly: 4.0 % free; the limit is further away than the history lets one look ahead [e1]
        - Volume data/ample: 90.0 % free; there is no sure trend towards the limit [e1]"#]],
    );
}

#[test]
fn what_was_full_an_hour_ago_and_is_no_longer_is_not_told_as_full() {
    let was_full = RunsOut { is_reached: true, ..told("freed", 0.4, [0, 0, 0]) };
    let now_free = silent("freed", 0.4, Silence::NoTrend);
    check(
        &[vec![was_full.clone()], vec![was_full], vec![now_free]],
        &expect![[r#"
        **When any volume or disk will be full cannot be foretold: there is no sure trend towards the limit** [e1, e2, e3, e4, e5, e6]

        Each of them, the soonest first:
        - Volume data/freed: 40.0 % free; there is no sure trend towards the limit [e3]"#]],
    );
}

#[test]
fn what_is_seen_too_seldom_for_a_short_history_is_full_by_the_long_one() {
    let full = RunsOut { is_reached: true, ..told("seldom", 0.0, [0, 0, 0]) };
    let seldom = silent("seldom", 0.0, Silence::TooShort);
    let histories = [vec![full], vec![seldom.clone()], vec![seldom]];
    let told = answer("when will the disk be full?", &histories, &["prometheus_forecast"], false);
    assert!(told.starts_with("**Volume data/seldom is full now** [e1]"), "{told}");
}

#[test]
fn an_open_end_is_told_as_such_and_full_is_full() {
    let open = RunsOut { latest: None, ..told("open", 0.3, [40, 60, 60]) };
    let full = RunsOut { is_reached: true, ..told("full", 0.0, [0, 0, 0]) };
    let rows = vec![open, full];
    check(
        &[rows.clone(), vec![rows[1].clone()], vec![rows[1].clone()]],
        &expect![[r#"
        **Volume data/full is full now** [e1]

        Each of them, the soonest first:
        - Volume data/full is full now [e1]
        - Volume data/open will be full after 2026-11-22 18:00, perhaps about 2026-11-23 14:00; how late cannot be told (fair confidence: it moves by 0.3 a day towards the limit, by the last 9 days) [e1]"#]],
    );
}

#[test]
fn no_answer_is_better_than_a_wrong_one() {
    let nothing: Histories = Default::default();
    let cases = [
        ("when will the disk be full?", vec![], false),
        ("when will the disk be full?", vec!["prometheus_forecast"], false),
        ("when will the disk be full?", vec!["prometheus_forecast"], true),
        ("when will we run out of memory?", vec!["prometheus_forecast"], false),
    ];
    let told: Vec<String> =
        cases.iter().map(|(question, tools, fails)| answer(question, &nothing, tools, *fails)).collect();
    expect![[r#"
        **I have no Prometheus with a past to foretell from**
        ---
        **I see no usage of any volume or disk in Prometheus (`kubelet_volume_stats`, `node_filesystem`)** [e1, e2, e3, e4, e5, e6]
        ---
        **I could not read the volumes; I could not read the disks of the nodes** [e1, e2, e3, e4, e5, e6]
        ---
        **By heart I foretell only volumes and disks, not memory: for another query and its bound there is the tool prometheus_forecast**"#]].assert_eq(&told.join("\n---\n"));
}

#[test]
fn a_workload_is_told_by_its_own_claims() {
    let rows = vec![told("data-orders-db-0", 0.2, [40, 50, 60]), told("data-cart-0", 0.1, [4, 5, 6])];
    let tools = ["prometheus_forecast", "kubernetes_list"];
    let told = answer("when will orders-db be full?", &[rows, vec![], vec![]], &tools, false);
    assert!(told.contains("data-orders-db-0") && !told.contains("cart"), "{told}");
    let claim =
        answer("when will data-cart-0 be full?", &[vec![row("data-cart-0", 0.1)], vec![], vec![]], &tools, false);
    assert!(claim.contains("Volume data/data-cart-0"), "{claim}");
}
