//! Handling an entry again after a crash at any point.

use super::house::House;
use crate::api::ApiError;
use crate::testing::{Door, ScriptedSlack, message, received_mention};
use tokio_util::sync::CancellationToken;

const UNREACHABLE: fn(&str) -> ApiError =
    |method| ApiError::Unreachable { method: method.to_owned(), why: "no route".to_owned() };

#[tokio::test(start_paused = true)]
async fn handling_a_question_again_leaves_one_message() {
    let house = House::new();
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    for _ in 0..3 {
        // Each time another process, which knows nothing but the store.
        house.handled(&house.replica(), &received).await;
    }
    assert!(house.answer(&received).contains("All is well"));
    let turns: Vec<_> = house.conversations.asked().into_iter().map(|asked| asked.turn).collect();
    assert!(turns.windows(2).all(|pair| pair[0] == pair[1]), "the turn is the same one: {turns:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stands_is_not_made_a_sign_again() {
    let house = House::new();
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    house.handled(&house.replica(), &received).await;
    let before = house.slack.calls().len();
    house.handled(&house.replica(), &received).await;
    let after = house.slack.calls().split_off(before);
    let written = after.iter().filter(|call| call.method.starts_with("chat."));
    for call in written {
        assert!(call.said.contains("All is well"), "{call:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_in_its_turn_leaves_the_question_to_the_next() {
    let house = House::new();
    house.conversations.waits_for_stop();
    let (stop, received) =
        (CancellationToken::new(), received_mention(message("C1", "1700.000001", "U1", "<@UBOT> hm?")));
    let dying = house.replica_until(stop.clone());
    let (outcome, ()) = tokio::join!(dying.handle(&received, 1), async {
        house.conversations.begun().await;
        stop.cancel();
    });
    assert!(outcome.is_err(), "it is handed back");
    let standing = house.slack.keyed(&format!("answer:{}", received.id));
    assert!(!standing[0].text.to_lowercase().contains("stopped"), "nobody stopped it: {}", standing[0].text);
    let next = House { conversations: Default::default(), ..house };
    let talk = next.replica();
    talk.handle(&received, 2).await.unwrap();
    next.flush(&talk).await;
    assert!(next.answer(&received).contains("All is well"));
}

#[tokio::test(start_paused = true)]
async fn each_call_that_fails_once_costs_no_answer_and_doubles_none() {
    for method in
        ["auth.test", "users.info", "usergroups.list", "chat.postMessage", "chat.update", "conversations.replies"]
    {
        let house = House::new();
        house.slack.fail_next(method, UNREACHABLE(method));
        let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
        let talk = house.replica();
        house.handled(&talk, &received).await;
        // What failed in the first minute is sent in the second.
        house.flush(&talk).await;
        assert!(house.answer(&received).contains("All is well"), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn slack_away_at_the_end_keeps_the_answer() {
    let house = House::new();
    house.slack.fail_always("chat.update", UNREACHABLE("chat.update"));
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    let talk = house.replica();
    house.handled(&talk, &received).await;
    assert!(!house.answer(&received).contains("All is well"));
    house.slack.heal();
    house.flush(&talk).await;
    assert!(house.answer(&received).contains("All is well"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_tried_for_ever() {
    let house = House::new();
    house.slack.fail_always("chat.postMessage", ScriptedSlack::refusal("chat.postMessage", "not_in_channel"));
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    house.handled(&house.replica(), &received).await;
    assert!(house.slack.keyed(&format!("answer:{}", received.id)).is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_question_was_answered_while_the_store_was_away() {
    let house = House::new();
    let door = Door::of(house.store.clone());
    let talk = house.replica_behind(&door);
    let question = |ts: &str, channel: &str| received_mention(message(channel, ts, "U1", "<@UBOT> how is it?"));
    house.handled(&talk, &question("1700.000001", "C1")).await;
    door.shut(true);
    let (known, unknown) = (question("1700.000002", "C1"), question("1700.000003", "C2"));
    house.handled(&talk, &known).await;
    assert!(house.answer(&known).contains("All is well"));
    house.handled(&talk, &unknown).await;
    let told = house.answer(&unknown);
    assert!(told.contains("settings of this channel cannot be read"), "nothing wider than a channel allows: {told}");
    assert_eq!(house.conversations.asked().len(), 2);
    // Another process, after a crash, finds the answer in the thread and waits for the store instead of doubling it.
    let next = house.replica_behind(&door);
    next.handle(&known, 2).await.unwrap_err();
    door.shut(false);
    house.flush(&talk).await;
    house.handled(&next, &known).await;
    assert!(house.answer(&known).contains("All is well"));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_was_given_up_said_for_ever_that_somebody_is_looking() {
    let house = House::new();
    let talk = house.replica();
    let received = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> is all well?"));
    house.handled(&talk, &received).await;
    talk.give_up(&received).await;
    house.flush(&talk).await;
    assert!(house.answer(&received).contains("no answer"), "{}", house.answer(&received));
    let other = received_mention(message("C1", "1700.000009", "U1", "<@UBOT> and now?"));
    talk.give_up(&other).await;
    assert!(
        house.slack.keyed(&format!("answer:{}", other.id)).is_empty(),
        "nothing stands there, and nothing is begun"
    );
}
