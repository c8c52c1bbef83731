//! Questions by mention, follow-up and direct message: thread, place, zone, order, refusal.

use super::house::House;
use crate::api::{ApiError, Seen};
use crate::incoming::Message;
use crate::testing::{Door, answer, message, received_mention, received_message, told};
use chrono_tz::Tz;
use domain::channel::ChannelSettings;
use domain::preferences::Preferences;
use ports::conversations::AskError;
use ports::store::document::Expect;
use ports::store::record::save;
use std::sync::Arc;
use std::time::Duration;

fn seen(ts: &str, thread: Option<&str>, bot: Option<&str>, text: &str) -> Seen {
    Seen {
        ts: ts.into(),
        thread: thread.map(str::to_owned),
        user: bot.is_none().then(|| "U2".to_owned()),
        bot: bot.map(str::to_owned),
        text: text.into(),
        key: None,
        files: Vec::new(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_question_that_came_in_first_was_answered_first() {
    let house = House::new();
    let talk = house.replica();
    house.slack.message_is("C1", seen("1700.000001", None, None, "<@UBOT> first?"));
    house.slack.message_is("C1", seen("1700.000002", Some("1700.000001"), None, "<@UBOT> second?"));
    let mut second = message("C1", "1700.000002", "U1", "<@UBOT> second?");
    second.thread = Some("1700.000001".to_owned());
    let second = received_mention(second);
    let waits = talk.handle(&second, 1).await.unwrap_err();
    assert!(waits.why.contains("earlier question"), "{}", waits.why);
    assert!(house.conversations.asked().is_empty());
    // The first is in the lane by now, in front of it; where Slack delivers it after all, it is known.
    let lane: domain::lane::Lane =
        ports::store::record::load(&*house.store, "C1/1700.000001").await.unwrap().unwrap().value;
    assert_eq!(lane.entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["message:C1/1700.000001"]);
    house.handled(&talk, &second).await;
}

#[tokio::test(start_paused = true)]
async fn the_next_answer_stood_above_one_that_slack_had_not_taken_yet() {
    let house = House::new();
    let talk = house.replica();
    let away = ApiError::Unreachable { method: "chat.postMessage".into(), why: "connection refused".into() };
    house.slack.fail_always("chat.postMessage", away);
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> is all well?"));
    let mut handling = tokio::spawn({
        let (talk, received) = (Arc::clone(&talk), received.clone());
        async move { talk.handle(&received, 1).await }
    });
    assert!(
        tokio::time::timeout(Duration::from_secs(20), &mut handling).await.is_err(),
        "its lane went on to the next"
    );
    house.slack.heal();
    house.flush(&talk).await;
    handling.await.unwrap().unwrap();
    assert!(house.answer(&received).contains("All is well"));
}

#[tokio::test(start_paused = true)]
async fn a_mention_is_answered_in_its_thread() {
    let house = House::new();
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> is <@U2> on call?"));
    house.handled(&house.replica(), &received).await;
    assert!(house.answer(&received).contains("All is well"));
    let asked = house.conversations.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].question, "is @bob on call?");
    assert_eq!(asked[0].person, "slack:U1");
    assert_eq!(asked[0].channel, "slack:C1/1700.000001");
    assert_eq!(asked[0].turn.as_deref().map(str::len), Some(64));
    assert_eq!(asked[0].place.zone, Some(Tz::Europe__London));
    let post = &house.slack.calls_of("chat.postMessage")[0];
    assert_eq!(post.at.as_deref(), Some("1700.000001"));
    assert!(!post.said.contains("All is well"), "the first sign comes before the answer");
}

#[tokio::test(start_paused = true)]
async fn channel_and_person_decide_where_it_looks() {
    let house = House::new();
    let settings = ChannelSettings {
        channel: "slack:C1".into(),
        environment: Some("staging".into()),
        cluster: Some("blue".into()),
        servers: vec!["prometheus".into()],
        ..ChannelSettings::default()
    };
    house.settle(settings).await;
    let zone = Preferences { person: "slack:U1".into(), zone: Some("Asia/Tokyo".into()), ..Preferences::default() };
    save(&*house.store, &zone, Expect::Any).await.unwrap();
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    house.handled(&house.replica(), &received).await;
    let place = house.conversations.asked()[0].place.clone();
    assert_eq!(place.environment.as_deref(), Some("staging"));
    assert_eq!(place.cluster.as_deref(), Some("blue"));
    assert_eq!(place.servers, ["prometheus"]);
    assert_eq!(place.zone, Some(Tz::Asia__Tokyo));
}

#[tokio::test(start_paused = true)]
async fn a_thread_that_we_answered_in_goes_on_without_a_mention_and_no_other() {
    let house = House::new();
    let talk = house.replica();
    house.handled(&talk, &received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"))).await;
    let reply = |ts: &str, thread: &str, text: &str| {
        let mut reply = message("C1", ts, "U2", text);
        reply.thread = Some(thread.to_owned());
        received_message(reply)
    };
    let follow_up = reply("1700.000002", "1700.000001", "and yesterday?");
    house.handled(&talk, &follow_up).await;
    assert!(house.answer(&follow_up).contains("All is well"));
    house.handled(&talk, &reply("1700.000003", "1700.000001", "<@U3> can you look?")).await;
    house.handled(&talk, &reply("1700.000004", "1600.000001", "and yesterday?")).await;
    let asked: Vec<_> = house.conversations.asked().into_iter().map(|asked| asked.question).collect();
    assert_eq!(asked, ["how is it?", "and yesterday?"]);
}

#[tokio::test(start_paused = true)]
async fn people_without_a_role_are_told_once_and_programs_never() {
    for (user, whispers) in [("UG", 1), ("UX", 1), ("UB", 0)] {
        let house = House::new();
        let talk = house.replica();
        for ts in ["1700.000001", "1700.000002"] {
            house.handled(&talk, &received_mention(message("C1", ts, user, "<@UBOT> how is it?"))).await;
        }
        assert!(house.conversations.asked().is_empty(), "{user}");
        assert_eq!(house.slack.calls_of("chat.postEphemeral").len(), whispers, "{user}");
        assert!(house.slack.calls_of("chat.postMessage").is_empty(), "{user}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_question_gets_help_and_costs_nothing() {
    let house = House::new();
    let received = received_mention(message("C1", "1700.000001", "U1", " <@UBOT> "));
    house.handled(&house.replica(), &received).await;
    assert!(house.answer(&received).contains("Ask me anything"));
    assert!(house.conversations.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_text_that_could_not_be_read_is_fetched() {
    let house = House::new();
    house.slack.message_is("C1", seen("1700.000001", None, None, "<@UBOT> what of this?"));
    let mut unread = message("C1", "1700.000001", "U1", "");
    unread.text = None;
    house.handled(&house.replica(), &received_mention(unread)).await;
    assert_eq!(house.conversations.asked()[0].question, "what of this?");
}

#[tokio::test(start_paused = true)]
async fn what_another_app_posted_is_quoted_and_what_a_person_wrote_is_not() {
    for (bot, quoted) in [(Some("B2"), Some("FIRING: CheckoutDown")), (None, None), (Some("BBOT"), None)] {
        let house = House::new();
        house.slack.message_is("C1", seen("1600.000001", None, bot, "FIRING: CheckoutDown"));
        let mut below = message("C1", "1700.000001", "U1", "<@UBOT> why?");
        below.thread = Some("1600.000001".into());
        house.handled(&house.replica(), &received_mention(below)).await;
        assert_eq!(house.conversations.asked()[0].quoted.as_deref(), quoted, "{bot:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mention_alone_below_an_alert_asks_what_is_wrong() {
    let house = House::new();
    house.slack.message_is("C1", seen("1600.000001", None, Some("B2"), "FIRING: CheckoutDown"));
    let mut below = message("C1", "1700.000001", "U1", "<@UBOT>");
    below.thread = Some("1600.000001".into());
    house.handled(&house.replica(), &received_mention(below)).await;
    assert_eq!(house.conversations.asked()[0].question, "What is wrong here, and why?");
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_refuses_is_told() {
    let house = House::new();
    house.conversations.answers(Err(AskError::Refused { why: "the day's tokens are used up".into() }));
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    house.handled(&house.replica(), &received).await;
    assert!(house.answer(&received).contains("the day's tokens are used up"));
}

#[tokio::test(start_paused = true)]
async fn no_text_of_others_pings_or_links() {
    let house = House::new();
    let hostile = "<!channel> <@U2> <https://evil.example|click> & ```";
    house.conversations.answers(Ok(told("t", answer(hostile))));
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> <!here> hm?"));
    house.handled(&house.replica(), &received).await;
    for call in house.slack.calls().iter().filter(|call| call.method.starts_with("chat.")) {
        for forbidden in ["<!channel", "<!here", "<@U2", "<https://evil"] {
            assert!(!call.said.contains(forbidden), "{forbidden} in {}", call.said);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_earlier_question_of_a_member_was_taken_for_one_of_the_stranger_who_wrote_the_next() {
    let house = House::new();
    let talk = house.replica();
    house.slack.message_is("C1", seen("1700.000001", None, None, "<@UBOT> first?"));
    let mut second = message("C1", "1700.000002", "UX", "<@UBOT> second?");
    (second.thread, second.team) = (Some("1700.000001".to_owned()), Some("T2".to_owned()));
    talk.handle(&received_mention(second), 1).await.unwrap_err();
    let lane: domain::lane::Lane =
        ports::store::record::load(&*house.store, "C1/1700.000001").await.unwrap().unwrap().value;
    let first: crate::incoming::Received = serde_json::from_value(lane.entries[0].body.clone()).unwrap();
    house.handled(&talk, &first).await;
    assert!(house.answer(&first).contains("All is well"));
}

#[tokio::test(start_paused = true)]
async fn a_follow_up_got_no_answer_while_the_store_was_away() {
    let house = House::new();
    let door = Door::of(house.store.clone());
    let talk = house.replica_behind(&door);
    house.handled(&talk, &received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"))).await;
    door.shut(true);
    let reply = |ts: &str, thread: &str| {
        received_message(Message { thread: Some(thread.to_owned()), ..message("C1", ts, "U1", "and yesterday?") })
    };
    let (ours, other) = (reply("1700.000002", "1700.000001"), reply("1700.000003", "1600.000001"));
    house.handled(&talk, &ours).await;
    assert!(house.answer(&ours).contains("All is well"));
    house.handled(&talk, &other).await;
    assert_eq!(house.conversations.asked().len(), 2, "a thread that is not ours stays quiet");
}
