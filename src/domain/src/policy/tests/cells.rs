//! All 60 cells of the delivered table: five bands of confidence, four severities, three impacts.

use super::super::table::{IMPACTS, SEVERITIES};
use super::*;
use expect_test::expect;

/// The lowest and the highest confidence of each band.
const BANDS: [(&str, u16, u16); 5] = [
    ("< 0.6", 0, 599),
    ("0.6 to < 0.7", 600, 699),
    ("0.7 to < 0.8", 700, 799),
    ("0.8 to < 0.9", 800, 899),
    (">= 0.9", 900, 1_000),
];

fn grid() -> String {
    let mut lines = Vec::new();
    for (band, lowest, highest) in BANDS {
        lines.push(format!("{:<14}{:>10}{:>10}{:>10}   (impact)", band, "low", "medium", "high"));
        for severity in SEVERITIES {
            let cells = IMPACTS.map(|impact| {
                let verdict = TABLE.verdict(lowest, severity, impact).verdict;
                let same = (lowest..=highest).all(|score| TABLE.verdict(score, severity, impact).verdict == verdict);
                assert!(same, "{band} {severity:?} {impact:?} is one cell");
                format!("{:>10}", verdict.name())
            });
            lines.push(format!("  {:<12}{}", format!("{severity:?}").to_lowercase(), cells.concat()));
        }
    }
    lines.join("\n") + "\n"
}

/// Written by hand from section 7 of the design, not taken over from what the table said.
#[test]
fn all_sixty_cells_are_as_designed() {
    expect![[r#"
        < 0.6                low    medium      high   (impact)
          low           escalate  escalate  escalate
          medium        escalate  escalate  escalate
          high          escalate  escalate  escalate
          critical      escalate  escalate  escalate
        0.6 to < 0.7         low    medium      high   (impact)
          low           schedule  schedule       ask
          medium        schedule  schedule       ask
          high               ask       ask       ask
          critical           ask       ask  escalate
        0.7 to < 0.8         low    medium      high   (impact)
          low              allow  schedule       ask
          medium           allow  schedule       ask
          high             allow       ask       ask
          critical           ask       ask  escalate
        0.8 to < 0.9         low    medium      high   (impact)
          low              allow     allow     allow
          medium           allow     allow     allow
          high             allow       ask       ask
          critical           ask       ask  escalate
        >= 0.9               low    medium      high   (impact)
          low              allow     allow     allow
          medium           allow     allow     allow
          high             allow     allow       ask
          critical           ask       ask  escalate
    "#]]
    .assert_eq(&grid());
}

#[test]
fn the_rows_are_those_of_the_design_in_its_order() {
    let rows: Vec<String> = TABLE
        .rows()
        .iter()
        .map(|row| {
            let set = |names: Vec<String>| names.join("+").to_lowercase();
            let severities = set(row.severities.iter().map(|severity| format!("{severity:?}")).collect());
            let impacts = set(row.impacts.iter().map(|impact| format!("{impact:?}")).collect());
            let below = row.below.map_or("...".to_owned(), |below| format!("<{below}"));
            format!("{} {below} | {severities} | {impacts} | {}", row.from, row.verdict)
        })
        .collect();
    assert_eq!(
        rows,
        [
            "0 ... | critical | high | escalate",
            "0 ... | critical | low+medium+high | ask",
            "0 <600 | low+medium+high+critical | low+medium+high | escalate",
            "600 <700 | low+medium | low | schedule",
            "600 <800 | low+medium | medium | schedule",
            "700 ... | low+medium+high | low | allow",
            "800 ... | low+medium | low+medium+high | allow",
            "900 ... | low+medium+high | low+medium | allow",
        ]
    );
}

/// The strictest row counts, and the first of equally strict ones; none where none matches.
#[test]
fn the_row_that_counts_is_named() {
    for (confidence, severity, impact, row) in [
        (950, Severity::Critical, Impact::High, Some("critical where the business loses much")),
        (300, Severity::Critical, Impact::High, Some("critical where the business loses much")),
        (300, Severity::Critical, Impact::Low, Some("low confidence")),
        (950, Severity::Low, Impact::Low, Some("sure enough, harmless")),
        (950, Severity::High, Impact::Medium, Some("very sure")),
        (950, Severity::High, Impact::High, None),
    ] {
        let ruled = TABLE.verdict(confidence, severity, impact);
        assert_eq!(ruled.row.map(|row| row.name.as_str()), row, "{confidence} {severity:?} {impact:?}");
    }
}
