//! Packing: limits, nothing lost, nothing torn.

use super::*;
use crate::markdown;
use proptest::prelude::*;

/// What is read of finished text: without marks, mark-ups and spaces.
fn read_back(objects: &[String]) -> String {
    bare(&objects.concat().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

fn bare(text: &str) -> String {
    let counts = |character: &char| character.is_alphanumeric() || matches!(character, '<' | '>' | '&' | '@');
    // What stands for a backtick is a letter to Unicode.
    text.chars().filter(|character| counts(character) && *character != '\u{2cb}').collect()
}

fn plain(parts: &[Part]) -> String {
    let text = parts.iter().map(|part| match &part.shape {
        Shape::Line { before, line } => format!("{before}{}", mrkdwn::plain(line)),
        Shape::Heading(line) => mrkdwn::plain(line),
        Shape::Code { text, .. } => escape::clean(text),
    });
    bare(&text.collect::<String>())
}

/// Random text made of what is hard.
fn hard() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("**bold**".to_owned()),
        Just("_it_ ".to_owned()),
        Just("`co<de`".to_owned()),
        Just("\n```rust\nfn a() {}\n<&>\n```\n".to_owned()),
        Just("\n```\n".to_owned()),
        Just("\n\n- item [e1] ".to_owned()),
        Just("\n| a | b |\n|---|---|\n| <1> | & |\n".to_owned()),
        Just("<!channel> & ".to_owned()),
        Just("👩\u{200d}👧🇩🇪e\u{301}".to_owned()),
        Just("x".repeat(150)),
        "[a-z]{1,9} ",
        "\\PC{1,6}",
    ];
    proptest::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn limits_hold_and_nothing_is_lost_or_torn(text in hard(), most in 100usize..400) {
        let parts = markdown::read(&text);
        let objects = pack(&parts, most);
        for object in &objects {
            prop_assert!(length(object) <= most, "{} > {most}: {object}", length(object));
            prop_assert!(!object.trim().is_empty());
            prop_assert_eq!(object.matches("```").count() % 2, 0, "{}", object);
            prop_assert!(!object.contains(['<', '>']));
            let entities = ["&lt;", "&gt;", "&amp;"].iter().map(|entity| object.matches(entity).count()).sum::<usize>();
            prop_assert_eq!(entities, object.matches('&').count(), "{}", object);
        }
        prop_assert_eq!(read_back(&objects), plain(&parts));
    }

    #[test]
    fn characters_as_they_are_read_make_up_the_text(text in "(\\PC|[\u{200d}\u{301}\\n]){0,60}") {
        prop_assert_eq!(clusters(&text).collect::<String>(), text);
    }
}

#[test]
fn no_character_is_torn() {
    for (text, expected) in [
        ("e\u{301}x", vec!["e\u{301}", "x"]),
        ("👩\u{200d}👧!", vec!["👩\u{200d}👧", "!"]),
        ("🇩🇪🇫🇷", vec!["🇩🇪", "🇫🇷"]),
        ("👍🏽", vec!["👍🏽"]),
        ("a\n", vec!["a", "\n"]),
    ] {
        assert_eq!(clusters(text).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn code_that_is_cut_is_closed_and_opened_again() {
    let lines: Vec<String> = (0..40).map(|number| format!("line {number} <x>")).collect();
    let objects = pack(&[Part::code(lines.join("\n"), false)], 200);
    assert!(objects.len() > 2);
    for object in &objects {
        assert!(object.starts_with("```\nline ") && object.ends_with("&lt;x&gt;\n```"), "{object}");
    }
}

#[test]
fn bold_that_is_cut_at_a_space_is_closed_before_the_space() {
    let line = vec![Piece::styled("word ".repeat(60), mrkdwn::Style::BOLD)];
    for object in pack(&[Part::line(line, false)], 120) {
        assert!(object.starts_with("*word") && object.trim_end().ends_with("word*"), "{object}");
    }
}

#[test]
fn a_link_is_never_cut() {
    let link = Piece::link("the dashboard of the shop", "https://grafana.example/d/abcdefgh");
    let line: Vec<Piece> = (0..20).flat_map(|_| [link.clone(), Piece::words(" ")]).collect();
    let objects = pack(&[Part::line(line, false)], 150);
    assert!(objects.len() > 5);
    for object in objects {
        assert_eq!(object.matches("<https://").count(), object.matches("shop>").count(), "{object}");
    }
}
