//! Telling people by a webhook.

use crate::strict::{Manner, PATH_SECRET, Strict, TOKEN};
use crate::world::http;
use domain::envelope::FailureKind;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tools_webhooks::{Bounds, Method, Notice, Notifier, Parameter, Source, Statuses, Template, Webhook};

fn text(source: Source, least: u64, most: u64, choices: &[&str]) -> Result<Parameter, String> {
    let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
    Parameter::from(source, Bounds::Text { least, most, choices })
}

fn notifier(strict: &Strict, probe: bool) -> Notifier {
    notifier_within(strict, probe, |_| 4_000)
}

/// With so many characters of each source at most.
fn notifier_within(strict: &Strict, probe: bool, most: impl Fn(Source) -> u64) -> Notifier {
    let text = |source| text(source, 0, most(source), &[]).unwrap();
    let constant = Parameter::constant("false", &Bounds::Flag).unwrap();
    let webhook = Webhook {
        name: "pager".to_owned(),
        http: http(strict.url()),
        method: Method::Post,
        body: Some(
            Template::parse(
                r#"{"dry_run": "{{no}}", "event_action": "{{state}}", "dedup_key": "{{about}}",
                    "payload": {"summary": "{{title}}", "source": "{{environment}}", "custom_details": "{{text}}"}}"#,
            )
            .unwrap(),
        ),
        parameters: BTreeMap::from([
            ("no".to_owned(), constant),
            ("state".to_owned(), text(Source::State)),
            ("about".to_owned(), text(Source::About)),
            ("title".to_owned(), text(Source::Title)),
            ("environment".to_owned(), text(Source::Environment)),
            ("text".to_owned(), text(Source::Text)),
        ]),
        expected: Statuses::default(),
        timeout: Duration::from_secs(2),
    };
    let probe = probe.then(|| http(format!("http://{}/health", strict.address)));
    Notifier::new(webhook, probe.as_ref()).unwrap()
}

fn notice(key: &str, text: &str) -> Notice {
    Notice {
        key: key.to_owned(),
        about: "INC-1".to_owned(),
        environment: "prod".to_owned(),
        text: text.to_owned(),
        is_over: false,
    }
}

#[tokio::test]
async fn people_are_told_in_the_shape_that_is_declared_whatever_the_text_holds() {
    let strict = Strict::start().await;
    let notifier = notifier(&strict, false);
    let hostile = "INC-1 needs people: \"}, {\"routing_key\": \"x\n• second {{state}}";
    notifier.notify(&notice("INC-1.escalation.0", hostile)).await.unwrap();
    let long = "é".repeat(9_000);
    notifier.notify(&Notice { is_over: true, ..notice("k 2", &long) }).await.unwrap();
    strict.done(|done| {
        let payload = json!({
            "summary": "INC-1 needs people: \"}, {\"routing_key\": \"x", "source": "prod", "custom_details": hostile,
        });
        let first = json!({"dry_run": false, "event_action": "trigger", "dedup_key": "INC-1", "payload": payload});
        assert_eq!(done.effects[0], first);
        assert_eq!(done.effects[1]["event_action"], "resolve");
        assert_eq!(done.effects[1]["payload"]["custom_details"].as_str().unwrap().chars().count(), 3_900);
        assert_eq!((done.keys[0].as_str(), done.faults.len()), ("INC-1.escalation.0", 0));
    });
}

#[tokio::test]
async fn a_notice_that_was_longer_than_a_declared_parameter_never_arrived() {
    let strict = Strict::start().await;
    let most = |source| match source {
        Source::Title => 10,
        Source::Text => 20,
        _ => 200,
    };
    let notifier = notifier_within(&strict, false, most);
    let (long, text) = ("k".repeat(300), "INC-1 needs people: the pods of checkout crash");
    notifier.notify(&Notice { about: long.clone(), ..notice(&long, text) }).await.unwrap();
    strict.done(|done| {
        let payload = json!({"summary": "INC-1 need", "source": "prod", "custom_details": "INC-1 needs people: "});
        assert_eq!(done.effects[0]["payload"], payload);
        assert_eq!(done.effects[0]["dedup_key"], long[..200]);
    });
}

#[test]
fn bounds_that_would_keep_a_notice_from_people_are_no_settings() {
    let told = [Source::Title, Source::Text, Source::Key, Source::About];
    for source in told {
        assert!(text(source, 0, 4_000, &[]).is_ok(), "{source:?}");
        for (least, choices) in [(1, &[][..]), (0, &["a"])] {
            let told = text(source, least, 4_000, choices).unwrap_err();
            assert!(told.contains("min or choices") && told.contains(source.word()), "{told}");
        }
    }
    for source in [Source::Key, Source::About] {
        assert!(text(source, 0, 200, &[]).is_ok(), "{source:?}");
        assert!(text(source, 0, 199, &[]).unwrap_err().contains("never cut"), "{source:?}");
    }
    assert!(text(Source::Environment, 1, 63, &["prod"]).is_ok());
    assert!(text(Source::State, 0, 10, &["trigger", "resolve"]).is_ok());
}

#[tokio::test]
async fn an_answer_that_was_not_expected_is_not_told_and_says_no_secret() {
    let strict = Strict::start().await;
    let notifier = notifier(&strict, false);
    for (number, (manner, kind)) in [
        (Manner::DoesAndSays(503), FailureKind::BadAnswer),
        (Manner::Refuses(401), FailureKind::Unauthenticated),
        (Manner::Redirects, FailureKind::BadAnswer),
        (Manner::DoesAndHangs, FailureKind::Timeout),
    ]
    .into_iter()
    .enumerate()
    {
        strict.is(manner);
        let failure = notifier.notify(&notice(&format!("k {number}"), "x")).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        let told = failure.to_string();
        assert!(told.contains("pager") && !told.contains(TOKEN) && !told.contains(PATH_SECRET), "{told}");
    }
}

#[tokio::test]
async fn a_probe_tells_nobody_anything() {
    let strict = Strict::start().await;
    assert_eq!(notifier(&strict, false).probe().await, Ok(None));
    let probed = notifier(&strict, true);
    assert!(probed.probe().await.unwrap().unwrap().contains("200"));
    strict.is(Manner::Refuses(500));
    assert!(probed.probe().await.is_err());
    assert_eq!(strict.done(|done| done.keys.len() + done.faults.len()), 0);
}
