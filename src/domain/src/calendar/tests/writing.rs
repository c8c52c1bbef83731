//! Windows as they are written and kept.

use super::*;

#[test]
fn what_nobody_can_have_meant_is_refused() {
    let zone: Tz = "UTC".parse().unwrap();
    assert_eq!(Weekly::new(Vec::new(), time("01:00"), time("02:00"), zone), Err(WindowMistake::NoDays));
    let none = Weekly::new(vec![Weekday::Mon], time("09:00"), time("09:00"), zone);
    assert_eq!(none, Err(WindowMistake::NoLength(time("09:00"))));
    let (early, late) = (at("2026-11-21T10:00:00Z"), at("2026-11-21T11:00:00Z"));
    assert_eq!(Once::new(late, early), Err(WindowMistake::Backwards { from: late, to: early }));
    assert_eq!(Once::new(late, late), Err(WindowMistake::Backwards { from: late, to: late }));
}

#[test]
fn a_window_is_read_back_as_it_was_written() {
    let once = Once::new(at("2026-11-23T10:00:00Z"), at("2026-11-23T11:00:00Z")).unwrap();
    let windows = vec![
        Window::Weekly(weekly(&[Weekday::Sat, Weekday::Sun], "22:30", "02:00", "Europe/Berlin")),
        Window::Once(once),
    ];
    let text = serde_json::to_string(&windows).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Window>>(&text).unwrap(), windows);
}

#[test]
fn what_is_read_is_checked_as_what_is_made() {
    for (text, told) in [
        (
            r#"{"kind":"weekly","days":["Mon"],"from":"01:00","to":"02:00","zone":"Mars/Olympus"}"#,
            "no time zone is named",
        ),
        (r#"{"kind":"weekly","days":[],"from":"01:00","to":"02:00","zone":"UTC"}"#, "names no day"),
        (r#"{"kind":"weekly","days":["Mon"],"from":"01:00","to":"01:00","zone":"UTC"}"#, "when it begins"),
        (r#"{"kind":"weekly","days":["Mon"],"from":"25:00","to":"01:00","zone":"UTC"}"#, "out of range"),
        (r#"{"kind":"once","from":"2026-11-21T10:00:00Z","to":"2026-11-21T10:00:00Z"}"#, "not after its beginning"),
        (r#"{"kind":"once","from":"2026-11-21T10:00:00Z","to":"2026-11-21T11:00:00Z","zone":"UTC"}"#, "unknown field"),
    ] {
        let mistake = serde_json::from_str::<Window>(text).unwrap_err().to_string();
        assert!(mistake.contains(told), "{text}: {mistake}");
    }
}
