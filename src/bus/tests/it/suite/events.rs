//! Events and their groups.

use crate::worlds::{SOON, World, event, handle, next};
use ports::bus::{BusError, Event};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

pub async fn each_group_gets_each_event_once(world: World) {
    let mut first = world.bus.subscribe("t", "one", "a").await.unwrap();
    let mut second = world.other.subscribe("t", "one", "b").await.unwrap();
    let mut alone = world.other.subscribe("t", "two", "a").await.unwrap();
    let mut elsewhere = world.bus.subscribe("u", "one", "a").await.unwrap();
    let ids: Vec<String> = (0..20).map(|number| format!("e{number:02}")).collect();
    for id in &ids {
        world.bus.publish("t", event(id)).await.unwrap();
    }
    world.bus.publish("u", event("other topic")).await.unwrap();
    let shared = async {
        let mut seen = BTreeSet::new();
        for _ in 0..20 {
            let (delivery, from) = tokio::select! {
                delivery = first.next() => (delivery.unwrap(), &mut first),
                delivery = second.next() => (delivery.unwrap(), &mut second),
            };
            from.acknowledge(&delivery).await.unwrap();
            assert_eq!(delivery.attempt, 1, "{delivery:?}");
            assert!(seen.insert(delivery.event.id.clone()), "twice: {delivery:?}");
        }
        seen
    };
    let seen = tokio::time::timeout(SOON, shared).await.unwrap();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ids);
    assert_eq!(handle(&mut alone, 20).await, ids);
    assert_eq!(handle(&mut elsewhere, 1).await, ["other topic"]);
}

pub async fn events_come_in_order_and_whole(world: World) {
    let mut consumer = world.bus.subscribe("t", "g", "c").await.unwrap();
    let events: Vec<Event> = (0..30)
        .map(|number| {
            let body =
                json!({ "n": number, "text": "ä\u{0}\n\"🦀", "deep": [1.5, null, { "a": [] }], "big": i64::MAX });
            Event { body, ..event(&format!("id/with: odd\u{1f} letters ä {number}")) }
        })
        .collect();
    for event in &events {
        world.other.publish("t", event.clone()).await.unwrap();
    }
    for event in &events {
        let delivery = next(&mut consumer).await;
        assert_eq!(&delivery.event, event);
        consumer.acknowledge(&delivery).await.unwrap();
    }
}

pub async fn a_new_group_gets_what_comes_from_now_on(world: World) {
    let mut old = world.bus.subscribe("t", "old", "c").await.unwrap();
    world.bus.publish("t", event("before")).await.unwrap();
    let mut new = world.bus.subscribe("t", "new", "c").await.unwrap();
    world.bus.publish("t", event("after")).await.unwrap();
    assert_eq!(handle(&mut new, 1).await, ["after"]);
    assert_eq!(handle(&mut old, 2).await, ["before", "after"]);
}

pub async fn an_acknowledged_id_does_not_come_again(world: World) {
    let mut consumer = world.bus.subscribe("t", "g", "c").await.unwrap();
    world.bus.publish("t", event("same")).await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["same"]);
    for _ in 0..3 {
        world.other.publish("t", event("same")).await.unwrap();
    }
    world.bus.publish("t", event("last")).await.unwrap();
    assert_eq!(handle(&mut consumer, 1).await, ["last"]);
}

pub async fn an_id_that_is_told_twice_comes_once(world: World) {
    let mut consumer = world.bus.subscribe("t", "g", "c").await.unwrap();
    for _ in 0..3 {
        world.bus.publish("t", event("same")).await.unwrap();
        world.other.publish("t", event("same")).await.unwrap();
    }
    world.bus.publish("t", event("last")).await.unwrap();
    assert_eq!(handle(&mut consumer, 2).await, ["same", "last"]);
}

pub async fn what_a_dropped_consumer_had_comes_again(world: World) {
    let mut dropped = world.bus.subscribe("t", "g", "a").await.unwrap();
    world.bus.publish("t", event("e")).await.unwrap();
    assert_eq!(next(&mut dropped).await.attempt, 1);
    drop(dropped);
    let mut heir = world.other.subscribe("t", "g", "b").await.unwrap();
    let delivery = next(&mut heir).await;
    assert_eq!(delivery.event.id, "e");
    assert!(delivery.attempt >= 2, "{delivery:?}");
    heir.acknowledge(&delivery).await.unwrap();
}

pub async fn what_a_hung_consumer_has_comes_again(world: World) {
    let mut hung = world.bus.subscribe("t", "g", "a").await.unwrap();
    let mut other = world.other.subscribe("t", "g", "b").await.unwrap();
    world.bus.publish("t", event("e")).await.unwrap();
    let (held, heir) = tokio::select! {
        held = next(&mut hung) => (held, &mut other),
        held = next(&mut other) => (held, &mut hung),
    };
    assert_eq!((held.event.id.as_str(), held.attempt), ("e", 1));
    let again = next(heir).await;
    assert_eq!(again.event.id, "e");
    assert!(again.attempt >= 2, "{again:?}");
    heir.acknowledge(&again).await.unwrap();
}

pub async fn a_caller_that_stops_waiting_loses_nothing(world: World) {
    let mut consumer = world.bus.subscribe("t", "g", "c").await.unwrap();
    let ids: Vec<String> = (0..60).map(|number| format!("e{number}")).collect();
    let (bus, wanted) = (Arc::clone(&world.other), ids.clone());
    let publishing = tokio::spawn(async move {
        for id in wanted {
            bus.publish("t", event(&id)).await.unwrap();
            tokio::time::sleep(Duration::from_micros(700)).await;
        }
    });
    let mut seen = Vec::new();
    let receiving = async {
        let mut wait = 1;
        while seen.len() < ids.len() {
            wait = wait % 7 + 1;
            if let Ok(delivery) = tokio::time::timeout(Duration::from_micros(wait * 300), consumer.next()).await {
                let delivery = delivery.unwrap();
                consumer.acknowledge(&delivery).await.unwrap();
                seen.push(delivery.event.id);
            }
        }
    };
    let done = tokio::time::timeout(SOON, receiving).await;
    assert!(done.is_ok(), "{} of {} events came", seen.len(), ids.len());
    publishing.await.unwrap();
    assert_eq!(seen, ids);
}

pub async fn what_is_too_large_or_wrongly_named_is_refused(world: World) {
    let large = Event { body: json!("x".repeat(300 * 1024)), ..event("large") };
    let long_id = event(&"i".repeat(129));
    for refused in [large, long_id, event(""), event("nul\0")] {
        let shown = refused.id.chars().take(10).collect::<String>();
        let error = world.bus.publish("t", refused).await.unwrap_err();
        assert!(matches!(error, BusError::Full(_)), "{shown}: {error:?}");
    }
    for name in ["", "with space", "a/b", "ä", &"n".repeat(49)] {
        assert!(matches!(world.bus.publish(name, event("e")).await, Err(BusError::Full(_))), "{name}");
        let joined = world.bus.subscribe("t", name, "c").await.map(drop);
        assert!(matches!(joined, Err(BusError::Full(_))), "{name}: {joined:?}");
    }
}

pub async fn a_stopped_bus_closes_its_subscriptions(world: World) {
    let mut consumer = world.bus.subscribe("t", "g", "c").await.unwrap();
    let waiting = tokio::spawn(async move { consumer.next().await });
    let World { bus, other, _ground } = world;
    drop((bus, other));
    let ended = tokio::time::timeout(SOON, waiting).await.expect("an end").unwrap();
    assert_eq!(ended.unwrap_err(), BusError::Closed);
}

pub async fn many_publishers_and_consumers_share_the_work(world: World) {
    const EACH: usize = 50;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..4 {
        let bus = if number % 2 == 0 { &world.bus } else { &world.other };
        let mut consumer = bus.subscribe("t", "g", &format!("c{number}")).await.unwrap();
        let tell = tell.clone();
        tokio::spawn(async move {
            while let Ok(delivery) = consumer.next().await {
                consumer.acknowledge(&delivery).await.unwrap();
                tell.send(delivery.event.id).unwrap();
            }
        });
    }
    for number in 0..4 {
        let bus = Arc::clone(if number % 2 == 0 { &world.bus } else { &world.other });
        tokio::spawn(async move {
            for count in 0..EACH {
                // Every event is told by two of them.
                let id = format!("{}-{count}", number / 2);
                bus.publish("t", event(&id)).await.unwrap();
            }
        });
    }
    let mut seen = BTreeSet::new();
    while seen.len() < 2 * EACH {
        let id = tokio::time::timeout(SOON, told.recv()).await.expect("another event").unwrap();
        assert!(seen.insert(id.clone()), "{id} came twice");
    }
    for bus in [&world.bus, &world.other] {
        bus.publish("t", event("last")).await.unwrap();
    }
    assert_eq!(tokio::time::timeout(SOON, told.recv()).await.unwrap().unwrap(), "last");
}
