//! Alerts as other apps post them.

use super::*;
use crate::answer::{Answer, Brain, Claim, ClaimKind, EvidenceView, Hypothesis, Usage};
use crate::envelope::FailureKind;
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::Map;

#[test]
fn what_is_an_alert() {
    let cases = [
        ("[FIRING:1] KubePodCrashLooping (checkout shop critical)", true),
        ("[FIRING:12] HighErrorRate for gateway", true),
        ("*[FIRING:2]* grouped\n[RESOLVED] one of them", true),
        ("[RESOLVED] KubePodCrashLooping (checkout shop critical)", false),
        (":white_check_mark: [RESOLVED:1] KubePodCrashLooping critical", false),
        ("[Alerting] CPU usage of checkout", true),
        ("[OK] CPU usage of checkout alert", false),
        ("**Firing**\nValue: B=22\nLabels:\n - alertname = DatasourceError", true),
        ("Triggered #4711: checkout error rate over 5%", true),
        ("Triggered: [P2] Latency of checkout is high", true),
        ("[Triggered] [P1] Latency of checkout is high", true),
        ("Re-Triggered: Latency of checkout is high", true),
        ("[Recovered] [P1] Latency of checkout, alert is over", false),
        ("Resolved #4711: checkout error rate critical", false),
        ("Acknowledged #4711: checkout error rate critical by Anna", false),
        ("New alert: \"disk full\" from Opsgenie", true),
        ("Alert closed: disk full", false),
        ("checkout is down.", true),
        ("🚨 CRITICAL: no requests for 5 minutes", true),
        ("payments SEV-1 declared", true),
        ("Deployed alert-router 1.4.2 to prod", false),
        ("Merged #12: rename critical-path.rs", false),
        ("See https://git.example/alert/42 for the change", false),
        ("Build 77 of checkout passed", false),
        ("", false),
    ];
    for (text, expected) in cases {
        assert_eq!(is_alert(text, true), expected, "{text}");
        assert!(!is_alert(text, false), "a person wrote: {text}");
    }
}

#[test]
fn the_same_alert_with_other_values_has_the_same_fingerprint() {
    let same = [
        ("[FIRING:1] High latency: 1.2s at 12:30", "[FIRING:3] High latency: 980ms at 14:05"),
        ("Error rate 5.3% since 2026-11-21T10:00:00Z", "Error rate 17% since 2026-11-21T11:30:12.123Z"),
        ("Pod checkout-7d9f8b6c4-x2x9z restarts 5 times", "Pod checkout-7d9f8b6c4-bbk4w restarts 12 times"),
        (
            "Disk full <https://grafana.example/d/1?from=1700000000000|panel>",
            "Disk  full <https://grafana.example/d/1?from=1700003600000|panel>",
        ),
        ("for 1h 2m 3s", "for 4h 59m 1s"),
        ("trace 4bf92f3577b34da6a3ce929d0e0e4736 failed", "trace 00f067aa0ba902b7aa3ce929d0e0e473 failed"),
        ("Value: B=22, C=1", "Value: B=23.5, C=1"),
        ("CPU is HIGH", "cpu is high"),
    ];
    for (one, other) in same {
        assert_eq!(
            fingerprint(one),
            fingerprint(other),
            "{one}\n{}\n{}",
            fingerprint::masked(one),
            fingerprint::masked(other)
        );
    }
    let different = [
        ("Node worker-3 is down", "Node worker-4 is down"),
        ("Latency of checkout is high", "Latency of payments is high"),
        ("[FIRING:1] A", "[FIRING:1] B"),
        ("http2 errors", "http3 errors"),
        ("10.0.3.4:9100 does not answer", "10.0.3.5:9100 does not answer"),
    ];
    for (one, other) in different {
        assert_ne!(fingerprint(one), fingerprint(other), "{}", fingerprint::masked(one));
    }
}

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + minutes * 60, 0).unwrap()
}

#[test]
fn the_same_alert_is_answered_once_an_hour_and_not_too_many() {
    let mut replies = Replies::default();
    assert_eq!(replies.take("a", at(0), 2), Ok(()));
    assert_eq!(replies.take("a", at(59), 2), Err(Quiet::SameAlert));
    assert_eq!(replies.take("b", at(10), 2), Ok(()));
    assert_eq!(replies.take("c", at(20), 2), Err(Quiet::TooMany));
    assert_eq!(replies.take("a", at(60), 2), Ok(()), "its hour is over");
    assert_eq!(replies.take("c", at(60), 2), Err(Quiet::TooMany), "a and b are within the hour");
    assert_eq!(replies.take("c", at(70), 2), Ok(()));
}

#[test]
fn a_clock_that_ran_back_a_little_answers_no_more_and_one_that_was_far_ahead_no_less() {
    let mut replies = Replies::default();
    replies.take("a", at(30), 1).unwrap();
    assert_eq!(replies.take("a", at(0), 1), Err(Quiet::SameAlert));
    assert_eq!(replies.take("a", at(-500), 1), Ok(()));
}

#[test]
fn where_none_may_be_answered_none_is() {
    assert_eq!(Replies::default().take("a", at(0), 0), Err(Quiet::TooMany));
}

fn view(id: u32, tool: &str, returned: u64, failure: Option<FailureKind>) -> EvidenceView {
    EvidenceView {
        id: EvidenceId(id),
        tool: tool.to_owned(),
        source: None,
        arguments: Map::new(),
        window: None,
        returned,
        total: None,
        truncated: false,
        error: failure.map(|kind| format!("{kind:?}")),
        excerpt: String::new(),
        failure,
        partly: false,
    }
}

fn answer(kind: ClaimKind, cites: u32, evidence: Vec<EvidenceView>) -> Answer {
    Answer {
        answer: "something".to_owned(),
        brain: Brain::Playbook,
        model: None,
        claims: vec![Claim { text: "something".to_owned(), kind, evidence: vec![EvidenceId(cites)] }],
        evidence,
        hypotheses: Vec::new(),
        proposals: Vec::new(),
        memory: Vec::new(),
        conversation: None,
        usage: Usage::default(),
    }
}

#[test]
fn an_answer_that_adds_nothing_is_not_told() {
    let list = || view(1, "kubernetes_list", 3, None);
    let failed = || view(1, "kubernetes_list", 0, Some(FailureKind::Timeout));
    let cases = [
        ("a fact from the cluster", answer(ClaimKind::Fact, 1, vec![list()]), true),
        ("a statement that could not be bound", answer(ClaimKind::Hypothesis, 1, vec![list()]), false),
        ("a fact that cites nothing that was seen", answer(ClaimKind::Fact, 2, vec![list()]), false),
        ("the alert, told again", answer(ClaimKind::Fact, 1, vec![view(1, "prometheus_alerts", 1, None)]), false),
        ("an empty look", answer(ClaimKind::Fact, 1, vec![view(1, "loki_query", 0, None)]), false),
        ("a failed look", answer(ClaimKind::Fact, 1, vec![failed()]), false),
        ("no look", answer(ClaimKind::Fact, 1, Vec::new()), false),
    ];
    for (what, answer, expected) in cases {
        assert_eq!(worth_telling(&answer), expected, "{what}");
    }
}

#[test]
fn a_cause_is_told_unless_nothing_could_be_looked_at() {
    let cause = Hypothesis {
        cause: ObjectRef::cluster("Node", "worker-1"),
        summary: "the node is gone".to_owned(),
        confidence: 0.8,
        evidence: vec![EvidenceId(1)],
    };
    for (failure, expected) in [(None, true), (Some(FailureKind::Unreachable), false)] {
        let mut answer = answer(ClaimKind::Hypothesis, 1, vec![view(1, "kubernetes_list", 0, failure)]);
        answer.hypotheses.push(cause.clone());
        assert_eq!(worth_telling(&answer), expected);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in any::<String>()) {
        is_alert(&text, true);
        prop_assert_eq!(fingerprint(&text).len(), 64);
    }

    #[test]
    fn no_hour_sees_more_answers_than_may_be_nor_one_alert_twice(
        alerts in prop::collection::vec((0..40_i64, 0..6_u8), 0..80),
        most in 0..5_usize,
    ) {
        let mut replies = Replies::default();
        let mut now = 0;
        let mut answered: Vec<(i64, u8)> = Vec::new();
        for (minutes, alert) in alerts {
            now += minutes;
            if replies.take(&alert.to_string(), at(now), most).is_ok() {
                answered.push((now, alert));
            }
        }
        for (from, _) in &answered {
            let hour: Vec<u8> =
                answered.iter().filter(|(at, _)| (*from..from + 60).contains(at)).map(|(_, alert)| *alert).collect();
            prop_assert!(hour.len() <= most);
            prop_assert!((1..hour.len()).all(|at| !hour[..at].contains(&hour[at])));
        }
    }
}
