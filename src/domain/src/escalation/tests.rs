//! Places in turn, again and again, and never twice where it was told.

use super::*;
use proptest::prelude::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn new(places: &[&str]) -> Escalation {
    let message = Message {
        key: "INC-7.escalation.0".to_owned(),
        about: "INC-7".to_owned(),
        environment: "prod".to_owned(),
        text: "INC-7 needs people.".to_owned(),
        is_over: false,
        only_while: None,
    };
    Escalation::new(message, places.iter().map(|place| (*place).to_owned()).collect(), at(0))
}

/// Makes an attempt that ends at once.
fn tried(escalation: &Escalation, outcome: Outcome, now: DateTime<Utc>) -> (Escalation, String) {
    let (begun, attempt) = escalation.begin(now).unwrap();
    (begun.ended(&attempt, outcome, now), attempt.place)
}

fn failed() -> Outcome {
    Outcome::Failed("away".to_owned())
}

#[test]
fn destinations_are_read_as_they_are_written() {
    for text in ["slack:C0123456789", "slack:G1", "webhook:pager", "webhook:Pager_2.eu"] {
        assert_eq!(Destination::parse(text).map(|read| read.to_string()).as_deref(), Some(text));
    }
    for text in ["", "slack:", "slack:C", "slack:general", "slack:U123", "webhook:", "webhook:a b", "mail:x", "C012"] {
        assert_eq!(Destination::parse(text), None, "{text}");
    }
}

#[test]
fn each_place_is_tried_twice_then_the_next_and_then_all_again_later() {
    let mut escalation = new(&["a", "b"]);
    let mut places = Vec::new();
    for _ in 0..4 {
        let (next, place) = tried(&escalation, failed(), escalation.next_at);
        places.push(place);
        escalation = next;
    }
    assert_eq!(places, ["a", "a", "b", "b"]);
    assert_eq!((escalation.state, escalation.rounds), (Standing::Nobody, 1));
    assert_eq!(escalation.failures(), "a: away; b: away");
    // A pause after each of the two first attempts at a place, then that of the round.
    assert_eq!(escalation.next_at, at(2) + FIRST_ROUND_PAUSE);
    let (told, place) = tried(&escalation, Outcome::Told("202".to_owned()), escalation.next_at);
    assert_eq!((told.state, place.as_str(), told.told_at()), (Standing::Told, "a", Some("a")));
    assert_eq!(told.begin(at(9_999)), None, "what was told is not told again");
}

#[test]
fn a_place_that_will_not_take_it_is_left_at_once() {
    let (next, _) = tried(&new(&["a", "b"]), Outcome::Refused("not in the channel".to_owned()), at(0));
    assert_eq!((next.begin(at(0)).unwrap().1.place.as_str(), next.next_at), ("b", at(0)));
}

#[test]
fn one_attempt_at_a_time_and_a_late_success_counts() {
    let (begun, first) = new(&["a", "b"]).begin(at(0)).unwrap();
    assert_eq!(begun.begin(at(1)), None, "another is under way");
    let (again, second) = begun.begin(at(31)).unwrap();
    assert_eq!((first.number, second.number), (1, 2));
    assert_eq!(again.ended(&first, failed(), at(32)), again, "a late failure says nothing");
    assert_eq!(again.ended(&first, Outcome::Told("yes".to_owned()), at(32)).state, Standing::Told);
}

#[test]
fn other_places_begin_anew_and_only_while_nobody_was_told() {
    let (once, _) = tried(&new(&["a", "b"]), failed(), at(0));
    let moved = once.clone().at_places(&["c".to_owned()]);
    assert_eq!(moved.begin(at(1)).unwrap().1.place, "c");
    let (told, _) = tried(&once, Outcome::Told("yes".to_owned()), at(1));
    assert_eq!(told.clone().at_places(&["c".to_owned()]), told);
}

#[test]
fn what_was_given_up_was_never_tried_again_although_it_was_asked_for() {
    let mut given_up = new(&["a"]);
    while given_up.state != Standing::GivenUp {
        given_up = tried(&given_up, failed(), given_up.next_at).0;
    }
    let monday = at(60 * 3_600);
    let again = given_up.clone().asked_again(&given_up.message, &given_up.places, monday);
    assert_eq!(
        (again.state, again.opened_at),
        (Standing::Nobody, at(0)),
        "it stays told as something that nobody was told"
    );
    assert_eq!(again.failures(), "a: away");
    // It has a whole day again.
    let mut later = again.clone();
    while later.state == Standing::Nobody {
        later = tried(&later, failed(), later.next_at).0;
    }
    assert_eq!(later.state, Standing::GivenUp);
    assert!(later.changed_at - monday >= GIVEN_UP_AFTER, "{}", later.changed_at - monday);
    let (told, _) = tried(&again, Outcome::Told("yes".to_owned()), monday);
    assert_eq!(told.clone().asked_again(&told.message, &told.places, monday), told, "what was told is not told again");
}

#[test]
fn what_is_not_so_any_more_ends_untold_and_begins_anew_where_it_is_so_again() {
    let (begun, attempt) = new(&["a"]).begin(at(0)).unwrap();
    assert_eq!(begun.lapsed(at(1)), None, "it is just being told");
    let once = begun.ended(&attempt, failed(), at(2));
    let lapsed = once.lapsed(at(3)).unwrap();
    assert_eq!((lapsed.state, lapsed.begin(at(9_999)), lapsed.lapsed(at(4))), (Standing::Lapsed, None, None));
    // A place that took it after all: people were told.
    assert_eq!(lapsed.ended(&attempt, Outcome::Told("yes".to_owned()), at(4)).state, Standing::Told);
    let anew = lapsed.asked_again(&once.message, &once.places, at(5));
    assert_eq!((anew.state, anew.opened_at, anew.begin(at(5)).unwrap().1.number), (Standing::Sending, at(5), 2));
}

#[test]
fn each_place_that_took_it_is_known() {
    let (begun, late) = new(&["a", "b"]).begin(at(0)).unwrap();
    let (again, second) = begun.at_places(&["b".to_owned()]).begin(at(31)).unwrap();
    let told = Outcome::Told("yes".to_owned());
    let both = again.ended(&second, told.clone(), at(32)).ended(&late, told, at(33));
    assert_eq!((both.told_places().collect::<Vec<_>>(), both.told_at()), (vec!["b", "a"], Some("a")));
    assert_eq!(both.ended(&late, failed(), at(34)), both);
}

#[test]
fn without_a_place_nothing_begins_and_that_is_told() {
    let nowhere = new(&[]);
    assert_eq!(nowhere.begin(at(0)), None);
    assert_eq!(nowhere.failures(), "no place was tried yet");
}

proptest! {
    #[test]
    fn whatever_fails_the_pauses_stay_under_the_cap_and_nothing_is_silent(
        outcomes in prop::collection::vec(any::<bool>(), 1..300),
        places in 1_usize..5,
    ) {
        let names: Vec<String> = (0..places).map(|number| format!("p{number}")).collect();
        let named: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut escalation = new(&named);
        for refused in outcomes {
            let now = escalation.next_at;
            let Some((begun, attempt)) = escalation.begin(now) else {
                prop_assert_eq!(escalation.state, Standing::GivenUp);
                prop_assert!(now - escalation.opened_at >= GIVEN_UP_AFTER);
                break;
            };
            let outcome = if refused { Outcome::Refused("é".repeat(600)) } else { failed() };
            let next = begun.ended(&attempt, outcome, now);
            prop_assert!(next.next_at - now <= LONGEST_PAUSE);
            prop_assert!(next.tried.len() <= KEPT && next.busy_until.is_none());
            prop_assert!(next.rounds == 0 || matches!(next.state, Standing::Nobody | Standing::GivenUp));
            escalation = next;
        }
    }
}
