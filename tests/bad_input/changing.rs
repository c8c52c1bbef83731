//! Lists that change while they are read in pages: nothing is lost or doubled silently.

use super::pods::Pods;
use super::servers::object;
use domain::envelope::{Envelope, FailureKind};
use domain::observed::Table;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tools_common::serve::Adapter;

async fn page(adapter: &Adapter, cursor: Option<&str>) -> Envelope {
    let mut arguments = object(json!({"kind": "pods", "limit": 10}));
    arguments.extend(cursor.map(|cursor| ("cursor".to_owned(), json!(cursor))));
    adapter.call("list", arguments, adapter.context()).await.unwrap_or_else(|failure| panic!("{failure}"))
}

fn names(envelope: &Envelope) -> Vec<String> {
    let table: Table = serde_json::from_value(envelope.data["table"].clone()).unwrap();
    let rows: Vec<Map<String, Value>> = table.typed().unwrap();
    rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

/// All pages, and whether one of them tells that the list has changed.
async fn all(adapter: &Adapter, change: impl Fn()) -> (Vec<String>, bool) {
    let (mut all, mut cursor, mut told) = (Vec::new(), None, false);
    for _ in 0..20 {
        let envelope = page(adapter, cursor.as_deref()).await;
        all.extend(names(&envelope));
        told |= envelope.hint.iter().chain(&envelope.not_looked).any(|text| text.contains("changed"));
        cursor = envelope.next_cursor;
        if cursor.is_none() {
            return (all, told);
        }
        change();
    }
    panic!("the list goes on");
}

#[tokio::test]
async fn a_list_that_stays_the_same_gives_every_row_once_and_tells_no_change() {
    let pods = Pods::new(35, |_, _| false);
    let (all, told) = all(&pods.adapter(7), || {}).await;
    let once: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), once.len(), told), (35, 35, false));
}

#[tokio::test]
async fn rows_that_vanish_between_two_pages_push_none_out_silently() {
    let pods = Pods::new(35, |_, _| false);
    let adapter = pods.adapter(500);
    let (all, told) = all(&adapter, || pods.numbers.lock().unwrap().retain(|number| *number > 4)).await;
    let seen: BTreeSet<&String> = all.iter().collect();
    let stayed = (5..35).filter(|number| seen.contains(&format!("cart-{number:06}"))).count();
    assert!(
        told || stayed == 30,
        "{stayed} of 30 pods that were there all the time were listed, and no change was told"
    );
}

#[tokio::test]
async fn rows_that_appear_between_two_pages_come_not_twice_silently() {
    let pods = Pods::new(35, |_, _| false);
    pods.numbers.lock().unwrap().retain(|number| *number > 4);
    let adapter = pods.adapter(500);
    let appear = || {
        let mut numbers = pods.numbers.lock().unwrap();
        numbers.extend(0..5);
        numbers.sort_unstable();
        numbers.dedup();
    };
    let (all, told) = all(&adapter, appear).await;
    let once: BTreeSet<&String> = all.iter().collect();
    assert!(
        told || (once.len() == all.len() && once.len() == 35),
        "{} rows, {} different, and no change was told",
        all.len(),
        once.len()
    );
}

#[tokio::test]
async fn a_continue_token_that_expires_once_loses_and_doubles_nothing() {
    let pods = Pods::new(35, |request, _| request == 3);
    let adapter = pods.adapter(7);
    let counted = adapter.call("count", object(json!({"kind": "pods"})), adapter.context()).await.unwrap();
    assert!(counted.data.to_string().contains("35"), "{}", counted.data);
    let pods = Pods::new(35, |request, _| request == 3);
    let (all, _) = all(&pods.adapter(7), || {}).await;
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 35);
}

#[tokio::test]
async fn a_server_whose_tokens_always_expire_is_told_and_not_asked_for_ever() {
    let pods = Pods::new(35, |_, is_later_page| is_later_page);
    let adapter = pods.adapter(7);
    let result = adapter.call("list", object(json!({"kind": "pods"})), adapter.context()).await;
    let failure = result.unwrap_err();
    assert!(failure.to_string().contains("continue") || failure.to_string().contains("410"), "{failure}");
    assert_ne!(failure.kind, FailureKind::NotFound);
    assert!(pods.requests() <= 8, "{} requests", pods.requests());
}
