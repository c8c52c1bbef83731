//! Redis going away and coming back, in every way in which a network and a server do that.

use crate::server::RedisServer;
use crate::worlds::{NEVER, SHORT, SOON, event, handle, memory, next, settings, until};
use bus::Resilient;
use fakes::FaultProxy;
use fakes::fault_proxy::Direction;
use futures::{FutureExt, StreamExt};
use ports::bus::{Bus, BusError, Live};
use ports::store::Store;
use ports::store::collections::OUTBOX;
use ports::store::document::{Expect, Write};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

/// A server behind a proxy, and a store.
struct Ground {
    server: RedisServer,
    proxy: FaultProxy,
    store: Arc<dyn Store>,
}

impl Ground {
    async fn new() -> Self {
        let server = RedisServer::start();
        let proxy = FaultProxy::start(server.address()).await;
        Self { server, proxy, store: memory() }
    }

    /// A process whose way to the server goes through the proxy.
    async fn bus(&self, instance: &str, idle: Duration) -> Resilient {
        let settings = settings(self.proxy.address(), idle);
        Resilient::start(settings, Some(Arc::clone(&self.store)), instance).await.unwrap()
    }

    /// A process that always reaches the server.
    async fn direct(&self, instance: &str, idle: Duration) -> Resilient {
        let settings = settings(self.server.address(), idle);
        Resilient::start(settings, Some(Arc::clone(&self.store)), instance).await.unwrap()
    }
}

async fn away(bus: &Resilient) {
    until("Redis counts as away", || bus.health().degraded.is_some()).await;
}

async fn back(bus: &Resilient) {
    until("Redis counts as there", || bus.health().degraded.is_none()).await;
}

#[derive(Debug, Clone, Copy)]
enum Outage {
    Refused,
    HalfOpen,
    Killed,
}

async fn begin(ground: &mut Ground, outage: Outage) {
    match outage {
        Outage::Refused => ground.proxy.refuse().await,
        Outage::HalfOpen => ground.proxy.swallow(),
        Outage::Killed => ground.server.kill(),
    }
}

async fn end(ground: &mut Ground, outage: Outage) {
    match outage {
        Outage::Refused => ground.proxy.come_back().await,
        Outage::HalfOpen => ground.proxy.answer_again(),
        Outage::Killed => ground.server.restart(),
    }
}

async fn everything_goes_on_and_comes_back(outage: Outage) {
    let mut ground = Ground::new().await;
    let bus = ground.bus("one", NEVER).await;
    let mut here = bus.subscribe("t", "here", "c").await.unwrap();
    bus.publish("t", event("before")).await.unwrap();
    assert_eq!(handle(&mut here, 1).await, ["before"]);
    assert_eq!(bus.health().degraded, None);

    begin(&mut ground, outage).await;
    // At once, before anything was noticed, too.
    for id in ["a", "b", "c"] {
        bus.publish("t", event(id)).await.unwrap();
    }
    assert_eq!(handle(&mut here, 3).await, ["a", "b", "c"]);
    away(&bus).await;
    let health = bus.health();
    let why = health.degraded.unwrap();
    assert!(why.contains("Redis is away") && why.contains("127.0.0.1") && why.contains("outbox"), "{why}");
    assert_eq!(health.waiting, 3);
    assert_eq!(bus.count("k", HOUR).await.unwrap(), 1);
    let fetched = bus.cached("k", HOUR, async { Ok(json!(1)) }.boxed()).await.unwrap();
    assert_eq!(fetched.value, json!(1));
    assert!(bus.cached("k", HOUR, async { Ok(json!(2)) }.boxed()).await.unwrap().hit);
    let mut view = bus.watch("v").await;
    bus.announce("v", json!("meanwhile")).await;
    let live = tokio::time::timeout(SOON, view.next()).await.unwrap().unwrap();
    assert_eq!(live, Live::Message(json!("meanwhile")));
    // Joined while nobody is there.
    let mut late = bus.subscribe("t", "late", "c").await.unwrap();
    bus.publish("t", event("d")).await.unwrap();

    end(&mut ground, outage).await;
    back(&bus).await;
    assert_eq!(bus.health().waiting, 0);
    bus.publish("t", event("after")).await.unwrap();
    let came = handle(&mut here, 2).await;
    assert_eq!(came, ["d", "after"], "what was handled during the outage came again, or something is lost");
    // What waited in the outbox when it joined may come too, what came later must.
    let mut came = handle(&mut late, 1).await;
    while came.last().is_some_and(|id| id != "after") {
        came.extend(handle(&mut late, 1).await);
    }
    assert!(came.contains(&"d".to_owned()), "{came:?}");
    let length = ground.server.ask(&["XLEN", "auto-devops:events:t"]);
    assert_eq!(length, "6", "the server has everything");
    // What is announced before the view stands again is lost, which it is told.
    let mut told = Vec::new();
    while told.last() != Some(&Live::Interrupted) {
        told.push(tokio::time::timeout(SOON, view.next()).await.expect("it is told").unwrap());
    }
    bus.announce("v", json!("again")).await;
    let live = tokio::time::timeout(SOON, view.next()).await.expect("it goes on").unwrap();
    assert_eq!(live, Live::Message(json!("again")), "after {told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_refuses() {
    everything_goes_on_and_comes_back(Outage::Refused).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_open_and_dead() {
    everything_goes_on_and_comes_back(Outage::HalfOpen).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_and_started_again() {
    everything_goes_on_and_comes_back(Outage::Killed).await;
}

/// The heartbeat sees it; how long it took is printed, since a test asserts no time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_noticed_and_mended_without_any_traffic() {
    for outage in [Outage::Refused, Outage::HalfOpen, Outage::Killed] {
        let mut ground = Ground::new().await;
        let bus = ground.bus("one", NEVER).await;
        let before = bus.health().since;
        let began = tokio::time::Instant::now();
        begin(&mut ground, outage).await;
        away(&bus).await;
        let noticed = began.elapsed();
        assert!(bus.health().since > before);
        end(&mut ground, outage).await;
        let ended = tokio::time::Instant::now();
        back(&bus).await;
        println!("{outage:?}: noticed after {noticed:?}, mended after {:?}", ended.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_is_told_that_it_was_interrupted() {
    let ground = Ground::new().await;
    let bus = ground.bus("one", NEVER).await;
    let mut view = bus.watch("v").await;
    ground.proxy.refuse().await;
    away(&bus).await;
    ground.proxy.come_back().await;
    let told = tokio::time::timeout(SOON, view.next()).await.unwrap().unwrap();
    assert_eq!(told, Live::Interrupted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_taken_during_an_outage_without_a_store() {
    let ground = Ground::new().await;
    let bus = Resilient::start(settings(ground.proxy.address(), NEVER), None, "one").await.unwrap();
    let mut consumer = bus.subscribe("t", "g", "c").await.unwrap();
    bus.publish("t", event("before")).await.unwrap();
    ground.proxy.refuse().await;
    let refused = bus.publish("t", event("lost?")).await.unwrap_err();
    assert!(matches!(&refused, BusError::Unavailable(text) if text.contains("was not taken")), "{refused:?}");
    away(&bus).await;
    let why = bus.health().degraded.unwrap();
    assert!(why.contains("takes no events"), "{why}");
    assert_eq!(bus.count("k", HOUR).await.unwrap(), 1);
    ground.proxy.come_back().await;
    back(&bus).await;
    let publishing = async { while bus.publish("t", event("after")).await.is_err() {} };
    tokio::time::timeout(SOON, publishing).await.unwrap();
    assert_eq!(handle(&mut consumer, 2).await, ["before", "after"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_gets_what_came_during_the_outage_unless_its_group_had_it() {
    let ground = Ground::new().await;
    let (cut_off, there) = (ground.bus("one", NEVER).await, ground.direct("two", NEVER).await);
    let mut shared_here = cut_off.subscribe("t", "shared", "a").await.unwrap();
    let mut only_there = there.subscribe("t", "only-there", "b").await.unwrap();
    ground.proxy.refuse().await;
    away(&cut_off).await;
    for id in ["a", "b"] {
        cut_off.publish("t", event(id)).await.unwrap();
    }
    assert_eq!(handle(&mut shared_here, 1).await, ["a"]);
    drop(shared_here);
    ground.proxy.come_back().await;
    assert_eq!(handle(&mut only_there, 2).await, ["a", "b"]);
    let mut shared_there = there.subscribe("t", "shared", "b").await.unwrap();
    assert_eq!(handle(&mut shared_there, 1).await, ["b"], "a was handled during the outage");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_event_told_on_both_sides_of_a_partition_is_handled_once() {
    let ground = Ground::new().await;
    let (cut_off, there) = (ground.bus("one", NEVER).await, ground.direct("two", NEVER).await);
    let mut here = cut_off.subscribe("t", "g", "a").await.unwrap();
    ground.proxy.refuse().await;
    away(&cut_off).await;
    cut_off.publish("t", event("same")).await.unwrap();
    assert_eq!(handle(&mut here, 1).await, ["same"]);
    let mut elsewhere = there.subscribe("t", "g", "b").await.unwrap();
    there.publish("t", event("same")).await.unwrap();
    there.publish("t", event("last")).await.unwrap();
    assert_eq!(handle(&mut elsewhere, 1).await, ["last"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_hand_when_redis_comes_back_is_not_given_to_others() {
    let ground = Ground::new().await;
    let (cut_off, there) = (ground.bus("one", NEVER).await, ground.direct("two", NEVER).await);
    let mut here = cut_off.subscribe("t", "g", "a").await.unwrap();
    ground.proxy.refuse().await;
    away(&cut_off).await;
    cut_off.publish("t", event("in hand")).await.unwrap();
    let held = next(&mut here).await;
    ground.proxy.come_back().await;
    until("Redis is there", || cut_off.health().degraded.is_some_and(|why| why.contains("handed over"))).await;
    assert_eq!(ground.server.ask(&["XLEN", "auto-devops:events:t"]), "0");
    let mut elsewhere = there.subscribe("t", "g", "b").await.unwrap();
    here.acknowledge(&held).await.unwrap();
    back(&cut_off).await;
    there.publish("t", event("last")).await.unwrap();
    drop(here);
    assert_eq!(handle(&mut elsewhere, 1).await, ["last"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_during_an_outage_counts() {
    let ground = Ground::new().await;
    let (cut_off, there) = (ground.bus("one", SHORT).await, ground.direct("two", SHORT).await);
    let mut here = cut_off.subscribe("t", "g", "a").await.unwrap();
    cut_off.publish("t", event("e")).await.unwrap();
    let held = next(&mut here).await;
    ground.proxy.refuse().await;
    away(&cut_off).await;
    here.acknowledge(&held).await.expect("the store keeps it");
    // The server gives it to somebody else, who finds that it was handled.
    let mut elsewhere = there.subscribe("t", "g", "b").await.unwrap();
    let consuming = tokio::spawn(async move { elsewhere.next().await });
    let pending = || ground.server.ask(&["XPENDING", "auto-devops:events:t", "g"]);
    until("the server knows too", || pending().starts_with('0')).await;
    assert!(!consuming.is_finished(), "it was delivered again");
    consuming.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_process_left_is_handed_over_by_its_next_life() {
    let ground = Ground::new().await;
    let first = ground.bus("one", NEVER).await;
    let mut consumer = first.subscribe("t", "g", "c").await.unwrap();
    ground.proxy.refuse().await;
    away(&first).await;
    for id in ["a", "b", "c"] {
        first.publish("t", event(id)).await.unwrap();
    }
    assert_eq!(handle(&mut consumer, 1).await, ["a"]);
    drop((consumer, first));

    let second = ground.bus("one", NEVER).await;
    assert_eq!(second.health().waiting, 3);
    let mut consumer = second.subscribe("t", "g", "c").await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["b"], "served without Redis after a restart, too");
    drop((consumer, second));

    ground.proxy.come_back().await;
    let third = ground.bus("one", NEVER).await;
    back(&third).await;
    assert_eq!((third.health().waiting, ground.server.ask(&["XLEN", "auto-devops:events:t"])), (0, "3".to_owned()));
    let mut consumer = third.subscribe("t", "g", "c").await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["c"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publish_whose_answer_is_cut_off_is_taken_once() {
    let ground = Ground::new().await;
    let bus = ground.bus("one", NEVER).await;
    let mut consumer = bus.subscribe("t", "g", "c").await.unwrap();
    for round in 0..5 {
        back(&bus).await;
        // The command arrives; nothing of the answer comes back.
        ground.proxy.reset_after(Direction::ToClient, 0);
        bus.publish("t", event(&format!("cut {round}"))).await.unwrap();
    }
    back(&bus).await;
    bus.publish("t", event("last")).await.unwrap();
    let ids = handle(&mut consumer, 6).await;
    let mut sorted = ids.clone();
    sorted.sort();
    assert_eq!(sorted, ["cut 0", "cut 1", "cut 2", "cut 3", "cut 4", "last"], "{ids:?}");
}

/// An entry stayed in the outbox for half a minute when Redis was back before its absence was acted upon.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_too_short_to_be_noticed_leaves_nothing_in_the_outbox() {
    let ground = Ground::new().await;
    let bus = ground.bus("one", NEVER).await;
    for round in 0..10 {
        ground.proxy.reset_after(Direction::ToServer, 0);
        bus.publish("t", event(&format!("e{round}"))).await.unwrap();
        let handed_over = async {
            while bus.health().waiting > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(20), handed_over).await.is_ok(), "{:?}", bus.health());
    }
    assert_eq!(ground.server.ask(&["XLEN", "auto-devops:events:t"]), "10");
}

/// A group was made in Redis only when its consumer read, from the end of the stream: what was published before was lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_joined_during_an_outage_loses_nothing_that_is_published_before_it_reads() {
    for with_store in [false, true] {
        let ground = Ground::new().await;
        let store = with_store.then(|| Arc::clone(&ground.store));
        let bus = Resilient::start(settings(ground.proxy.address(), NEVER), store, "one").await.unwrap();
        ground.proxy.refuse().await;
        away(&bus).await;
        let mut late = bus.subscribe("t", "late", "c").await.unwrap();
        ground.proxy.come_back().await;
        // A topic of its own: with what it hands over, the outbox makes the groups of that topic.
        let publishing = async { while bus.publish("probe", event("probe")).await.is_err() {} };
        tokio::time::timeout(SOON, publishing).await.unwrap();
        until("the probe is in Redis", || ground.server.ask(&["XLEN", "auto-devops:events:probe"]) == "1").await;
        back(&bus).await;
        bus.publish("t", event("first")).await.unwrap();
        assert_eq!(handle(&mut late, 1).await, ["first"], "with a store: {with_store}");
    }
}

/// Entries that another process had handed over counted as waiting for ever, and against the most.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_another_process_handed_over_do_not_wait_for_ever() {
    let ground = Ground::new().await;
    let bus = ground.bus("one", NEVER).await;
    ground.proxy.refuse().await;
    away(&bus).await;
    for id in ["a", "b"] {
        bus.publish("t", event(id)).await.unwrap();
    }
    assert_eq!(bus.health().waiting, 2);
    // What is left of an entry that was adopted: nothing.
    let adopted = Write::delete(&OUTBOX, "one/t/a".to_owned(), Expect::Any);
    ground.store.write(adopted).await.unwrap();
    assert_eq!(bus.health().waiting, 2, "it cannot know yet");
    ground.proxy.come_back().await;
    back(&bus).await;
    assert_eq!(bus.health().waiting, 0);
    assert_eq!(ground.server.ask(&["XLEN", "auto-devops:events:t"]), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_topic_that_redis_refuses_holds_up_no_other() {
    let ground = Ground::new().await;
    let bus = ground.bus("one", NEVER).await;
    let mut good = bus.subscribe("good", "g", "c").await.unwrap();
    ground.proxy.refuse().await;
    away(&bus).await;
    bus.publish("bad", event("stuck")).await.unwrap();
    bus.publish("good", event("e")).await.unwrap();
    ground.server.ask(&["SET", "auto-devops:events:bad", "theirs"]);
    ground.proxy.come_back().await;
    assert_eq!(handle(&mut good, 1).await, ["e"]);
    until("only the one is left", || bus.health().waiting == 1).await;
    bus.publish("good", event("after")).await.unwrap();
    assert_eq!(handle(&mut good, 1).await, ["after"]);
}
