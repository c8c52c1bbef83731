//! Markdown of our writers, and of hostile ones.

use super::*;
use crate::split::pack;

fn shown(markdown: &str) -> String {
    pack(&read(markdown), 3_000).join("\n--\n")
}

#[test]
fn what_our_writers_write_is_shown() {
    for (markdown, expected) in [
        ("**All is well** [e1]\n\n- a\n- b", "*All is well* [e1]\n\n• a\n• b"),
        ("**x** (unconfirmed) [e1, e2]", "*x* _(unconfirmed)_ [e1, e2]"),
        ("**x [e3] (unconfirmed)**", "*x* [e3] _(unconfirmed)_"),
        ("## Why\ntext", "*Why*\ntext"),
        ("## **Why**", "*Why*"),
        ("_I read “a_b” as c_d._", "_I read “a_b” as c_d._"),
        ("1. one\n2) two\n   goes on\n  - deep", "1. one\n2. two goes on\n    • deep"),
        ("a `b*c*` d", "a `b*c*` d"),
        ("``a`b``", "`a\u{2cb}b`"),
        ("```yaml\na: 1\n\nb: 2\n```\nafter", "```\na: 1\n\nb: 2\n```\nafter"),
        ("```\nnever closed", "```\nnever closed\n```"),
        ("~~~\n```\n~~~", "```\n'''\n```"),
        ("a ```b``` c", "a `b` c"),
        ("| a | b |\n|---|:-:|\n| 1 | `x|y` |", "```\na  b\n1  x|y\n```"),
        ("a | b", "a | b"),
        ("> quoted", "│ quoted"),
        ("one\n\n---\n\ntwo", "one\n\ntwo"),
        ("5 * 3 and snake_case_name and * x", "5 * 3 and snake_case_name and * x"),
        ("~~old~~ new", "~old~ new"),
        ("\\*not bold\\*", "*not bold*"),
        ("-5 degrees", "-5 degrees"),
        ("", ""),
    ] {
        assert_eq!(shown(markdown), expected, "{markdown:?}");
    }
}

#[test]
fn links_and_pings_of_others_are_words() {
    for (markdown, expected) in [
        ("[here](https://evil.example)", "here (https://evil.example)"),
        ("![x](https://evil.example/p.png)", "x (https://evil.example/p.png)"),
        ("<https://evil.example|log in>", "&lt;https://evil.example|log in&gt;"),
        ("**<!channel>** and <@U1>", "*&lt;!channel&gt;* and &lt;@U1&gt;"),
        ("[e1](https://evil.example)", "e1 (https://evil.example)"),
        ("[a [b](c) d", "[a b (c) d"),
    ] {
        assert_eq!(shown(markdown), expected, "{markdown:?}");
    }
}

#[test]
fn marks_without_their_other_half_cost_no_more_than_their_length() {
    for hostile in ["_a ", "**a ", "`", "[", "*_", "](", "~~x ", "|a|\n|-|\n"] {
        let text = hostile.repeat(8_000 / hostile.len());
        assert!(!read(&text).is_empty(), "{hostile}");
    }
}
