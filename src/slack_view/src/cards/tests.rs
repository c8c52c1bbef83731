//! What the cards have in common: times, durations, people.

use super::*;
use chrono::TimeZone as _;

#[test]
fn a_foreign_line_is_one_line_and_never_over_its_limit_after_escaping() {
    for (text, most) in [("a\nb\u{7}c", 80), ("<!channel> & <@U1>", 20), (&"&".repeat(500), 100), ("", 5), ("äöü", 2)]
    {
        let line = line(text, most);
        assert!(line.chars().count() <= most, "{text:?}: {line:?}");
        assert!(!line.contains('\n') && !line.contains("<!") && !line.contains("<@"), "{line:?}");
    }
    assert_eq!(line("Deployment  shop/checkout\n", 80), "Deployment shop/checkout");
}

#[test]
fn a_code_block_is_within_its_limit_ends_with_a_whole_line_and_cannot_be_closed_from_inside() {
    let text = "- image: shop:1\n+ image: ```<!here>\n".repeat(100);
    let (block, is_cut) = code(&text, 400);
    assert!(is_cut && block.chars().count() <= 400, "{block}");
    assert_eq!(block.matches("```").count(), 2, "{block}");
    assert!(!block.contains("<!"), "{block}");
    let (whole, is_cut) = code("+ replicas: 3", 400);
    assert!(!is_cut && whole == "```\n+ replicas: 3\n```", "{whole}");
}

#[test]
fn only_an_id_of_slack_becomes_a_mention() {
    for (id, expected) in [
        ("slack:U0ANNA", "<@U0ANNA>"),
        ("slack:U1> <!channel", "slack:U1&gt; &lt;!channel"),
        ("slack:here", "slack:here"),
        ("scarlet", "Scarlet"),
        ("local:anna", "local:anna"),
    ] {
        assert_eq!(person(id), expected);
    }
}

#[test]
fn times_are_told_in_the_zone_and_durations_in_two_units() {
    let now = Utc.with_ymd_and_hms(2026, 11, 21, 9, 30, 0).unwrap();
    assert_eq!(moment(now, Tz::Europe__Berlin, now), "10:30 CET");
    assert_eq!(moment(now - TimeDelta::hours(12), Tz::Europe__Berlin, now), "20 Nov 22:30 CET");
    for (minutes, expected) in
        [(-5, "under a minute"), (0, "under a minute"), (59, "59 min"), (61, "1 h 1 min"), (1_500, "1 d 1 h")]
    {
        assert_eq!(lasting(TimeDelta::minutes(minutes)), expected);
    }
}
