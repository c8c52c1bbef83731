//! Cases and properties of the binding.

use super::*;
use crate::envelope::{Envelope, Failure, FailureKind};
use crate::evidence::ToolCall;
use proptest::prelude::*;
use serde_json::{Value, json};

fn look(id: u32, data: Value) -> Evidence {
    Evidence {
        id: EvidenceId(id),
        call: ToolCall::new("t", json!({"name": "checkout"})),
        result: Ok(Envelope::whole(data, 1)),
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-20T03:05:00Z".parse().unwrap()
}

fn pods() -> Evidence {
    look(
        1,
        json!({"columns": ["namespace", "name", "status", "restarts", "ready", "containers", "created"],
        "rows": [["shop", "checkout-7d9f-x1", "CrashLoopBackOff", 14, 0, 1, "2026-11-20T02:31:00Z"],
                 ["shop", "checkout-7d9f-x2", "CrashLoopBackOff", 13, 0, 1, "2026-11-20T02:31:00Z"],
                 ["shop", "cart-5b6c-y1", "Running", 0, 1, 1, "2026-11-01T10:00:00Z"]]}),
    )
}

fn check(text: &str, expected: &[&str]) {
    let evidence = [
        pods(),
        look(
            2,
            json!({"signals": [{"name": "latency_p99", "now": 2.4312, "before": 0.118}, {"name": "memory", "now": 0.973}], "bytes": 1610612736}),
        ),
        Evidence {
            id: EvidenceId(3),
            call: ToolCall::new("t", json!({})),
            result: Err(Failure::new(FailureKind::Timeout, "payments-db did not answer")),
        },
    ];
    let binder = Binder::new(&evidence, now(), Tz::UTC);
    let unbound = match binder.judge(text, &[EvidenceId(1), EvidenceId(2), EvidenceId(3)]) {
        Verdict::Fact => Vec::new(),
        Verdict::Unbound(words) => words,
    };
    assert_eq!(unbound, expected, "{text}");
}

#[test]
fn numbers_names_times_and_states_bind_after_normalisation() {
    check("2 pods of checkout are in CrashLoopBackOff, restarted up to 14 times", &[]);
    check("3 pods are in CrashLoopBackOff", &[]);
    check("7 pods are in CrashLoopBackOff", &["7"]);
    check("Pod checkout-7d9f-x1 is in CrashLoopBackOff since 02:31", &[]);
    check("Pod checkout-7d9f-x9 is in CrashLoopBackOff", &["checkout-7d9f-x9"]);
    check("It was made at 02:32", &["02:32"]);
    check("It was made 34 minutes ago", &[]);
    check("The pods are OOMKilled", &["OOMKilled"]);
    check("shop/checkout is in trouble", &[]);
    check("latency is 2.4 s, before 118 ms", &[]);
    check("latency is 2.5 s", &["2.5 s"]);
    check("memory stands at 97 % of the limit", &[]);
    check("memory stands at 98 % of the limit", &["98 %"]);
    check("1.5 GiB are used", &[]);
    check("the log says `CrashLoopBackOff`", &[]);
    check("the log says `segmentation fault`", &["segmentation fault"]);
    check("no alert is firing", &[]);
    check("an alert is firing", &["firing"]);
    check("payments-db did not answer", &["payments-db"]);
    check("all is quiet", &[]);
    check("the cause is Deployment payments", &["payments"]);
    check("the cause is Deployment checkout", &[]);
    check("Pod checkout-7d9f-x is there", &["checkout-7d9f-x"]);
    check("it changed by -118 ms", &["-118 ms"]);
    check("the log says `CrashLoopBackOff shop`", &["CrashLoopBackOff shop"]);
}

#[test]
fn a_claim_that_cites_nothing_that_exists_is_no_fact() {
    let evidence = [pods()];
    let binder = Binder::new(&evidence, now(), Tz::UTC);
    assert_eq!(
        binder.judge("checkout-7d9f-x1 is in CrashLoopBackOff", &[EvidenceId(9)]),
        Verdict::Unbound(vec!["checkout-7d9f-x1".into(), "CrashLoopBackOff".into()])
    );
    assert_eq!(binder.claim("all is well", &[]).kind, ClaimKind::Hypothesis);
}

#[test]
fn a_fence_that_never_closes_is_judged_all_the_same() {
    let evidence = [pods()];
    let binder = Binder::new(&evidence, now(), Tz::UTC);
    let bound = binder.bind_markdown("The pods:\n```\npayments-1  OOMKilled");
    assert!(bound.markdown.ends_with("(unconfirmed)"), "{}", bound.markdown);
}

#[test]
fn a_models_text_is_marked_where_it_does_not_bind() {
    let evidence = [pods()];
    let binder = Binder::new(&evidence, now(), Tz::UTC);
    let bound = binder.bind_markdown(
        "Two things stand out. Pod checkout-7d9f-x1 is in CrashLoopBackOff [e1]. The root cause is payments-db [e1].\n- It has 14 restarts [e1, e7]\n```bash\nkubectl rollout undo deploy/checkout\n```\nHope this helps!",
    );
    expect_test::expect![[r#"
        Two things stand out. Pod checkout-7d9f-x1 is in CrashLoopBackOff [e1]. The root cause is payments-db [e1]. (unconfirmed)
        - It has 14 restarts [e1, e7]
        ```bash
        kubectl rollout undo deploy/checkout
        ```
        Hope this helps!"#]]
    .assert_eq(&bound.markdown);
    let kinds: Vec<ClaimKind> = bound.claims.iter().map(|claim| claim.kind).collect();
    assert_eq!(kinds, [ClaimKind::Fact, ClaimKind::Hypothesis, ClaimKind::Fact]);
    assert_eq!(bound.unknown_citations, ["e7"]);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let evidence = [pods()];
        let binder = Binder::new(&evidence, now(), Tz::Asia__Kolkata);
        let _ = binder.bind_markdown(&text);
        let _ = binder.judge(&text, &[EvidenceId(1)]);
    }

    #[test]
    fn a_number_that_no_result_holds_never_becomes_a_fact(number in 1_000_u32..1_000_000) {
        let evidence = [look(1, json!({"value": 7}))];
        let binder = Binder::new(&evidence, now(), Tz::UTC);
        let sentence = format!("the queue holds {number} jobs");
        prop_assert!(binder.judge(&sentence, &[EvidenceId(1)]) != Verdict::Fact);
    }

    #[test]
    fn a_number_of_the_result_always_binds(number in 0_u32..1_000_000) {
        let evidence = [look(1, json!({"value": number}))];
        let binder = Binder::new(&evidence, now(), Tz::UTC);
        prop_assert_eq!(binder.judge(&format!("the queue holds {number} jobs"), &[EvidenceId(1)]), Verdict::Fact);
    }

    #[test]
    fn a_name_that_no_result_holds_never_becomes_a_fact(name in "[a-z]{3,8}-zq[0-9]{3}") {
        let evidence = [pods()];
        let binder = Binder::new(&evidence, now(), Tz::UTC);
        let sentence = format!("{} crashed", name);
        prop_assert!(binder.judge(&sentence, &[EvidenceId(1)]) != Verdict::Fact);
    }

    #[test]
    fn a_failed_look_supports_nothing(text in "[a-z]{3,8}-[a-z]{3,8}") {
        let evidence = [Evidence { id: EvidenceId(1), call: ToolCall::new("t", json!({})), result: Err(Failure::new(FailureKind::Timeout, text.clone())) }];
        let binder = Binder::new(&evidence, now(), Tz::UTC);
        prop_assert!(binder.judge(&text, &[EvidenceId(1)]) != Verdict::Fact);
    }
}
