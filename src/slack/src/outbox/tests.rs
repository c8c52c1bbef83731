//! The outbox over a store in memory and a scripted Slack.

use super::outcome::Outcome;
use super::pace::PACE;
use super::*;
use crate::api::{ApiError, Seen};
use crate::testing::{Door, ScriptedSlack};
use chrono::TimeDelta;
use domain::post::{Attempt, Sending, Step};
use fakes::clock::ManualClock;
use std::sync::atomic::{AtomicBool, Ordering};
use store::memory::Memory;

struct World {
    slack: Arc<ScriptedSlack>,
    clock: Arc<ManualClock>,
    store: Arc<Memory>,
    outbox: Arc<Outbox>,
}

fn world() -> World {
    let (slack, clock) = (Arc::new(ScriptedSlack::default()), crate::testing::clock());
    let store = Memory::new(collections::ALL, clock.clone());
    let outbox = Outbox::new(store.clone(), None, slack.clone(), clock.clone(), 7);
    World { slack, clock, store, outbox }
}

impl World {
    /// The same store and Slack, by another process.
    fn other(&self) -> Arc<Outbox> {
        Outbox::new(self.store.clone(), None, self.slack.clone(), self.clock.clone(), 8)
    }

    fn texts(&self) -> Vec<String> {
        let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
        self.slack.standing("C1").into_iter().map(|seen| first_line(seen.text)).collect()
    }

    async fn later(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
        tokio::time::advance(Duration::from_secs(seconds.unsigned_abs())).await;
    }

    async fn kept(&self, key: &str) -> Post {
        self.outbox.find(key).await.unwrap().unwrap()
    }
}

fn content(text: &str) -> Content {
    Content { text: text.to_owned(), blocks: Vec::new() }
}

fn seen(ts: &str, key: Option<&str>) -> Seen {
    Seen {
        ts: ts.to_owned(),
        thread: None,
        user: None,
        bot: Some("BBOT".to_owned()),
        text: "a".to_owned(),
        key: key.map(str::to_owned),
        files: Vec::new(),
    }
}

fn unknown() -> ApiError {
    ApiError::Unknown { method: "chat.postMessage".to_owned(), why: "cut".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn the_same_key_again_is_the_same_message() {
    let world = world();
    let first = world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    assert!(first.is_some());
    assert_eq!(world.outbox.put("k", "C1", None, &content("a")).await.unwrap(), first);
    assert_eq!(world.other().put("k", "C1", None, &content("a")).await.unwrap(), first);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
    assert_eq!(world.slack.calls_of("chat.update").len(), 0);
    assert_eq!(world.outbox.waiting().await.unwrap(), 0);

    world.later(2).await;
    assert_eq!(world.outbox.put("k", "C1", None, &content("b")).await.unwrap(), first);
    assert_eq!(world.texts(), ["b"]);
    let found = world.other().by_message("C1", &first.unwrap()).await.unwrap().unwrap();
    assert_eq!(found.id, "k");
}

#[tokio::test(start_paused = true)]
async fn edits_are_paced_and_the_newest_wins() {
    let world = world();
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    for text in ["b", "c", "d"] {
        world.outbox.edit("k", &content(text)).await.unwrap();
    }
    assert_eq!(world.texts(), ["a"]);
    assert_eq!(world.outbox.waiting().await.unwrap(), 1);
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.outbox.clone().run(stop.clone()));
    world.clock.advance(TimeDelta::seconds(2));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.texts(), ["d"]);
    assert_eq!(world.slack.calls_of("chat.update").len(), 1);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_after_the_effect_does_not_double_the_post() {
    let world = world();
    world.slack.fail_next("chat.postMessage", unknown());
    assert_eq!(world.outbox.put("k", "C1", None, &content("a")).await.unwrap(), None);
    world.slack.message_is("C1", seen("1700000001.000000", Some("k")));
    world.later(120).await;
    assert_eq!(world.other().deliver("k").await.unwrap().as_deref(), Some("1700000001.000000"));
    assert_eq!(world.slack.keyed("k").len(), 1);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_send_that_had_no_effect_is_sent_again_after_it_was_looked_for() {
    let world = world();
    world.slack.fail_next("chat.postMessage", unknown());
    assert_eq!(world.outbox.put("k", "C1", None, &content("a")).await.unwrap(), None);
    world.later(120).await;
    assert!(world.outbox.deliver("k").await.unwrap().is_some());
    assert_eq!(world.slack.keyed("k").len(), 1);
    assert_eq!(world.slack.calls_of("conversations.history").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_is_not_sent_again_while_it_cannot_be_looked_for() {
    let world = world();
    world.slack.fail_next("chat.postMessage", unknown());
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    world.slack.fail_next("conversations.history", unknown());
    world.later(120).await;
    assert_eq!(world.outbox.deliver("k").await.unwrap(), None);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
    assert_eq!(world.kept("k").await.sending, Sending::Trying);
}

#[tokio::test(start_paused = true)]
async fn one_of_two_replicas_sends() {
    let world = world();
    let other = world.other();
    let a = content("a");
    let (one, two) = tokio::join!(world.outbox.put("k", "C1", None, &a), other.put("k", "C1", None, &a));
    one.unwrap();
    two.unwrap();
    assert_eq!(world.slack.keyed("k").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_again_and_what_does_not_is_not() {
    let limited = ApiError::Limited { method: "chat.postMessage".to_owned(), retry_after: Duration::from_secs(3) };
    let away = ApiError::Unreachable { method: "chat.postMessage".to_owned(), why: "refused".to_owned() };
    for (error, is_tried) in [
        (limited, true),
        (away, true),
        (ScriptedSlack::refusal("chat.postMessage", "not_in_channel"), true),
        (ScriptedSlack::refusal("chat.postMessage", "internal_error"), true),
        (ScriptedSlack::refusal("chat.postMessage", "channel_not_found"), false),
        (ScriptedSlack::refusal("chat.postMessage", "msg_too_long"), false),
    ] {
        let world = world();
        world.slack.fail_next("chat.postMessage", error.clone());
        assert_eq!(world.outbox.put("k", "C1", None, &content("a")).await.unwrap(), None, "{error}");
        assert_eq!(world.outbox.waiting().await.unwrap(), u64::from(is_tried), "{error}");
        world.later(400).await;
        assert_eq!(world.outbox.deliver("k").await.unwrap().is_some(), is_tried, "{error}");
        let is_refused = matches!(world.kept("k").await.sending, Sending::Refused { .. });
        assert_eq!(is_refused, !is_tried, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_somebody_deleted_is_not_posted_anew() {
    let world = world();
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    world.slack.fail_next("chat.update", ScriptedSlack::refusal("chat.update", "message_not_found"));
    world.later(2).await;
    world.outbox.edit("k", &content("b")).await.unwrap();
    world.later(400).await;
    world.outbox.edit("k", &content("c")).await.unwrap();
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
    assert_eq!(world.slack.calls_of("chat.update").len(), 1);
}

/// What a search was blocked by (a scope was missing) made a post that may be there one that was never sent.
#[tokio::test(start_paused = true)]
async fn a_blocked_search_does_not_double_the_post_that_it_looked_for() {
    let world = world();
    world.slack.fail_next("chat.postMessage", unknown());
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    world.slack.message_is("C1", seen("1700000001.000000", Some("k")));
    world.slack.fail_next("conversations.history", ScriptedSlack::refusal("conversations.history", "missing_scope"));
    world.later(120).await;
    assert_eq!(world.outbox.deliver("k").await.unwrap(), None);
    assert_eq!(world.kept("k").await.sending, Sending::Trying);
    world.later(400).await;
    assert_eq!(world.outbox.deliver("k").await.unwrap().as_deref(), Some("1700000001.000000"));
    assert_eq!(world.slack.keyed("k").len(), 1);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
}

/// The end of an attempt that had lost its claim set the next time of the one after it, so that a third could begin.
#[tokio::test(start_paused = true)]
async fn the_late_end_of_an_attempt_does_not_shorten_the_claim_of_another_process() {
    let world = world();
    world.outbox.want("k", Some(("C1", None)), &value(&content("a")).unwrap()).await.unwrap();
    let begin = |outbox: Arc<Outbox>, now| async move {
        let begun = outbox.shelf.change("k", |found| deliver::begin(found, now, false)).await.unwrap().unwrap();
        (begun.0, begun.1.unwrap())
    };
    let (sent, first) = begin(world.outbox.clone(), world.clock.now()).await;
    world.later(66).await;
    let other = world.other();
    let (_, second) = begin(other.clone(), world.clock.now()).await;
    assert_eq!(second, Attempt { number: 2, step: Step::LookFirst });
    let before = world.kept("k").await;
    for late in
        [Outcome::Again(PACE), Outcome::Unsure(PACE), Outcome::Blocked("b".into()), Outcome::Refused("r".into())]
    {
        let kept = world.outbox.settle(&sent, &first, &late).await.unwrap().unwrap();
        assert_eq!(kept, before, "{late:?}");
    }
    world.later(10).await;
    assert_eq!(world.outbox.deliver("k").await.unwrap(), None);
    assert_eq!(world.slack.calls().len(), 0, "the other process has its time");
}

/// What stood there was noted all through an edit, so that the old content seemed to be there when it was wanted back.
#[tokio::test(start_paused = true)]
async fn the_old_content_wanted_back_after_an_unsure_edit_is_written_again() {
    let world = world();
    let message = world.outbox.put("k", "C1", None, &content("a")).await.unwrap().unwrap();
    world.later(2).await;
    world.slack.fail_next("chat.update", unknown());
    world.outbox.edit("k", &content("b")).await.unwrap();
    // It had its effect, although no answer came.
    world.slack.message_is("C1", Seen { text: "b".to_owned(), ..seen(&message, Some("k")) });
    world.outbox.edit("k", &content("a")).await.unwrap();
    world.later(120).await;
    world.outbox.deliver("k").await.unwrap();
    assert_eq!(world.texts(), ["a"]);
    assert_eq!(world.outbox.waiting().await.unwrap(), 0);
}

/// A refused edit made the post a refused one: its message was forgotten, and nothing was edited any more.
#[tokio::test(start_paused = true)]
async fn a_refused_edit_keeps_the_message_and_a_newer_content_is_edited_in() {
    let world = world();
    let message = world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    world.later(2).await;
    world.slack.fail_next("chat.update", ScriptedSlack::refusal("chat.update", "msg_too_long"));
    world.outbox.edit("k", &content("far too long")).await.unwrap();
    assert_eq!(world.outbox.waiting().await.unwrap(), 0, "the same is not tried again");
    assert_eq!(world.other().by_message("C1", message.as_deref().unwrap()).await.unwrap().unwrap().id, "k");
    world.later(2).await;
    assert_eq!(world.outbox.put("k", "C1", None, &content("b")).await.unwrap(), message);
    assert_eq!(world.texts(), ["b"]);
}

/// The newest thousand messages of the whole channel were searched: what was older than these was sent again.
#[tokio::test(start_paused = true)]
async fn a_channel_is_searched_from_shortly_before_the_first_attempt() {
    let world = world();
    world.slack.fail_next("chat.postMessage", unknown());
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    let began = world.clock.now();
    for second in [66, 4_000] {
        world.slack.fail_next("conversations.history", unknown());
        world.later(second).await;
        world.outbox.deliver("k").await.unwrap();
    }
    let since = format!("{}.000000", began.timestamp() - 600);
    let searches = world.slack.calls_of("conversations.history");
    assert_eq!(searches.iter().map(|call| call.at.clone()).collect::<Vec<_>>(), [Some(since.clone()), Some(since)]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_searched_whole_is_not_sent_again() {
    let world = world();
    world.slack.fail_next("chat.postMessage", unknown());
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    for number in 0..carry::MOST_SEARCHED {
        world.slack.message_is("C1", seen(&format!("1700000002.{number:06}"), None));
    }
    world.later(120).await;
    assert_eq!(world.outbox.deliver("k").await.unwrap(), None);
    assert_eq!(world.kept("k").await.sending, Sending::Trying);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_post_is_found_by_its_message_among_many_in_its_channel_only() {
    let world = world();
    let mut messages = Vec::new();
    for number in 0..5 {
        for channel in ["C1", "C2"] {
            let key = format!("{channel}/{number}");
            messages.push((key.clone(), world.outbox.put(&key, channel, None, &content("a")).await.unwrap().unwrap()));
        }
    }
    let other = world.other();
    for (key, message) in messages {
        let (channel, elsewhere) = if key.starts_with("C1") { ("C1", "C2") } else { ("C2", "C1") };
        assert_eq!(other.by_message(channel, &message).await.unwrap().unwrap().id, key);
        assert_eq!(other.by_message(elsewhere, &message).await.unwrap(), None);
    }
}

/// A slow store answers after the time of the attempt: another process may be at it by then.
#[tokio::test(start_paused = true)]
async fn an_attempt_whose_time_is_over_before_it_began_is_not_begun() {
    let world = world();
    world.outbox.want("k", Some(("C1", None)), &value(&content("a")).unwrap()).await.unwrap();
    let now = world.clock.now();
    let (post, attempt) =
        world.outbox.shelf.change("k", |found| deliver::begin(found, now, false)).await.unwrap().unwrap();
    let attempt = attempt.unwrap();
    let outcome = world.outbox.carry_out(&post, &attempt, tokio::time::Instant::now()).await;
    assert!(matches!(outcome, Outcome::Unsure(_)), "{outcome:?}");
    assert_eq!(world.slack.calls().len(), 0);
    world.outbox.settle(&post, &attempt, &outcome).await.unwrap();
    assert_eq!(world.kept("k").await.sending, Sending::Trying);
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_stands_in_the_end_although_passing_progress_was_shown() {
    let world = world();
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    world.outbox.sketch("k", &content("too soon")).await;
    assert_eq!(world.texts(), ["a"]);
    world.later(2).await;
    world.outbox.sketch("k", &content("working")).await;
    assert_eq!(world.texts(), ["working"]);
    world.later(2).await;
    world.outbox.edit("k", &content("a")).await.unwrap();
    assert_eq!(world.texts(), ["a"], "the same as was kept before, but not what stood there");
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_an_unknown_key_does_nothing() {
    let world = world();
    world.outbox.edit("k", &content("b")).await.unwrap();
    assert_eq!(world.outbox.find("k").await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_posts_are_kept_in_memory_and_go_home_afterwards() {
    let world = world();
    let door = Arc::new(Door { inner: world.store.clone(), is_shut: AtomicBool::new(false) });
    let memory = Memory::new(collections::ALL, world.clock.clone());
    let outbox = Outbox::new(door.clone(), Some(memory), world.slack.clone(), world.clock.clone(), 7);
    let before = outbox.put("before", "C1", None, &content("a")).await.unwrap();
    world.later(2).await;
    door.is_shut.store(true, Ordering::Relaxed);
    outbox.edit("before", &content("b")).await.unwrap();
    let meanwhile = outbox.put("meanwhile", "C1", None, &content("c")).await.unwrap();
    assert!(meanwhile.is_some());
    assert_eq!(world.texts(), ["b", "c"]);
    assert_eq!(outbox.put("before", "C1", None, &content("b")).await.unwrap(), before);

    door.is_shut.store(false, Ordering::Relaxed);
    outbox.shelf.go_home().await;
    assert_eq!(world.other().put("meanwhile", "C1", None, &content("c")).await.unwrap(), meanwhile);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 2);
    assert_eq!(outbox.shelf.astray(), Vec::<String>::new());
}
