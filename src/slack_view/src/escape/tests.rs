//! Escaping: cases, and what holds for any text.

use super::*;
use proptest::prelude::*;

#[test]
fn what_would_ping_or_link_is_only_read() {
    for (outside, expected) in [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("<https://evil.example|click>", "&lt;https://evil.example|click&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("@here it is", "@here it is"),
        ("a `b` c", "a \u{2cb}b\u{2cb} c"),
        ("safe\u{202e}gpj.exe", "safegpj.exe"),
        ("zero\u{200b}width\u{feff}", "zerowidth"),
        ("red \u{1b}[31mtext\u{7}", "red [31mtext"),
        ("tag\u{e0041}\u{e0042}", "tag"),
        ("a\r\nb\rc\u{2028}d\te", "a\nb\nc\nd\te"),
    ] {
        assert_eq!(text(outside), expected, "{outside:?}");
    }
}

#[test]
fn a_link_in_markdown_was_taken_apart_only_within_one_part_of_a_stream() {
    for parts in [
        vec!["[log in](https://evil.example)"],
        vec!["[log in]", "(https://evil.example)"],
        vec!["[log in][1]\n\n[1]: https://evil.example"],
        vec!["![x](http", "s://evil.example/x.png) www.evil.example"],
        vec!["<!channel> <@U1> @here anna@evil.example"],
    ] {
        let told: String = parts.iter().map(|part| markdown(part)).collect();
        for mark in ["](", "][", "]:", "://", "www.e", "<", "@h", "@e", "l.e"] {
            assert!(!told.contains(mark), "{mark} in {told:?}");
        }
        let seen: String = told.chars().filter(|character| *character != APART).collect();
        assert_eq!(seen, fence(&parts.concat()), "it reads the same");
    }
}

#[test]
fn joiners_stay_where_they_carry_meaning() {
    let family = "👩\u{200d}👧";
    assert_eq!(clean(family), family);
    assert_eq!(clean("می\u{200c}خواهم"), "می\u{200c}خواهم");
    assert_eq!(clean("pa\u{200d}ss"), "pass");
    assert_eq!(clean("👩\u{200d}\u{200d}👧"), "👩👧");
    assert_eq!(clean("\u{200d}x"), "x");
}

#[test]
fn code_of_others_ends_no_code_of_ours() {
    assert_eq!(code("a`b\nc"), "a\u{2cb}b c");
    assert_eq!(fence("x\n```\n<!here>\n````y"), "x\n'''\n&lt;!here&gt;\n'''`y");
}

#[test]
fn only_addresses_of_the_web_are_linked() {
    assert_eq!(address("https://a.example/x?y=1&z=2").as_deref(), Some("https://a.example/x?y=1&amp;z=2"));
    for outside in
        ["javascript:alert(1)", "https://a|b", "https://a b", "https://a>b", "http://\u{202e}x", "ftp://x", ""]
    {
        assert_eq!(address(outside), None, "{outside:?}");
    }
    assert_eq!(address(&format!("https://a/{}", "x".repeat(2_000))), None);
}

#[test]
fn a_cut_keeps_whole_characters() {
    assert_eq!(cut("abcdef", 6), "abcdef");
    assert_eq!(cut("abcdef", 4), "abc…");
    assert_eq!(cut("ab👩\u{200d}👧cd", 5), "ab…");
    assert_eq!(cut("a<<<<", 10), "a<<…");
    assert_eq!(plain("a\n b  c", 20), "a b c");
}

/// What Slack shows of an escaped text.
fn shown(escaped: &str) -> String {
    escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

proptest! {
    #[test]
    fn nothing_of_slacks_grammar_survives_and_all_is_read(outside in "(\\PC|[<>&`@!|\\n\u{202e}\u{200b}\u{200d}\u{7}]){0,80}") {
        let escaped = text(&outside);
        prop_assert!(!escaped.contains(['<', '>', '`']));
        prop_assert_eq!(shown(&escaped), clean(&outside).replace('`', "\u{2cb}"));
        prop_assert_eq!(clean(&clean(&outside)), clean(&outside));
        let fenced = fence(&outside);
        prop_assert!(!fenced.contains(['<', '>']) && !fenced.contains("```"));
        prop_assert_eq!(shown(&fenced), clean(&outside).replace("```", "'''"));
    }

    #[test]
    fn markdown_in_parts_is_as_markdown_in_one_piece_and_neither_pings_nor_links(
        outside in "(\\PC|[\\[\\]()<>&@:/.!w\n\u{2060}\u{200b}]){0,60}", at in any::<prop::sample::Index>()
    ) {
        let ends: Vec<usize> = (0..=outside.len()).filter(|at| outside.is_char_boundary(*at)).collect();
        let (head, tail) = outside.split_at(ends[at.index(ends.len())]);
        let told = markdown(&outside);
        prop_assert_eq!(format!("{}{}", markdown(head), markdown(tail)), told.clone());
        prop_assert!(!told.contains(['<', '>']));
        for (mark, next) in told.chars().zip(told.chars().skip(1).chain([' '])) {
            prop_assert!(!MARKDOWN_MARKS.contains(&mark) || next == APART, "{mark:?} {next:?}");
        }
    }

    #[test]
    fn a_cut_is_never_longer_than_it_may_be_once_it_is_escaped(outside in "(\\PC|[<&]){0,60}", most in 1usize..40) {
        let cut = cut(&outside, most);
        prop_assert!(length(&text(&cut)) <= most);
        prop_assert!(length(&text(&outside)) > most || cut == outside);
    }
}
