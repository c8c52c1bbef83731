//! The inbox over a store in memory.

use super::*;
use crate::incoming::{Body, Message};
use crate::testing;
use domain::lane::Lane;
use ports::clock::SystemClock;
use ports::store::{collections, record};
use store::memory::Memory;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Notes what it handles, and does what a test says about each.
#[derive(Default)]
struct Noting {
    handled: Mutex<Vec<(String, u32)>>,
    changed: Notify,
    /// Ids that are refused until they were tried so often.
    stubborn: Mutex<std::collections::BTreeMap<String, u32>>,
    /// Ids that panic the first time.
    panics: BTreeSet<String>,
    /// Ids that wait until told to go on.
    held: BTreeSet<String>,
    go_on: Notify,
    given_up: Mutex<Vec<String>>,
}

#[async_trait]
impl Handler for Noting {
    async fn handle(&self, received: &Received, attempt: u32) -> Result<(), Later> {
        let id = received.id.clone();
        self.handled.lock().unwrap().push((id.clone(), attempt));
        self.changed.notify_waiters();
        if self.held.contains(&id) {
            self.go_on.notified().await;
        }
        assert!(!(self.panics.contains(&id) && attempt == 1), "as the test says");
        let until = self.stubborn.lock().unwrap().get(&id).copied().unwrap_or(0);
        if attempt < until {
            return Err(Later { after: Duration::from_millis(5), why: "as the test says".to_owned() });
        }
        Ok(())
    }

    async fn give_up(&self, received: &Received) {
        self.given_up.lock().unwrap().push(received.id.clone());
    }
}

impl Noting {
    async fn until(&self, enough: impl Fn(&[(String, u32)]) -> bool) -> Vec<(String, u32)> {
        loop {
            let changed = self.changed.notified();
            let handled = self.handled.lock().unwrap().clone();
            if enough(&handled) {
                return handled;
            }
            tokio::time::timeout(Duration::from_secs(30), changed).await.expect("nothing more was handled");
        }
    }
}

fn store() -> Arc<Memory> {
    Memory::new(collections::ALL, Arc::new(SystemClock))
}

fn settings(process: &str) -> Settings {
    Settings { sweep: Duration::from_millis(20), grace: Duration::from_millis(50), ..Settings::named(process) }
}

fn inbox(store: &Arc<Memory>, process: &str) -> Arc<Inbox> {
    Inbox::new(store.clone(), None, Arc::new(SystemClock), settings(process))
}

fn message(thread: &str, ts: &str) -> Received {
    let message = Message { thread: Some(thread.to_owned()), ..testing::message("C1", ts, "U1", "why?") };
    testing::received_message(message)
}

fn start(inbox: &Arc<Inbox>, handler: &Arc<Noting>) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    let handler: Arc<dyn Handler> = handler.clone();
    (stop.clone(), tokio::spawn(inbox.clone().run(handler, stop)))
}

fn ids(handled: &[(String, u32)]) -> Vec<&str> {
    handled.iter().map(|(id, _)| id.as_str()).collect()
}

#[tokio::test]
async fn what_is_delivered_twice_is_handled_once_and_in_order() {
    let inbox = inbox(&store(), "p");
    for (ts, taken) in [("2.0", Taken::Kept), ("1.0", Taken::Kept), ("2.0", Taken::Known)] {
        assert_eq!(inbox.take(message("1.0", ts)).await.unwrap(), taken);
    }
    let handler = Arc::new(Noting::default());
    let (_stop, _task) = start(&inbox, &handler);
    handler.until(|handled| handled.len() == 2).await;
    assert_eq!(inbox.take(message("1.0", "1.0")).await.unwrap(), Taken::Known);
    inbox.take(message("1.0", "3.0")).await.unwrap();
    let handled = handler.until(|handled| handled.len() == 3).await;
    assert_eq!(ids(&handled), ["message:C1/1.0", "message:C1/2.0", "message:C1/3.0"]);
}

#[tokio::test]
async fn a_handler_that_wants_it_later_or_panics_gets_it_again() {
    let inbox = inbox(&store(), "p");
    let handler = Arc::new(Noting::default());
    handler.stubborn.lock().unwrap().insert("message:C1/1.0".to_owned(), 3);
    let (_stop, _task) = start(&inbox, &handler);
    inbox.take(message("1.0", "1.0")).await.unwrap();
    inbox.take(message("1.0", "2.0")).await.unwrap();
    let handled = handler.until(|handled| handled.len() == 4).await;
    let wanted = [("message:C1/1.0", 1), ("message:C1/1.0", 2), ("message:C1/1.0", 3), ("message:C1/2.0", 1)];
    assert_eq!(handled, wanted.map(|(id, attempt)| (id.to_owned(), attempt)));
}

#[tokio::test]
async fn a_panic_ends_one_attempt_and_nothing_else() {
    let inbox = inbox(&store(), "p");
    let handler = Arc::new(Noting { panics: BTreeSet::from(["message:C1/1.0".to_owned()]), ..Noting::default() });
    let (_stop, _task) = start(&inbox, &handler);
    inbox.take(message("1.0", "1.0")).await.unwrap();
    inbox.take(message("5.0", "5.0")).await.unwrap();
    let handled = handler.until(|handled| handled.contains(&("message:C1/1.0".to_owned(), 2))).await;
    assert!(ids(&handled).contains(&"message:C1/5.0"));
}

#[tokio::test]
async fn what_never_works_is_given_up_and_the_next_goes_on() {
    let inbox = inbox(&store(), "p");
    let handler = Arc::new(Noting::default());
    handler.stubborn.lock().unwrap().insert("message:C1/1.0".to_owned(), 99);
    let (_stop, _task) = start(&inbox, &handler);
    inbox.take(message("1.0", "1.0")).await.unwrap();
    inbox.take(message("1.0", "2.0")).await.unwrap();
    let handled = handler.until(|handled| ids(handled).contains(&"message:C1/2.0")).await;
    assert_eq!(handled.len(), 8, "seven attempts, then the next: {handled:?}");
    assert_eq!(*handler.given_up.lock().unwrap(), ["message:C1/1.0"], "whoever asked is told");
}

#[tokio::test]
async fn a_deed_is_handled_while_all_workers_of_questions_are_busy() {
    let store = store();
    let few = Settings { questions: 1, ..settings("p") };
    let inbox = Inbox::new(store, None, Arc::new(SystemClock), few);
    let handler = Arc::new(Noting { held: BTreeSet::from(["message:C1/1.0".to_owned()]), ..Noting::default() });
    let (_stop, _task) = start(&inbox, &handler);
    inbox.take(message("1.0", "1.0")).await.unwrap();
    handler.until(|handled| handled.len() == 1).await;
    inbox.take(message("2.0", "2.0")).await.unwrap();
    let home = Body::Home { user: "U1".to_owned(), tab: "home".to_owned() };
    let deed = Received { lane: "C1/1.0#deeds".to_owned(), ..testing::received("press:1", home) };
    inbox.take(deed).await.unwrap();
    let handled = handler.until(|handled| handled.len() == 2).await;
    assert_eq!(ids(&handled), ["message:C1/1.0", "press:1"]);
    handler.go_on.notify_one();
    handler.until(|handled| ids(handled).contains(&"message:C1/2.0")).await;
}

#[tokio::test]
async fn what_a_process_leaves_when_it_stops_is_handled_by_the_next() {
    let store = store();
    let first = inbox(&store, "p/1");
    let handler = Arc::new(Noting { held: BTreeSet::from(["message:C1/1.0".to_owned()]), ..Noting::default() });
    let (stop, task) = start(&first, &handler);
    first.take(message("1.0", "1.0")).await.unwrap();
    handler.until(|handled| handled.len() == 1).await;
    stop.cancel();
    task.await.unwrap();
    let second = inbox(&store, "p/2");
    let handler = Arc::new(Noting::default());
    let (_stop, _task) = start(&second, &handler);
    let handled = handler.until(|handled| handled.len() == 1).await;
    assert_eq!(handled, [("message:C1/1.0".to_owned(), 2)]);
}

#[tokio::test]
async fn lanes_of_ones_own_former_start_are_taken_over_at_once_and_those_of_others_are_not() {
    for (former, is_taken) in [(Some("pod-0/".to_owned()), true), (None, false)] {
        let store = store();
        let before = inbox(&store, "pod-0/1");
        before.take(message("1.0", "1.0")).await.unwrap();
        let now = SystemClock.now();
        record::change::<Lane, ()>(store.as_ref(), "C1/1.0", |lane| {
            let mut lane = lane.unwrap();
            assert!(lane.claim("pod-0/1", now, chrono::TimeDelta::minutes(5)));
            (Some(lane), ())
        })
        .await
        .unwrap();
        let settings = Settings { former, ..settings("pod-0/2") };
        let inbox = Inbox::new(store.clone(), None, Arc::new(SystemClock), settings);
        let handler = Arc::new(Noting::default());
        let (_stop, _task) = start(&inbox, &handler);
        inbox.take(message("9.0", "9.0")).await.unwrap();
        handler.until(|handled| ids(handled).contains(&"message:C1/9.0")).await;
        if is_taken {
            handler.until(|handled| ids(handled).contains(&"message:C1/1.0")).await;
        } else {
            tokio::time::sleep(Duration::from_millis(60)).await;
            assert_eq!(handler.handled.lock().unwrap().len(), 1);
        }
    }
}

#[test]
fn what_was_away_for_half_a_minute_lost_what_had_come_in() {
    let first = Duration::from_secs(5);
    let waits: Vec<u64> = (1..=6).map(|begun| step::wait_before(begun, first).as_secs()).collect();
    assert_eq!(waits, [5, 10, 20, 40, 80, 160]);
    assert_eq!(step::wait_before(u32::MAX, first).as_secs(), 300);
    assert_eq!(step::wait_before(7, Duration::ZERO), Duration::ZERO);
}

#[tokio::test]
async fn what_came_again_while_the_store_was_away_was_handled_twice() {
    let door = testing::Door::of(store());
    let inbox = Inbox::new(door.clone(), Some(store()), Arc::new(SystemClock), settings("p"));
    let handler = Arc::new(Noting::default());
    let (_stop, _task) = start(&inbox, &handler);
    assert_eq!(inbox.take(message("1.0", "1.0")).await.unwrap(), Taken::Kept);
    handler.until(|handled| handled.len() == 1).await;
    door.shut(true);
    assert_eq!(inbox.take(message("1.0", "1.0")).await.unwrap(), Taken::Known);
    assert_eq!(inbox.take(message("2.0", "2.0")).await.unwrap(), Taken::Kept, "in memory");
    let handled = handler.until(|handled| handled.len() == 2).await;
    assert_eq!(ids(&handled), ["message:C1/1.0", "message:C1/2.0"]);
}
