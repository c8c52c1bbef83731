//! Answers as messages.

use crate::golden;
use crate::looks::{answer, by_model, cause, failed, pods};
use chrono_tz::Tz;
use domain::answer::{Answer, Recollection};
use domain::preferences::Brevity;
use slack_view::alert_note::{self, AlertNote};
use slack_view::answer::{AnswerView, Link, Rendered, modal, render};

fn view(answer: &Answer) -> AnswerView<'_> {
    AnswerView {
        answer,
        turn: "t-1",
        spoken: &answer.answer,
        brevity: Brevity::Full,
        zone: Tz::Europe__Berlin,
        asker: None,
        links: &[],
        charts: 0,
    }
}

fn shown(name: &str, view: &AnswerView<'_>) -> Rendered {
    let rendered = render(view);
    golden::message(name, &rendered.content);
    rendered
}

const PLAIN: &str = "**There are 24 Pods in namespace shop** [e1]\n\nBy status:\n- Running: 18 [e1]\n- Completed: 4 [e1]\n- \
                     CrashLoopBackOff: 2 [e1]";

const CAUSE: &str = "\
**Deployment shop/recommendation goes over its memory limit and is killed (OOMKilled)** [e1]

_Cause: Deployment shop/recommendation, confidence 0.82_

Why I think so:
- Pod recommendation-h47zp994cx-w2w4r was last ended by OOMKilled and has restarted 6 times [e1]
- Its log says `WARN recommendation.api: memory use is high: 512 MiB of 512 MiB` [e2]

What you could do:
- Roll back: `kubectl -n shop rollout undo deployment/recommendation --to-revision=1`
";

const PART: &str = "\
**I find nothing wrong with Deployment shop/checkout, as far as I could look** [e1]

_I read “chekcout” as Deployment shop/checkout._

Pods:
- 3 of 3 pods are ready [e1]

I could not look:
- loki_query: loki http://loki:3100 answered 503: <html>no healthy upstream</html> [e2]

Read in part:
- kubernetes_list: 500 of 1200 [e1]
";

#[test]
fn plain_answer_to_somebody() {
    let answer = answer(PLAIN);
    let links = [
        Link { label: "Open in the portal".into(), url: "https://ops.example/c/1?a=1&b=2".into() },
        Link { label: "Grafana".into(), url: "https://grafana.example/d/shop".into() },
    ];
    let rendered =
        shown("answer-plain", &AnswerView { asker: Some("U123"), links: &links, charts: 2, ..view(&answer) });
    assert_eq!(rendered.file, None);
}

#[test]
fn root_cause() {
    let one = Answer {
        hypotheses: vec![cause("Deployment", "recommendation", 0.82, "It goes over its memory limit", &[1, 2])],
        ..answer(CAUSE)
    };
    shown("answer-one-cause", &view(&one));
    let mut several = one.clone();
    several.hypotheses.push(cause("Node", "worker-3", 0.3, "The node is <under> *pressure*", &[3]));
    several.hypotheses.push(cause("Service", "redis", 0.1, "It may be slow", &[]));
    shown("answer-causes", &view(&several));
}

#[test]
fn what_could_not_be_looked_at() {
    let answer = Answer { evidence: vec![pods(1), failed(2)], ..answer(PART) };
    shown("answer-could-not-look", &view(&answer));
    shown("answer-short", &AnswerView { brevity: Brevity::Short, ..view(&answer) });
    golden::view("answer-whole", &modal(&view(&answer)));
}

#[test]
fn tables() {
    let answer = answer(
        "**Three workloads restart**\n\n| workload | restarts |\n|---|---:|\n| shop/checkout | 12 |\n| shop/cart | 3 |\n\n\
         Where they run:\n\n| workload | image | node |\n|---|---|---|\n\
         | shop/checkout | `registry.example.com/shop/checkout:1.2.3` | worker-1 |\n| shop/cart | — | worker-2 |",
    );
    shown("answer-table", &view(&answer));
}

#[test]
fn longer_than_a_message() {
    let lines: String =
        (0..400).map(|number| format!("2026-11-20 03:00:{:02} WARN line {number} <x>\n", number % 60)).collect();
    let answer = answer(&format!("**The log holds 400 warnings** [e1]\n\nThe last lines:\n```\n{lines}```\n"));
    let rendered = shown("answer-long", &view(&answer));
    let file = rendered.file.expect("a file");
    assert_eq!(file.content.matches("WARN line").count(), 400);
    assert!(file.content.contains("## Evidence") && !file.content.contains("&lt;"), "{}", file.content);
}

#[test]
fn hostile_text() {
    let answer = Answer {
        hypotheses: vec![cause("Deployment", "<!here>", 0.95, "x", &[])],
        memory: vec![Recollection {
            title: "<!everyone> [x](https://evil.example)".into(),
            kind: "turn".into(),
            date: "2026-10-02T22:30:00Z".parse().unwrap(),
            source: "conversations/<@U1>".into(),
        }],
        ..answer(
            "**<!channel> pods say @here** [e1]\n\n\
             - log: `<!here> <@U024BE7LH> <https://evil.example|log in>` [e1]\n\
             - [renew your password](https://evil.example) and <mailto:a@evil.example|mail>\n\
             - hidden: safe\u{202e}gpj.exe, zero\u{200b}width, bell\u{7}, tag\u{e0041}\n\
             - &lt;!channel&gt; and *bold* and a ` tick\n\
             ```\nthe log ends the block:\n``` <!channel>\n\u{1b}[31mred\n```\n\
             I could not look:\n- loki_query: <!channel> `x` refused [e2]\n\n\
             From memory, not seen now:\n- turn “<!everyone>”",
        )
    };
    let rendered = shown("answer-hostile", &view(&answer));
    let sent = serde_json::to_string(&rendered.content).unwrap();
    assert!(!sent.contains('<') && !sent.contains('\u{202e}') && !sent.contains('\u{200b}'), "{sent}");
}

#[test]
fn a_models_answer_with_a_claim_that_is_not_bound() {
    let answer = by_model(
        "The checkout service is slow because its database is (unconfirmed) [e1]. Pod cart-1 restarted 6 times [e1].\n\n\
         ## What I saw\n\n* p99 is **9.9 s** [e1]\n* orders-db holds `LOCK` waits (unconfirmed)\n\n\
         ```bash\nkubectl -n data logs orders-db-0\n```\n\nCited and never looked at: e9.",
    );
    shown("answer-model", &view(&answer));
}

#[test]
fn unasked_under_an_alert() {
    let answer = Answer { evidence: vec![pods(1), failed(2)], ..answer(PART) };
    let note =
        AlertNote { answer: &answer, turn: "t-1", spoken: &answer.answer, zone: Tz::UTC, channel: "C123", links: &[] };
    golden::message("alert-note", &alert_note::render(&note).content);
}
