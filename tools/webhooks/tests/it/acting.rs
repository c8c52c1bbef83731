//! Actions through the hands: sent once, with a grant, and what each answer means.

use crate::strict::{Manner, PATH_SECRET, Strict, TOKEN};
use crate::world::{action, call, forward, granted, hands, http, server, usual_hands, webhook};
use domain::effect::EffectClass;
use domain::envelope::FailureKind;
use ports::clock::{Clock as _, SystemClock};
use ports::hands::{ActError, Hands, Step};
use serde_json::json;
use std::sync::Arc;
use tools_webhooks::{Action, Rehearsal, Server};

#[tokio::test]
async fn a_granted_call_is_sent_once_as_it_is_declared_with_its_grant_as_key() {
    let strict = Strict::start().await;
    let hands = usual_hands(&strict);
    let granted = granted(SystemClock.now());
    let acted = hands.act(&granted, forward(), "act-1 1").await.unwrap();
    assert_eq!((acted.class, acted.dry_run, acted.complete), (EffectClass::W2, false, true));
    assert_eq!(acted.steps, [format!("http://{} answered 202 Accepted", strict.address)]);
    let undo = acted.undo.unwrap();
    assert_eq!((undo.tool.as_str(), undo.arguments["webhook"].as_str()), ("call_webhook", Some("shrink-pool")));
    let step = Step::Undo { resource_version: String::new() };
    hands.act(&granted, step, "undo-1 1").await.unwrap();
    let again = hands.act(&granted, forward(), "act-1 1").await.unwrap_err();
    assert!(matches!(&again, ActError::Refused(failure) if failure.message.contains("already been used")), "{again}");
    strict.done(|done| {
        let body = |size: u64| {
            json!({"service": "checkout", "size": size, "dry_run": false, "why": "for checkout: requests wait for the pool"})
        };
        assert_eq!(done.effects, [body(40), body(20)]);
        assert_eq!((done.keys.clone(), done.faults.len()), (vec!["act-1 1".to_owned(), "undo-1 1".to_owned()], 0));
    });
}

#[tokio::test]
async fn a_rehearsal_tells_the_other_side_so_or_sends_nothing_and_has_no_effect() {
    let strict = Strict::start().await;
    let rehearsed = usual_hands(&strict).rehearse("staging", &call("grow-pool"), "to see").await.unwrap();
    assert!(rehearsed.dry_run && rehearsed.diff[1].contains("\"size\":40"), "{rehearsed:?}");
    assert!(!format!("{rehearsed:?}").contains(PATH_SECRET), "the path is a secret");
    strict.done(|done| assert_eq!((done.rehearsals.len(), done.effects.len()), (1, 0)));

    let here = webhook("grow-pool", strict.url(), "40");
    let alone = Action { class: EffectClass::W2, undo: None, rehearsal: Rehearsal::Here };
    let here = Server::new("staging", vec![(here, alone)]).unwrap();
    let rehearsed = hands(here, Arc::new(SystemClock)).rehearse("staging", &call("grow-pool"), "to see").await.unwrap();
    assert_eq!(rehearsed.class, EffectClass::W3, "what nothing takes back is hard to undo, whatever is declared");
    assert!(rehearsed.warnings.iter().any(|one| one.contains("nothing was sent")), "{rehearsed:?}");

    let elsewhere = Strict::start().await;
    let at = Rehearsal::At(Box::new(http(elsewhere.url())));
    let both = vec![
        (webhook("grow-pool", strict.url(), "40"), action("shrink-pool", at)),
        (webhook("shrink-pool", strict.url(), "20"), action("grow-pool", Rehearsal::Here)),
    ];
    let other = hands(Server::new("staging", both).unwrap(), Arc::new(SystemClock));
    other.rehearse("staging", &call("grow-pool"), "to see").await.unwrap();
    assert_eq!(elsewhere.done(|done| done.rehearsals.len()), 1);
    strict.done(|done| assert_eq!((done.rehearsals.len(), done.effects.len()), (1, 0)));
}

#[tokio::test]
async fn only_an_answer_that_says_no_means_that_nothing_was_done() {
    for (manner, is_certain) in [
        (Manner::Refuses(403), true),
        (Manner::Refuses(422), true),
        (Manner::Refuses(404), true),
        (Manner::DoesAndSays(409), false),
        (Manner::DoesAndSays(429), false),
        (Manner::DoesAndSays(500), false),
        (Manner::DoesAndSays(200), false),
        (Manner::Redirects, false),
    ] {
        let strict = Strict::start().await;
        strict.is(manner);
        let error = usual_hands(&strict).act(&granted(SystemClock.now()), forward(), "act-1 1").await.unwrap_err();
        assert_eq!(matches!(error, ActError::Refused(_)), is_certain, "{manner:?}: {error}");
        let told = error.to_string();
        assert!(!told.contains(TOKEN) && !told.contains(PATH_SECRET), "{told}");
        assert_eq!(strict.done(|done| done.keys.len()), 1, "{manner:?}: it was sent once");
    }
}

#[tokio::test]
async fn a_request_that_was_sent_and_not_answered_is_not_known_and_not_sent_again() {
    let strict = Strict::start().await;
    strict.is(Manner::DoesAndHangs);
    let error = usual_hands(&strict).act(&granted(SystemClock.now()), forward(), "act-1 1").await.unwrap_err();
    assert!(matches!(&error, ActError::Unknown(failure) if failure.kind == FailureKind::Timeout), "{error}");
    assert_eq!(strict.done(|done| done.effects.len()), 1);
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent_for_certain() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let hands = hands(server(&format!("http://{address}/pool")), Arc::new(SystemClock));
    let error = hands.act(&granted(SystemClock.now()), forward(), "act-1 1").await.unwrap_err();
    assert!(matches!(&error, ActError::Refused(failure) if failure.message.contains("nothing was sent")), "{error}");
    let rehearsal = hands.rehearse("staging", &call("grow-pool"), "to see").await.unwrap_err();
    assert_eq!(rehearsal.kind, FailureKind::Unreachable, "a rehearsal may be tried again");
}

#[tokio::test]
async fn a_value_beyond_its_bounds_and_a_webhook_that_nobody_declared_are_not_sent() {
    let strict = Strict::start().await;
    let hands = usual_hands(&strict);
    let mut long = call("grow-pool");
    long.arguments.insert("name".to_owned(), json!("x".repeat(64)));
    let refused = hands.rehearse("staging", &long, "to see").await.unwrap_err();
    assert!(refused.message.contains("the parameter service: it has 64 characters"), "{refused}");
    let unknown = hands.rehearse("staging", &call("wipe-disk"), "to see").await.unwrap_err();
    assert!(unknown.message.contains("accepted: grow-pool, shrink-pool"), "{unknown}");
    assert_eq!(strict.done(|done| done.keys.len() + done.faults.len()), 0);
}

#[test]
fn what_is_declared_wrongly_is_refused_before_anything_is_sent() {
    let usual = || webhook("grow-pool", "https://pool.example.com/x".to_owned(), "40");
    let told = |declared| Server::new("staging", declared).err().unwrap().to_string();
    let missing = told(vec![(usual(), action("nobody", Rehearsal::Here))]);
    assert!(missing.contains("the webhook nobody"), "{missing}");
    let mut without = usual();
    without.parameters.remove("size");
    let unknown = told(vec![(without, action("grow-pool", Rehearsal::Here))]);
    assert!(unknown.contains("{{size}}, and there is no such parameter"), "{unknown}");
    let mut silent = usual();
    silent.parameters.insert("rehearsed".to_owned(), silent.parameters["size"].clone());
    let untold = told(vec![(silent, action("grow-pool", Rehearsal::ByParameter))]);
    assert!(untold.contains("none is from dry_run"), "{untold}");
}
