//! What was told once, who may stop what, and how many alerts are answered, over a store.

use super::*;
use crate::testing::{memory_store, noon};

const ENTRY: &str = "message:C1/1.000001";

#[tokio::test]
async fn who_may_stop_what() {
    for (name, person, may_any, expected) in [
        ("who asked", "slack:U1", false, Stopping::Kept),
        ("another", "slack:U2", false, Stopping::NotPermitted),
        ("a responder", "slack:U2", true, Stopping::Kept),
    ] {
        let store = memory_store();
        begin(&*store, ENTRY, "slack:U1", noon()).await.unwrap();
        assert_eq!(stop(&*store, ENTRY, (person, "U9"), may_any).await, Ok(expected), "{name}");
        let stopped = run(&*store, ENTRY).await.unwrap().unwrap().stopped_by;
        assert_eq!(stopped.is_some(), expected == Stopping::Kept, "{name}");
    }
}

#[tokio::test]
async fn what_was_stopped_stays_stopped_when_it_begins_again() {
    let store = memory_store();
    begin(&*store, ENTRY, "slack:U1", noon()).await.unwrap();
    stop(&*store, ENTRY, ("slack:U1", "U1"), false).await.unwrap();
    stop(&*store, ENTRY, ("slack:U2", "U2"), true).await.unwrap();
    let again = begin(&*store, ENTRY, "slack:U1", noon() + TimeDelta::minutes(1)).await.unwrap();
    assert_eq!(again.stopped_by.as_deref(), Some("U1"), "the first one counts");
}

#[tokio::test]
async fn what_is_over_or_was_never_asked_is_not_stopped() {
    let store = memory_store();
    assert_eq!(stop(&*store, ENTRY, ("slack:U1", "U1"), true).await, Ok(Stopping::Over));
    begin(&*store, ENTRY, "slack:U1", noon()).await.unwrap();
    end(&*store, ENTRY).await.unwrap();
    assert_eq!(stop(&*store, ENTRY, ("slack:U1", "U1"), true).await, Ok(Stopping::Over));
    assert_eq!(run(&*store, ENTRY).await.unwrap().unwrap().stopped_by, None);
}

#[tokio::test]
async fn a_thing_is_told_once() {
    let store = memory_store();
    assert_eq!(first_time(&*store, "a", noon()).await, Ok(true));
    assert_eq!(first_time(&*store, "a", noon()).await, Ok(false));
    assert_eq!(first_time(&*store, "b", noon()).await, Ok(true));
}

#[tokio::test]
async fn alerts_of_a_channel_are_limited_and_the_same_entry_is_taken_again() {
    let store = memory_store();
    let take = async |channel: &str, number: usize, now| {
        let (entry, print) = (format!("message:{channel}/{number}"), format!("alert {number}"));
        take_alert(&*store, channel, (&entry, &print), now).await.unwrap()
    };
    for number in 0..ALERTS_AN_HOUR {
        assert_eq!(take("C1", number, noon()).await, Ok(()), "{number}");
    }
    assert_eq!(take("C1", 99, noon()).await, Err(Quiet::TooMany));
    assert_eq!(take("C1", 0, noon()).await, Ok(()), "begun before a crash");
    assert_eq!(take("C2", 99, noon()).await, Ok(()), "another channel");
    let again = take_alert(&*store, "C1", ("message:C1/new", "alert 1"), noon()).await.unwrap();
    assert_eq!(again, Err(Quiet::SameAlert), "posted again");
    assert_eq!(take("C1", 99, noon() + TimeDelta::minutes(61)).await, Ok(()), "an hour later");
}

#[tokio::test]
async fn replicas_at_once_take_no_more_alerts_than_one_would() {
    let store = memory_store();
    let takes = (0..4 * ALERTS_AN_HOUR).map(|number| {
        let store = std::sync::Arc::clone(&store);
        async move {
            let text = number.to_string();
            take_alert(&*store, "C1", (&text, &text), noon()).await.unwrap().is_ok()
        }
    });
    let taken = futures::future::join_all(takes).await.into_iter().filter(|taken| *taken).count();
    assert_eq!(taken, ALERTS_AN_HOUR);
}
