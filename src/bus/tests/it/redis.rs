//! What the bus on Redis has of its own: bounded streams, what somebody else wrote, locks of the dead.

use crate::server::RedisServer;
use crate::worlds::{NEVER, SHORT, SOON, event, handle, next, settings};
use bus::Redis;
use futures::{FutureExt, StreamExt};
use ports::bus::{Bus, BusError, Live};
use serde_json::json;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_stream_is_bounded_and_loses_nothing_that_a_group_has_not_read() {
    let server = RedisServer::start();
    let mut bounded = settings(server.address(), NEVER);
    bounded.stream_length = 300;
    let bus = Redis::connect(bounded).await.unwrap();
    let mut quick = bus.subscribe("t", "quick", "c").await.unwrap();
    let mut slow = bus.subscribe("t", "slow", "c").await.unwrap();
    let ids: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    for id in &ids {
        bus.publish("t", event(id)).await.unwrap();
    }
    assert_eq!(handle(&mut quick, 300).await, ids);
    let full = bus.publish("t", event("one too many")).await.unwrap_err();
    assert!(
        matches!(&full, BusError::Full(text) if text.contains("slow") && text.contains("XGROUP DESTROY")),
        "{full:?}"
    );
    // Read, and not acknowledged: still not to be lost.
    let held = next(&mut slow).await;
    assert!(matches!(bus.publish("t", event("one too many")).await, Err(BusError::Full(_))));
    slow.acknowledge(&held).await.unwrap();
    assert_eq!(handle(&mut slow, 99).await, ids[1..100]);
    for number in 0..100 {
        bus.publish("t", event(&format!("later {number}"))).await.unwrap();
        let length: usize = server.ask(&["XLEN", "auto-devops:events:t"]).parse().unwrap();
        assert!(length <= 300, "{length} entries");
    }
    assert_eq!(handle(&mut slow, 200).await, ids[100..]);
    assert_eq!(handle(&mut slow, 100).await.len(), 100);
}

#[tokio::test]
async fn a_stream_without_groups_stays_short() {
    let server = RedisServer::start();
    let bus = Redis::connect(settings(server.address(), NEVER)).await.unwrap();
    for number in 0..400 {
        bus.publish("t", event(&number.to_string())).await.unwrap();
    }
    let length: usize = server.ask(&["XLEN", "auto-devops:events:t"]).parse().unwrap();
    assert!(length <= 128, "{length} entries");
}

#[tokio::test]
async fn foreign_entries_are_passed_over_once() {
    let server = RedisServer::start();
    let bus = Redis::connect(settings(server.address(), SHORT)).await.unwrap();
    let mut consumer = bus.subscribe("t", "g", "c").await.unwrap();
    let stream = b"auto-devops:events:t".as_slice();
    for garbage in [
        [b"XADD".as_slice(), stream, b"*", b"event", b"no json"].as_slice(),
        &[b"XADD", stream, b"*", b"event", b"\xff\xfe"],
        &[b"XADD", stream, b"*", b"other", b"{}"],
        &[b"XADD", stream, b"*", b"event", b"{\"id\":1}"],
        &[b"XADD", stream, b"*", b"a", b"b", b"c", b"d"],
    ] {
        let entry = server.ask_bytes(garbage);
        assert!(entry.contains('-'), "{entry}");
    }
    bus.publish("t", event("good")).await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["good"]);
    let pending = server.ask(&["XPENDING", "auto-devops:events:t", "g"]);
    assert!(pending.starts_with('0'), "they would come again: {pending}");
}

#[tokio::test]
async fn a_key_that_somebody_else_uses_is_named() {
    let server = RedisServer::start();
    let bus = Redis::connect(settings(server.address(), NEVER)).await.unwrap();
    server.ask(&["SET", "auto-devops:events:t", "theirs"]);
    let error = bus.publish("t", event("e")).await.unwrap_err();
    assert!(matches!(&error, BusError::Unreadable(text) if text.contains("auto-devops:events:t")), "{error:?}");
    let error = bus.subscribe("t", "g", "c").await.map(drop).unwrap_err();
    assert!(matches!(&error, BusError::Unreadable(text) if text.contains("prefix")), "{error:?}");
    assert_eq!(server.ask(&["GET", "auto-devops:events:t"]), "theirs", "it was touched");
    assert!(bus.health().degraded.is_none(), "somebody else's key is no outage: {:?}", bus.health());
}

#[tokio::test]
async fn foreign_responses_and_live_messages_are_passed_over() {
    let server = RedisServer::start();
    let bus = Redis::connect(settings(server.address(), NEVER)).await.unwrap();
    let ask = async |value: i64| {
        let fetch = async move { Ok(json!(value)) }.boxed();
        tokio::time::timeout(SOON, bus.cached("k", HOUR, fetch)).await.unwrap().unwrap()
    };
    assert_eq!(ask(1).await.value, json!(1));
    let key = server.ask(&["KEYS", "auto-devops:cache:*"]);
    server.ask(&["SET", &key, "no json"]);
    assert_eq!(ask(2).await.value, json!(2));
    server.ask(&["DEL", &key]);
    server.ask(&["RPUSH", &key, "a", "list"]);
    assert_eq!(ask(3).await.value, json!(3));
    assert_eq!(ask(4).await.value, json!(3), "and it is kept again");

    let mut view = bus.watch("c").await;
    server.ask_bytes(&[b"PUBLISH", b"auto-devops:live:c", b"no json"]);
    server.ask_bytes(&[b"PUBLISH", b"auto-devops:live:c", b"\xff"]);
    bus.announce("c", json!("good")).await;
    let message = tokio::time::timeout(SOON, view.next()).await.unwrap().unwrap();
    assert_eq!(message, Live::Message(json!("good")));
}

#[tokio::test]
async fn a_dead_holder_of_a_lock_stops_nobody_past_its_time() {
    let server = RedisServer::start();
    let bus = Redis::connect(settings(server.address(), NEVER)).await.unwrap();
    bus.cached("k", Duration::from_millis(1), async { Ok(json!(1)) }.boxed()).await.unwrap();
    let fetch = || async { Ok(json!(2)) }.boxed();
    bus.cached("k", HOUR, fetch()).await.unwrap();
    let value = server.ask(&["KEYS", "auto-devops:cache:*"]);
    let lock = value.replace(":cache:", ":lock:");
    server.ask(&["DEL", &value]);
    server.ask(&["SET", &lock, "somebody who died", "PX", "400"]);
    let cached = tokio::time::timeout(SOON, bus.cached("k", HOUR, fetch())).await.unwrap().unwrap();
    assert_eq!((cached.value, cached.hit), (json!(2), false));
}

#[tokio::test]
async fn a_lock_that_is_another_ones_by_now_is_left_alone() {
    let server = RedisServer::start();
    let bus = Redis::connect(settings(server.address(), NEVER)).await.unwrap();
    bus.cached("k", HOUR, async { Ok(json!(1)) }.boxed()).await.unwrap();
    let lock = server.ask(&["KEYS", "auto-devops:cache:*"]).replace(":cache:", ":lock:");
    server.ask(&["FLUSHALL"]);
    // While this one fetches, its lock ends and somebody else gets it.
    let (address, taken) = (server.address(), lock.clone());
    let fetch = async move {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let words = format!("SET {taken} theirs\r\n");
        tokio::io::AsyncWriteExt::write_all(&mut stream, words.as_bytes()).await.unwrap();
        tokio::io::AsyncReadExt::read_u8(&mut stream).await.unwrap();
        Ok(json!(2))
    };
    bus.cached("k", HOUR, fetch.boxed()).await.unwrap();
    assert_eq!(server.ask(&["GET", &lock]), "theirs");
}

#[tokio::test]
async fn a_group_that_is_gone_is_made_anew_and_misses_nothing() {
    let server = RedisServer::start();
    let bus = Redis::connect(settings(server.address(), SHORT)).await.unwrap();
    let mut consumer = bus.subscribe("t", "g", "c").await.unwrap();
    bus.publish("t", event("before")).await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["before"]);
    server.ask(&["FLUSHALL"]);
    bus.publish("t", event("after")).await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["after"]);
}

#[tokio::test]
async fn prefixes_keep_installations_apart() {
    let server = RedisServer::start();
    let mut theirs = settings(server.address(), NEVER);
    theirs.prefix = "theirs".to_owned();
    let theirs = Redis::connect(theirs).await.unwrap();
    let ours = Redis::connect(settings(server.address(), NEVER)).await.unwrap();
    let mut consumer = ours.subscribe("t", "g", "c").await.unwrap();
    theirs.publish("t", event("theirs")).await.unwrap();
    ours.publish("t", event("ours")).await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["ours"]);
    let keys = server.ask(&["KEYS", "*"]);
    assert!(keys.split(' ').all(|key| key.starts_with("theirs:") || key.starts_with("auto-devops:")), "{keys}");
    let mut wrong = settings(server.address(), NEVER);
    wrong.prefix = "with space".to_owned();
    assert!(Redis::start(wrong).map(drop).is_err());
}

#[tokio::test]
async fn what_lies_in_redis_expires() {
    let server = RedisServer::start();
    let bus = Redis::connect(settings(server.address(), NEVER)).await.unwrap();
    let mut consumer = bus.subscribe("t", "g", "c").await.unwrap();
    bus.publish("t", event("e")).await.unwrap();
    handle(&mut consumer, 1).await;
    bus.count("k", HOUR).await.unwrap();
    bus.cached("k", HOUR, async { Ok(json!(1)) }.boxed()).await.unwrap();
    let keys = server.ask(&["KEYS", "*"]);
    assert_eq!(keys.split(' ').count(), 6, "{keys}");
    for key in keys.split(' ').filter(|key| !key.contains(":events:")) {
        let left: i64 = server.ask(&["PTTL", key]).parse().unwrap();
        assert!(left > 0, "{key} stays for ever");
    }
}

#[tokio::test]
async fn the_engine_tells_a_server_that_may_lose_what_it_took() {
    let server = RedisServer::start();
    let bus = Redis::connect(settings(server.address(), NEVER)).await.unwrap();
    let engine = bus.health().engine.unwrap();
    assert!(engine.starts_with("redis ") || engine.starts_with("valkey "), "{engine}");
    assert!(!engine.contains("lose"), "{engine}");
    let server = RedisServer::with(&["--appendonly", "no"]);
    let bus = Redis::connect(settings(server.address(), NEVER)).await.unwrap();
    let engine = bus.health().engine.unwrap();
    assert!(engine.contains("may lose"), "{engine}");
}
