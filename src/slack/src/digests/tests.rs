//! When a digest is told, to whom, how often.

use super::*;
use crate::desk::tests::world::World;
use chrono::TimeDelta;
use domain::channel::QuietHours;
use ports::store::document::Expect;
use ports::store::record::save;
use std::sync::atomic::{AtomicBool, Ordering};

async fn settle(world: &World, channel: &str, change: impl FnOnce(&mut ChannelSettings)) {
    let mut settings = ChannelSettings { channel: format!("slack:{channel}"), ..ChannelSettings::default() };
    change(&mut settings);
    save(world.store.as_ref(), &settings, Expect::Any).await.unwrap();
}

/// The tests play on Monday 2026-09-14 at 09:20 UTC; digests are told at nine.
fn digests(world: &World) -> Digests {
    digests_of(world, Arc::new(|| true))
}

fn digests_of(world: &World, is_leader: IsLeader) -> Digests {
    Digests::new(Parts {
        store: world.store.clone(),
        outbox: world.outbox.clone(),
        clock: world.clock.clone(),
        is_leader,
        zone: Tz::UTC,
        hour: 9,
    })
}

#[tokio::test(start_paused = true)]
async fn a_digest_is_told_once_in_each_channel_that_wants_it() {
    let world = World::new().await;
    settle(&world, "C1", |settings| settings.daily_digest = true).await;
    settle(&world, "C2", |settings| settings.weekly_digest = true).await;
    settle(&world, "C3", |_| {}).await;
    save(world.store.as_ref(), &World::incident(), Expect::Any).await.unwrap();
    save(world.store.as_ref(), &World::approval(), Expect::Any).await.unwrap();
    world.passes(TimeDelta::days(7));
    for _ in 0..3 {
        digests(&world).tell_due().await.unwrap();
    }
    assert_eq!(world.slack.keyed("digest:daily:2026-09-21:C1").len(), 1);
    let weekly = world.slack.keyed("digest:weekly:2026-09-21:C2");
    assert_eq!(weekly.len(), 1);
    assert!(weekly[0].text.contains("1 new incident") && weekly[0].text.contains("INC-17"), "{}", weekly[0].text);
    assert!(weekly[0].text.contains("1 waiting"), "{}", weekly[0].text);
    assert!(world.slack.standing("C3").is_empty());
    world.passes(TimeDelta::days(1));
    digests(&world).tell_due().await.unwrap();
    assert_eq!(world.slack.standing("C1").len(), 2);
    assert_eq!(world.slack.standing("C2").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_weekly_digest_that_was_missed_comes_later_in_the_week_where_there_was_one_before() {
    let world = World::new().await;
    settle(&world, "C1", |settings| settings.weekly_digest = true).await;
    digests(&world).tell_due().await.unwrap();
    world.passes(TimeDelta::days(9));
    settle(&world, "C2", |settings| settings.weekly_digest = true).await;
    for _ in 0..2 {
        digests(&world).tell_due().await.unwrap();
    }
    assert_eq!(world.slack.keyed("digest:weekly:2026-09-21:C1").len(), 1);
    assert!(world.slack.standing("C2").is_empty());
}

#[tokio::test(start_paused = true)]
async fn quiet_hours_put_a_digest_off() {
    let world = World::new().await;
    let quiet = QuietHours { from: 9 * 60, to: 10 * 60, zone: "UTC".to_owned() };
    settle(&world, "C1", |settings| (settings.daily_digest, settings.quiet) = (true, Some(quiet))).await;
    digests(&world).tell_due().await.unwrap();
    assert!(world.slack.standing("C1").is_empty());
    world.passes(TimeDelta::hours(1));
    digests(&world).tell_due().await.unwrap();
    assert_eq!(world.slack.standing("C1").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_the_leader_tells() {
    let world = World::new().await;
    settle(&world, "C1", |settings| settings.daily_digest = true).await;
    let leads = Arc::new(AtomicBool::new(false));
    let asked = leads.clone();
    let digests = Arc::new(digests_of(&world, Arc::new(move || asked.load(Ordering::SeqCst))));
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (digests, stop) = (digests.clone(), stop.clone());
        async move { digests.run(stop).await }
    });
    tokio::time::sleep(Duration::from_secs(200)).await;
    assert!(world.slack.standing("C1").is_empty());
    leads.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(200)).await;
    assert_eq!(world.slack.standing("C1").len(), 1);
    stop.cancel();
    running.await.unwrap();
}
