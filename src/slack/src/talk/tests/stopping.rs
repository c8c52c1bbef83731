//! Who may stop a turn, in this process and from another.

use super::house::House;
use crate::incoming::Body;
use crate::testing::{message, press, received, received_mention};
use slack_view::actions;

const ENTRY: &str = "message:C1/1700.000001";

#[tokio::test(start_paused = true)]
async fn who_asked_or_a_responder_stops_a_turn_and_nobody_else() {
    for (user, stops) in [("U1", true), ("U3", true), ("U2", false), ("UG", false), ("UX", false)] {
        let house = House::new();
        house.conversations.waits_for_stop();
        let talk = house.replica();
        let asked = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
        let pressed = received("press:1", Body::Press(press(actions::STOP, ENTRY, user, "C1", "1800.000001")));
        let asking = talk.handle(&asked, 1);
        let stopping = async {
            house.conversations.begun().await;
            talk.handle(&pressed, 1).await.unwrap();
            if !stops {
                assert_eq!(talk.at_hand(), 1, "{user}: it goes on");
                let told = house.slack.calls_of("response_url");
                assert!(told[0].said.contains("Only who asked"), "{user}");
                assert!(talk.runs.stop(ENTRY, "U1"));
            }
        };
        let (outcome, ()) = tokio::join!(asking, stopping);
        assert!(outcome.is_ok(), "{user}");
        house.flush(&talk).await;
        let by = if stops { user } else { "U1" };
        assert!(house.answer(&asked).contains(&format!("<@{by}>")), "{user}: {}", house.answer(&asked));
        assert_eq!(talk.at_hand(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_stopped_from_another_replica_over_the_bus() {
    let mut house = House::new();
    house.bus = Some(crate::testing::bus());
    house.conversations.waits_for_stop();
    let (working, other) = (house.replica(), house.replica());
    let asked = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    let pressed = received("press:1", Body::Press(press(actions::STOP, ENTRY, "U1", "C1", "1800.000001")));
    let stopping = async {
        house.conversations.begun().await;
        other.handle(&pressed, 1).await.unwrap();
    };
    let both = async { tokio::join!(working.handle(&asked, 1), stopping) };
    let (outcome, ()) = tokio::select! {
        both = both => both,
        () = working.watch() => panic!("it hears until the end"),
    };
    assert!(outcome.is_ok());
    house.flush(&working).await;
    assert!(house.answer(&asked).contains("<@U1>"));
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_while_its_process_was_dead_is_not_begun_again() {
    let house = House::new();
    crate::talk::kept::begin(&*house.store, ENTRY, "slack:U1", crate::testing::noon()).await.unwrap();
    let talk = house.replica();
    let pressed = received("press:1", Body::Press(press(actions::STOP, ENTRY, "U1", "C1", "1800.000001")));
    talk.handle(&pressed, 1).await.unwrap();
    let asked = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
    talk.handle(&asked, 2).await.unwrap();
    house.flush(&talk).await;
    assert!(house.conversations.asked().is_empty());
    assert!(house.answer(&asked).contains("<@U1>"));
}

#[tokio::test(start_paused = true)]
async fn a_press_on_what_ended_says_so() {
    let house = House::new();
    let talk = house.replica();
    house.handled(&talk, &received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"))).await;
    let pressed = received("press:1", Body::Press(press(actions::STOP, ENTRY, "U1", "C1", "1800.000001")));
    house.handled(&talk, &pressed).await;
    assert!(house.slack.calls_of("response_url")[0].said.contains("ended already"));
}
