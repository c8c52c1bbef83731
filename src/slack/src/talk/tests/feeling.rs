//! Thumbs and what stands behind the buttons.

use super::house::House;
use crate::incoming::{Body, Received};
use crate::talk::names::turn_of;
use crate::testing::{answer, message, noon, press, received, received_mention};
use domain::conversation::turn::{Asked, Thumb, Turn};
use domain::disclosure::Disclosure;
use slack_view::actions;

const ENTRY: &str = "message:C1/1700.000001";

fn reaction(id: &str, name: &str, user: &str, message: &str, is_added: bool) -> Received {
    let (name, user, message) = (name.to_owned(), user.to_owned(), message.to_owned());
    received(id, Body::Reaction { is_added, name, user, channel: "C1".into(), message })
}

#[tokio::test(start_paused = true)]
async fn thumbs_under_an_answer_go_to_its_turn() {
    for (name, user, is_added, on_answer, thumb) in [
        ("+1", "U1", true, true, Some(Thumb::Up)),
        ("thumbsup", "U2", true, true, Some(Thumb::Up)),
        ("-1", "U1", true, true, Some(Thumb::Down)),
        ("thumbsdown", "U1", true, true, Some(Thumb::Down)),
        ("+1", "U1", false, true, None),
        ("tada", "U1", true, true, None),
        ("+1", "U1", true, false, None),
        ("+1", "UBOT", true, true, None),
        ("+1", "UG", true, true, None),
        ("+1", "UB", true, true, None),
    ] {
        let house = House::new();
        let talk = house.replica();
        let asked = received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"));
        house.handled(&talk, &asked).await;
        let ts = house.slack.keyed(&format!("answer:{ENTRY}"))[0].ts.clone();
        let on = if on_answer { ts.as_str() } else { "1700.000001" };
        house.handled(&talk, &reaction("r1", name, user, on, is_added)).await;
        let fed: Vec<_> = house.conversations.fed_back();
        assert_eq!(fed.first().map(|(_, feedback)| feedback.thumb), thumb, "{name} of {user}");
        assert!(fed.iter().all(|(turn, _)| *turn == turn_of(ENTRY)), "{name} of {user}");
    }
}

#[tokio::test(start_paused = true)]
async fn thanks_are_given_once_and_quietly() {
    let house = House::new();
    let talk = house.replica();
    house.handled(&talk, &received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"))).await;
    let ts = house.slack.keyed(&format!("answer:{ENTRY}"))[0].ts.clone();
    house.handled(&talk, &reaction("r1", "+1", "U1", &ts, true)).await;
    house.handled(&talk, &reaction("r2", "-1", "U1", &ts, true)).await;
    let button = press(actions::HELPFUL, &turn_of(ENTRY), "U1", "C1", &ts);
    house.handled(&talk, &received("p1", Body::Press(button))).await;
    assert_eq!(house.conversations.fed_back().len(), 3, "each word counts");
    assert_eq!(house.slack.calls_of("chat.postEphemeral").len(), 1);
    house.handled(&talk, &reaction("r3", "+1", "U2", &ts, true)).await;
    assert_eq!(house.slack.calls_of("chat.postEphemeral").len(), 2, "another person");
}

fn kept_turn() -> Turn {
    let asked = Asked {
        id: "t1".into(),
        conversation: "c1".into(),
        person: "slack:U1".into(),
        channel: "slack:C1/1".into(),
        question: "how is it?".into(),
        at: noon(),
    };
    Turn::of(asked, answer("All is well."), Disclosure::default(), noon())
}

#[tokio::test(start_paused = true)]
async fn details_open_for_those_who_may_ask() {
    for action in [actions::EVIDENCE, actions::COST, actions::WHOLE] {
        for (user, turn, opens) in [("U1", "t1", true), ("U2", "t1", true), ("UG", "t1", false), ("U1", "gone", false)]
        {
            let house = House::new();
            house.conversations.keeps(kept_turn(), Vec::new());
            let pressed = received("p1", Body::Press(press(action, turn, user, "C1", "1800.000001")));
            house.handled(&house.replica(), &pressed).await;
            assert_eq!(house.slack.calls_of("views.open").len(), usize::from(opens), "{action} by {user} of {turn}");
            let told = house.slack.calls_of("response_url").len();
            assert_eq!(told, usize::from(!opens), "{action} by {user} of {turn}: who sees nothing is told why");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn details_that_cannot_be_read_were_looked_for_again_long_after_the_press() {
    let house = House::new();
    house.conversations.is_away();
    let pressed = received("p1", Body::Press(press(actions::EVIDENCE, "t1", "U1", "C1", "1800.000001")));
    house.replica().handle(&pressed, 1).await.unwrap();
    assert!(house.slack.calls_of("response_url")[0].said.contains("That did not work"));
    assert!(house.slack.calls_of("views.open").is_empty());
}
