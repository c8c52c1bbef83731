//! Live views.

use crate::worlds::{SOON, World};
use futures::StreamExt;
use futures::stream::BoxStream;
use ports::bus::Live;
use serde_json::json;

async fn next(view: &mut BoxStream<'static, Live>) -> Live {
    tokio::time::timeout(SOON, view.next()).await.expect("a message within the time").expect("no end")
}

/// Until this message; what was interrupted before it is passed over: a view may begin before its server is there.
async fn message(view: &mut BoxStream<'static, Live>) -> serde_json::Value {
    loop {
        match next(view).await {
            Live::Message(message) => return message,
            Live::Interrupted => {}
            missed @ Live::Missed(_) => panic!("{missed:?}"),
        }
    }
}

pub async fn every_view_of_a_channel_is_told(world: World) {
    world.bus.announce("c", json!("nobody is there")).await;
    let mut here = world.bus.watch("c").await;
    let mut there = world.other.watch("c").await;
    let mut elsewhere = world.other.watch("d").await;
    world.bus.announce("c", json!({ "n": 1 })).await;
    world.other.announce("c", json!({ "n": 2 })).await;
    world.bus.announce("d", json!("ä")).await;
    for view in [&mut here, &mut there] {
        let both = [message(view).await, message(view).await];
        assert!(both.contains(&json!({ "n": 1 })) && both.contains(&json!({ "n": 2 })), "{both:?}");
    }
    assert_eq!(message(&mut elsewhere).await, json!("ä"));
}

pub async fn a_slow_view_is_told_how_much_it_missed(world: World) {
    let mut slow = world.bus.watch("c").await;
    let mut fence = world.bus.watch("fence").await;
    for number in 0..40 {
        world.bus.announce("c", json!(number)).await;
    }
    world.bus.announce("fence", json!("all were told")).await;
    message(&mut fence).await;
    let (mut messages, mut missed, mut interrupted) = (0_u64, 0, false);
    loop {
        match next(&mut slow).await {
            Live::Message(last) => {
                messages += 1;
                if last == json!(39) {
                    break;
                }
            }
            Live::Missed(count) => missed += count,
            // The line to the server may be the one that was too slow.
            Live::Interrupted => interrupted = true,
        }
    }
    assert!(missed > 0 || interrupted, "{messages} messages, nothing missed, and the view holds 16");
    assert!(interrupted || messages + missed == 40, "{messages} messages and {missed} missed");
}
