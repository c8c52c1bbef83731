//! What stands before what, and why it says so.

use super::*;
use crate::memory::entry::{Draft, Kind};
use chrono::TimeDelta;
use proptest::prelude::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn entry(name: &str, kind: Kind, days: i64) -> Entry {
    let draft = Draft {
        kind,
        title: name.to_owned(),
        text: String::new(),
        names: vec![name.to_owned()],
        source: name.to_owned(),
        person: None,
        created_at: now() - TimeDelta::days(days),
    };
    Entry::of(draft, now())
}

fn at(place: usize, entry: Entry) -> Found {
    Found { entry, by_words: Some(place), by_related: None, by_meaning: None }
}

fn titles(ranked: &[(Entry, Why)]) -> Vec<&str> {
    ranked.iter().map(|(entry, _)| entry.title.as_str()).collect()
}

#[test]
fn what_both_lists_hold_goes_before_what_one_holds() {
    let both = Found { by_meaning: Some((3, 0.5)), ..at(3, entry("both", Kind::Runbook, 0)) };
    let words = at(1, entry("words", Kind::Runbook, 0));
    let meaning = Found {
        entry: entry("meaning", Kind::Runbook, 0),
        by_words: None,
        by_related: None,
        by_meaning: Some((1, 0.9)),
    };
    let ranked = ranked("x", vec![words, meaning, both], now());
    assert_eq!(titles(&ranked).first(), Some(&"both"));
}

#[test]
fn related_words_bring_an_entry_and_count_half() {
    let list = |scores: &[(&str, f64)]| scores.iter().map(|(id, score)| ((*id).to_owned(), *score)).collect::<Vec<_>>();
    let blended = blended(&list(&[("a", 3.0), ("b", 2.0), ("c", 1.0)]), &list(&[("b", 5.0), ("d", 3.0), ("a", 3.0)]));
    let told: Vec<(&str, bool)> = blended.iter().map(|(id, is_said)| (id.as_str(), *is_said)).collect();
    assert_eq!(told, [("b", true), ("a", true), ("d", false), ("c", true)]);
}

#[test]
fn a_literal_name_goes_first_whatever_the_rest_says() {
    let found = vec![
        Found { by_meaning: Some((1, 0.99)), ..at(1, entry("page", Kind::Runbook, 0)) },
        at(50, entry("ORA-00942", Kind::Turn, 900)),
    ];
    let ranked = ranked("we got ora-00942", found, now());
    assert_eq!(titles(&ranked), ["ORA-00942", "page"]);
    assert_eq!(
        ranked.iter().map(|(_, why)| why.to_string()).collect::<Vec<_>>(),
        ["names ORA-00942; by words, place 50; 900 days old", "by words, place 1; by meaning, place 1 (0.99)"]
    );
}

#[test]
fn votes_move_an_entry_and_not_without_bound() {
    let voted = |helpful, unhelpful| Entry { helpful, unhelpful, ..entry("voted", Kind::Runbook, 0) };
    let order = |voted, place| {
        let others =
            (1..30).filter(|other| *other != place).map(|place| at(place, entry(&place.to_string(), Kind::Runbook, 0)));
        let found = others.chain([at(place, voted)]).collect();
        titles(&ranked("x", found, now())).iter().position(|title| *title == "voted")
    };
    assert_eq!(order(voted(0, 0), 3), Some(2));
    assert_eq!(order(voted(1, 0), 3), Some(0));
    assert_eq!(order(voted(0, 1), 1), Some(3));
    assert!(order(voted(u32::MAX, 0), 29) > Some(5), "votes alone do not bring to the top what the words do not");
}

#[test]
fn age_counts_except_for_runbooks() {
    let order = |kind| {
        let found = vec![at(1, entry("old", kind, 2_000)), at(2, entry("new", kind, 0))];
        titles(&ranked("x", found, now())).first().map(|title| (*title).to_owned())
    };
    assert_eq!(order(Kind::Runbook).as_deref(), Some("old"));
    for kind in [Kind::Turn, Kind::Incident, Kind::PostMortem, Kind::Note] {
        assert_eq!(order(kind).as_deref(), Some("new"), "{kind}");
    }
}

#[test]
fn an_entry_from_the_future_is_of_today() {
    let ranked = ranked("x", vec![at(1, entry("a", Kind::Turn, -5))], now());
    assert!(ranked.iter().all(|(_, why)| why.age_days.is_none_or(|days| days == 0) && why.score <= 1.0 / FUSION));
}

proptest! {
    #[test]
    fn factors_are_bounded(helpful: u32, unhelpful: u32, days in -10_000_i64..100_000) {
        let votes = votes_factor(helpful, unhelpful);
        prop_assert!((1.0 - VOTES_SPAN..=1.0 + VOTES_SPAN).contains(&votes));
        prop_assert!(votes_factor(helpful.saturating_add(1), unhelpful) >= votes);
        for kind in Kind::ALL {
            prop_assert!((AGE_FLOOR..=1.0).contains(&age_factor(&entry("a", kind, days), now())));
        }
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_of_arrival(places in proptest::collection::vec(1_usize..6, 1..8)) {
        let found: Vec<Found> = places
            .iter()
            .enumerate()
            .map(|(number, place)| at(*place, entry(&number.to_string(), Kind::Note, number as i64)))
            .collect();
        let reversed = found.iter().rev().cloned().collect();
        prop_assert_eq!(ranked("x", found, now()), ranked("x", reversed, now()));
    }
}
