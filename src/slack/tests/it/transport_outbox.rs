//! Posts over real connections: what was lost on the way is neither lost nor doubled.

use crate::transport::{PATIENCE, client, content, server, store};
use ports::clock::SystemClock;
use slack::outbox::Outbox;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn an_answer_lost_after_its_effect_and_a_503_before_it_leave_one_post() {
    let server = server().await;
    let root = server.say("U1", "C1", None, "why?");
    let outbox = Outbox::new(store(), None, client(&server), Arc::new(SystemClock), 3);
    let stop = CancellationToken::new();
    tokio::spawn(outbox.clone().run(stop.clone()));
    server.lose_answer("chat.postMessage");
    assert_eq!(outbox.put("a", "C1", Some(&root), &content("a")).await.unwrap(), None);
    server.be_away(true);
    assert_eq!(outbox.put("b", "C1", Some(&root), &content("b")).await.unwrap(), None);
    assert_eq!(outbox.waiting().await.unwrap(), 2);
    server.be_away(false);
    server.wait_until("both are there", PATIENCE, |server| server.thread("C1", &root).len() == 3).await;
    while outbox.waiting().await.unwrap() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(server.thread("C1", &root).len(), 3);
    server.assert_clean();
}

#[tokio::test]
async fn a_restart_in_the_middle_of_a_send_does_not_double_the_post() {
    let server = server().await;
    let (store, root) = (store(), server.say("U1", "C1", None, "why?"));
    let first = Outbox::new(store.clone(), None, client(&server), Arc::new(SystemClock), 3);
    server.lose_answer("chat.postMessage");
    assert_eq!(first.put("a", "C1", Some(&root), &content("a")).await.unwrap(), None);
    drop(first);
    let second = Outbox::new(store, None, client(&server), Arc::new(SystemClock), 4);
    let stop = CancellationToken::new();
    tokio::spawn(second.clone().run(stop.clone()));
    second.edit("a", &content("a, later")).await.unwrap();
    server.wait_until("it stands as wanted", PATIENCE, |server| server.thread("C1", &root)[1].text == "a, later").await;
    assert_eq!(server.thread("C1", &root).len(), 2);
    assert_eq!(server.calls("chat.postMessage").len(), 1);
    server.assert_clean();
}
