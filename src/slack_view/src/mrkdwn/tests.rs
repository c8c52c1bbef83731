//! Pieces as Slack wants them.

use super::*;

fn bold(text: &str) -> Piece {
    Piece::styled(text, Style::BOLD)
}

#[test]
fn pieces_are_shown_in_slacks_grammar() {
    let code_in_bold = Piece::styled("a <b>`", Style { bold: true, ..Style::CODE });
    for (line, expected) in [
        (vec![bold("two pods "), Piece::words("are down")], "*two pods* are down"),
        (vec![bold("runs "), code_in_bold, bold(" now")], "*runs `a &lt;b&gt;\u{2cb}` now*"),
        (vec![bold("one\ntwo")], "*one*\n*two*"),
        (vec![bold("  ")], "  "),
        (vec![Piece::styled("a\nb", Style::CODE)], "`a b`"),
        (vec![Piece::person("U123"), Piece::words(" hi")], "<@U123> hi"),
        (vec![Piece::person("U1|<!here>")], "U1|&lt;!here&gt;"),
        (
            vec![Piece::link("Grafana | x>", "https://g.example/d?a=1&b=2")],
            "<https://g.example/d?a=1&amp;b=2|Grafana ¦ x&gt;>",
        ),
        (vec![Piece::link("click", "javascript:alert(1)")], "click"),
        (vec![bold("a"), Piece::styled("b", Style::ITALIC)], "*a*_b_"),
    ] {
        assert_eq!(show(&line), expected);
    }
}

#[test]
fn a_long_gap_cost_the_square_of_its_length() {
    let gap = " ".repeat(200_000);
    let shown = show(&[bold("a"), Piece::styled(&gap, Style::BOLD), bold("b")]);
    assert_eq!(shown, format!("*a{gap}b*"));
}

#[test]
fn a_moment_is_shown_in_each_readers_zone() {
    let at = "2026-11-20T03:00:00Z".parse().unwrap();
    let moment = Piece::Moment { at, otherwise: "03:00 UTC".into() };
    assert_eq!(show(&[moment]), "<!date^1795143600^{date_short_pretty} {time}|03:00 UTC>");
}
