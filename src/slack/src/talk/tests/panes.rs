//! The assistant pane: suggestions, status, title, streams, and workspaces that lack them.

use super::house::House;
use crate::api::ApiError;
use crate::incoming::{Body, Message, Received};
use crate::testing::{Door, ScriptedSlack, message, received, received_message};
use domain::evidence::{EvidenceId, ToolCall};
use domain::incident::Incident;
use ports::progress::TurnEvent;
use serde_json::json;
use tokio_util::sync::CancellationToken;

fn asked(number: usize) -> Received {
    received_message(Message {
        channel_type: Some("im".into()),
        thread: Some("1700.000000".into()),
        ..message("D1", &format!("1700.{number:06}"), "U1", "how is it?")
    })
}

fn opened(user: &str) -> Received {
    let (channel, thread) = ("D1".to_owned(), "1700.000000".to_owned());
    received("a1", Body::Assistant { user: user.into(), channel, thread, looking_at: None, is_new: true })
}

#[tokio::test(start_paused = true)]
async fn an_opened_pane_suggests_what_to_ask_to_those_who_may() {
    for (user, suggests) in [("U1", 1), ("UG", 0), ("UX", 0)] {
        let house = House::new();
        house.handled(&house.replica(), &opened(user)).await;
        assert_eq!(house.slack.calls_of("assistant.threads.setSuggestedPrompts").len(), suggests, "{user}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_suggestion_named_an_incident_that_the_person_may_not_see() {
    let incident = |environment: &str| Incident {
        environment: environment.to_owned(),
        title: format!("{environment} is slow"),
        ..crate::desk::tests::world::World::incident()
    };
    let house = House { incidents: vec![incident("vault"), incident("dev")], ..House::new() };
    house.handled(&house.replica(), &opened("U1")).await;
    let suggested = &house.slack.calls_of("assistant.threads.setSuggestedPrompts")[0].said;
    assert!(suggested.contains("dev is slow") && !suggested.contains("vault"), "{suggested}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_streamed_and_stands_in_the_end_as_the_bound_one() {
    let house = House::new();
    house.conversations.tells(vec![
        TurnEvent::LookStarted { id: EvidenceId(1), call: ToolCall::new("kubernetes_list", json!({})) },
        TurnEvent::Text("Hm, <!channel>".into()),
    ]);
    let question = asked(1);
    house.handled(&house.replica(), &question).await;
    assert_eq!(house.slack.calls_of("chat.startStream").len(), 1);
    assert_eq!(house.slack.calls_of("chat.stopStream").len(), 1);
    assert!(house.slack.calls_of("chat.postMessage").is_empty(), "the stream is the message");
    let standing = house.slack.standing("D1");
    assert_eq!(standing.len(), 1);
    assert!(standing[0].text.contains("All is well"));
    assert!(house.slack.calls().iter().all(|call| !call.said.contains("<!channel")));
    let statuses: Vec<_> =
        house.slack.calls_of("assistant.threads.setStatus").into_iter().map(|call| call.said).collect();
    assert_eq!(statuses.len(), 2);
    assert_eq!(statuses[1], "", "taken away in the end");
    assert_eq!(house.slack.calls_of("assistant.threads.setTitle")[0].said, "how is it?");
}

#[tokio::test(start_paused = true)]
async fn a_workspace_that_lacks_streams_is_asked_once_and_edits_do() {
    for code in ["unknown_method", "missing_scope", "feature_not_enabled"] {
        let house = House::new();
        house.slack.fail_always("chat.startStream", ScriptedSlack::refusal("chat.startStream", code));
        house
            .slack
            .fail_always("assistant.threads.setStatus", ScriptedSlack::refusal("assistant.threads.setStatus", code));
        let talk = house.replica();
        for number in 1..=3 {
            house.handled(&talk, &asked(number)).await;
            assert!(house.answer(&asked(number)).contains("All is well"), "{code}");
        }
        assert_eq!(house.slack.calls_of("chat.startStream").len(), 1, "{code}");
        assert_eq!(house.slack.calls_of("assistant.threads.setStatus").len(), 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_process_died_before_keeping_it_is_taken_over() {
    use crate::api::Slack as _;
    let house = House::new();
    let question = asked(1);
    let ts = house.slack.start_stream("D1", "1700.000000", "U1", "T1").await.unwrap();
    let talk = house.replica();
    talk.handle(&question, 2).await.unwrap();
    house.flush(&talk).await;
    assert_eq!(house.slack.calls_of("chat.startStream").len(), 1, "no second one");
    let standing = house.slack.standing("D1");
    assert_eq!(standing.len(), 1);
    assert_eq!(standing[0].ts, ts);
    assert!(standing[0].text.contains("All is well"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_half_way_is_edited_on() {
    let house = House::new();
    house.conversations.tells(vec![TurnEvent::Text("Hm".into())]);
    house.slack.fail_always(
        "chat.appendStream",
        ScriptedSlack::refusal("chat.appendStream", "message_not_in_streaming_state"),
    );
    house.handled(&house.replica(), &asked(1)).await;
    let standing = house.slack.standing("D1");
    assert_eq!(standing.len(), 1);
    assert!(standing[0].text.contains("All is well"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_was_lost_whose_process_died_while_its_message_was_streamed() {
    let house = House::new();
    house.conversations.waits_for_stop();
    let (stop, question) = (CancellationToken::new(), asked(1));
    let dying = house.replica_until(stop.clone());
    let (outcome, ()) = tokio::join!(dying.handle(&question, 1), async {
        house.conversations.begun().await;
        stop.cancel();
    });
    assert!(outcome.is_err(), "it is handed back");
    let next = House { conversations: Default::default(), ..house };
    let talk = next.replica();
    // Slack limits the end of the stream once: as long as it goes on, no edit of its message is taken.
    let wait = std::time::Duration::from_secs(1);
    next.slack.fail_next("chat.stopStream", ApiError::Limited { method: "chat.stopStream".into(), retry_after: wait });
    talk.handle(&question, 2).await.unwrap();
    next.flush(&talk).await;
    let standing = next.slack.standing("D1");
    assert_eq!(standing.len(), 1);
    assert!(standing[0].text.contains("All is well"), "{}", standing[0].text);
}

#[tokio::test(start_paused = true)]
async fn the_streamed_message_of_another_question_was_taken_over() {
    let house = House::new();
    let talk = house.replica();
    let limited = ApiError::Unreachable { method: "chat.update".into(), why: "no route".into() };
    house.slack.fail_always("chat.update", limited);
    house.handled(&talk, &asked(1)).await;
    // The first answer waits, so that its message has no key yet; the second question is handled again.
    talk.handle(&asked(2), 2).await.unwrap();
    house.slack.heal();
    house.flush(&talk).await;
    let standing = house.slack.standing("D1");
    assert_eq!(standing.len(), 2, "each has a message of its own");
    assert!(standing.iter().all(|seen| seen.text.contains("All is well")), "{standing:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_question_in_the_pane_got_two_messages_while_the_store_was_away() {
    let house = House::new();
    let door = Door::of(house.store.clone());
    let talk = house.replica_behind(&door);
    house.handled(&talk, &asked(1)).await;
    door.shut(true);
    house.handled(&talk, &asked(2)).await;
    assert!(house.answer(&asked(2)).contains("All is well"));
    assert_eq!(house.slack.standing("D1").len(), 2, "one message each");
}
