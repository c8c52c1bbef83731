//! Policy files with mistakes: all are told at once, and no table comes of them.

use super::*;
use expect_test::expect;

fn report(text: &str) -> String {
    let mistakes = read(text).unwrap_err();
    mistakes.iter().map(|mistake| format!("{mistake}\n")).collect()
}

fn row(name: &str, confidence: &str, severities: &str, verdict: &str, example: &str) -> String {
    format!(
        "[[row]]\nname = \"{name}\"\nconfidence = {confidence}\nseverities = {severities}\nimpacts = \"any\"\n\
         verdict = \"{verdict}\"\nreason = \"because\"\nexamples = [{example}]\n"
    )
}

fn example(confidence: u16, severity: &str, verdict: &str) -> String {
    format!("{{ confidence = {confidence}, severity = \"{severity}\", impact = \"low\", verdict = \"{verdict}\" }}")
}

#[test]
fn the_delivered_table_has_none() {
    assert_eq!(read(DELIVERED).map(|table| table.rows().len()), Ok(8));
    assert!(TABLE.rows().iter().all(|row| !row.reason.is_empty() && !row.examples.is_empty()));
}

#[test]
fn every_mistake_of_shape_is_told_in_one_run() {
    expect![[r#"
        the table: version
          found     2
          accepted  only [[row]]
        row "first": because
          found     "typo"
          accepted  no such field; the fields are name, confidence, severities, impacts, verdict, reason, examples
        row "first": confidence.to
          found     3
          accepted  no such field; the fields are from, below
        row "first": confidence
          found     {"below":600,"from":700,"to":3}
          accepted  a range whose beginning is less than its end
        row "first": severities[1]
          found     "urgent"
          accepted  one of low, medium, high, critical
        row "first": severities[2]
          found     "low"
          accepted  each of them once
        row "first": impacts
          found     []
          accepted  "any", or a list of one or more of low, medium, high
        row "first": verdict
          found     "permit"
          accepted  one of allow, schedule, ask, escalate, deny
        row "first": reason
          found     "  "
          accepted  a text of 1 to 600 bytes
        row "first": examples[0].confidence
          found     1001
          accepted  a whole number from 0 to 1000, per mille
        row "first": examples[0].verdict
          found     nothing
          accepted  one of allow, schedule, ask, escalate, deny
        row 2: name
          found     nothing
          accepted  a text of 1 to 80 bytes
        row 2: confidence
          found     600
          accepted  "any", or { from = 600, below = 700 } with one of the two or both
        row 2: severities
          found     "all"
          accepted  "any", or a list of one or more of low, medium, high, critical
        row 2: examples
          found     []
          accepted  1 to 100 examples with confidence, severity, impact, verdict
    "#]]
    .assert_eq(&report(
        r#"
        version = 2
        [[row]]
        name = "first"
        confidence = { from = 700, below = 600, to = 3 }
        severities = ["low", "urgent", "low"]
        impacts = []
        verdict = "permit"
        reason = "  "
        because = "typo"
        examples = [{ confidence = 1001, severity = "low", impact = "low" }]
        [[row]]
        confidence = 600
        severities = "all"
        impacts = "any"
        verdict = "ask"
        reason = "none"
        examples = []
        "#,
    ));
}

#[test]
fn bounds_that_cannot_be_read_do_not_become_open_ends() {
    for confidence in ["{ from = -1 }", "{ below = 1500 }", "{ from = 0.6 }", "{ below = \"700\" }", "{}", "\"all\""] {
        let text = row("a", confidence, "\"any\"", "ask", &example(500, "low", "ask"));
        let mistakes = read(&text).unwrap_err();
        assert!(mistakes.iter().all(|mistake| mistake.field.starts_with("confidence")), "{confidence}: {mistakes:?}");
        assert_eq!(mistakes.len(), 1, "{confidence}");
    }
}

#[test]
fn a_file_without_rows_is_no_table() {
    for text in ["", "row = []", "row = 3", "[[rows]]\nname = \"a\""] {
        assert!(read(text).unwrap_err().iter().any(|mistake| mistake.field == "row"), "{text}");
    }
    assert!(Table::read(&serde_json::Value::Null).is_err());
}

#[test]
fn examples_are_held_to_the_whole_table() {
    let strict = row("strict", "\"any\"", "[\"high\", \"critical\"]", "escalate", &example(900, "high", "escalate"));
    let mild = row(
        "mild",
        "{ from = 800 }",
        "\"any\"",
        "allow",
        &[example(900, "low", "allow"), example(900, "high", "allow"), example(700, "low", "ask")].join(", "),
    );
    expect![[r#"
        row "mild": examples[1]
          found     confidence 900, severity high, impact low: allow
          accepted  escalate, which the row "strict" gives it
        row "mild": examples[2]
          found     confidence 700, severity low, impact low
          accepted  a cell that the row itself matches
    "#]]
    .assert_eq(&report(&(strict + &mild)));
}

#[test]
fn two_rows_of_one_name_and_the_name_for_none_are_refused() {
    let one = |name| row(name, "\"any\"", "\"any\"", "ask", &example(500, "low", "ask"));
    expect![[r#"
        row "same": name
          found     "same"
          accepted  a name that no row before has
        row "no row": name
          found     "no row"
          accepted  any name but "no row", which stands for none
    "#]]
    .assert_eq(&report(&(one("same") + &one("same") + &one(NO_ROW))));
}

#[test]
fn a_table_that_gets_milder_as_things_get_worse_is_refused() {
    let by_severity = row("bold", "{ from = 500 }", "[\"high\"]", "allow", &example(500, "high", "allow"));
    let told = report(&by_severity);
    assert!(
        told.contains("ask at confidence 500, severity medium, impact low, but allow at confidence 500, severity high")
    );
    let by_confidence = row("hasty", "{ below = 300 }", "\"any\"", "allow", &example(100, "low", "allow"));
    let told = report(&by_confidence);
    assert!(told.contains("row \"hasty\": verdict"), "{told}");
    assert!(told.contains("ask at confidence 300, severity low, impact low, but allow at confidence 0"), "{told}");
    assert!(told.contains("2 more such cells"), "of twelve cells ten are told: {told}");
}

#[test]
fn a_table_that_is_deserialised_is_read_as_strictly() {
    assert_eq!(toml::from_str::<Table>(DELIVERED).unwrap(), *TABLE);
    let mistake = toml::from_str::<Table>("row = []").unwrap_err().to_string();
    assert!(mistake.contains("1 mistake in the policy table"), "{mistake}");
}
