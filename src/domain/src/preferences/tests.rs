//! Which preference holds.

use super::*;

#[test]
fn the_persons_own_zone_goes_before_that_of_the_surface() {
    let set = |zone: Option<&str>| Preferences { zone: zone.map(ToOwned::to_owned), ..Preferences::of("slack:U1") };
    let cases = [
        (Some("Asia/Kolkata"), Some("Europe/London"), Some(Tz::Asia__Kolkata)),
        (None, Some("Europe/London"), Some(Tz::Europe__London)),
        (Some("Mars/Olympus"), Some("Europe/London"), Some(Tz::Europe__London)),
        (None, Some("Mars/Olympus"), None),
        (None, None, None),
    ];
    for (own, of_surface, expected) in cases {
        assert_eq!(set(own).zone_or(of_surface), expected, "{own:?} {of_surface:?}");
    }
}

#[test]
fn a_zone_that_is_none_is_told() {
    let told = |zone: &str| Preferences { zone: Some(zone.to_owned()), ..Preferences::of("slack:U1") }.mistakes();
    assert_eq!(told("Europe/Berlin"), []);
    assert_eq!(told("Berlin")[0].field, "zone");
}

#[test]
fn what_is_kept_without_a_field_is_read() {
    let kept: Preferences = serde_json::from_str(r#"{"person": "slack:U1"}"#).unwrap();
    assert_eq!(kept, Preferences::of("slack:U1"));
}
