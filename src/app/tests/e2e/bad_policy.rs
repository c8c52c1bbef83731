//! Decision tables, files of senses and mappings with mistakes, given to the built program: each mistake is told in one
//! run, with exit code 64, and nothing was begun: nothing listens and nothing is kept.

use crate::process::{Ended, Home};
use std::path::Path;

/// An environment with everything that can be named for it; the files do not exist unless a test writes them.
const SETTINGS: &str = "[scarlet]\npolicy = \"policy.toml\"\n\
    [environments.prod]\nsenses = \"senses.toml\"\n\
    [receivers.ci]\nkind = \"generic\"\nenvironment = \"prod\"\nbearer = \"token-of-ci\"\nmapping = \"mapping.toml\"\n";

const TABLE: &str = include_str!("../../../../config/policy/decision.toml");
const MAPPING: &str = "[name]\npointer = \"/kind\"\n";

/// A home with these settings and files beside them.
fn home(settings: &str, files: &[(&str, &[u8])]) -> Home {
    let home = Home::new();
    home.file("config/auto-devops/config.toml", settings);
    for (name, bytes) in files {
        std::fs::write(home.path(&format!("config/auto-devops/{name}")), bytes).unwrap();
    }
    home
}

/// Runs `serve`, which must not start.
async fn refused(home: &Home) -> Ended {
    let ended = home.run(&["serve", "--listen", "0"]).await.code(64);
    assert!(!ended.err.contains("listening") && ended.out.is_empty(), "{ended}");
    assert!(!Path::new(&home.state()).exists(), "something was kept: {ended}");
    // It said that the settings are correct, of files with which the service does not start.
    let checked = home.run(&["config", "check"]).await.code(64);
    assert_eq!(checked.err, ended.err);
    ended
}

/// Three good files, of which one is replaced.
async fn with(name: &str, bytes: &[u8]) -> Ended {
    let good: [(&str, &[u8]); 3] =
        [("policy.toml", TABLE.as_bytes()), ("senses.toml", b""), ("mapping.toml", MAPPING.as_bytes())];
    let files: Vec<(&str, &[u8])> =
        good.into_iter().map(|(known, text)| (known, if known == name { bytes } else { text })).collect();
    refused(&home(SETTINGS, &files)).await.err_has(&[name])
}

fn row(name: &str, severities: &str, verdict: &str, example: &str) -> String {
    format!(
        "[[row]]\nname = \"{name}\"\nconfidence = \"any\"\nseverities = {severities}\nimpacts = \"any\"\n\
         verdict = \"{verdict}\"\nreason = \"because\"\nexamples = [{example}]\n"
    )
}

#[tokio::test]
async fn every_mistake_of_a_decision_table_is_told_and_the_service_does_not_start() {
    let shape = "version = 2\n[[row]]\nname = \"first\"\nconfidence = { from = 700, below = 600, to = 3 }\n\
        severities = [\"low\", \"urgent\"]\nimpacts = []\nverdict = \"permit\"\nbecause = \"typo\"\n\
        examples = [{ confidence = 1001, severity = \"low\", impact = \"low\" }]\n[[row]]\nname = \"first\"\n";
    let told = [
        "the table: version",
        "row \"first\": because",
        "row \"first\": confidence.to",
        "a range whose beginning is less than its end",
        "severities[1]",
        "one of low, medium, high, critical",
        "row \"first\": impacts",
        "one of allow, schedule, ask, escalate, deny",
        "row \"first\": reason",
        "examples[0].confidence",
        "examples[0].verdict",
        "row \"first\": examples",
    ];
    let example = "{ confidence = 900, severity = \"low\", impact = \"low\", verdict = \"ask\" }";
    // The worse is allowed where the milder is asked for, and an example speaks of another row's cell.
    let meaning = row("mild", "[\"low\"]", "ask", example) + &row("bad", "[\"high\"]", "allow", example);
    let meant = ["row \"bad\": examples[0]", "a cell that the row itself matches", "never gets less strict"];
    let (first, second) = tokio::join!(with("policy.toml", shape.as_bytes()), with("policy.toml", meaning.as_bytes()));
    first.err_has(&told);
    second.err_has(&meant);
}

#[tokio::test]
async fn a_decision_table_that_cannot_be_read_is_not_the_built_in_one() {
    let cases: [(&[u8], &str); 4] =
        [(b"", "1 to 200 tables"), (b"row = [", "line 1"), (b"\xff\xfe", "UTF-8"), (b"[[rows]]\n", "only [[row]]")];
    for ended in futures::future::join_all(cases.map(|(bytes, _)| with("policy.toml", bytes))).await.iter().zip(cases) {
        let (ended, (_, why)) = ended;
        assert!(ended.err.contains(why), "{why}: {ended}");
    }
    // One that is not there.
    let missing = home(SETTINGS, &[("senses.toml", b""), ("mapping.toml", MAPPING.as_bytes())]);
    refused(&missing).await.err_has(&["scarlet.policy", "which does not exist"]);
}

#[tokio::test]
async fn every_mistake_of_the_senses_is_told() {
    let senses = "[[rules]]\nname = \"a\"\nquery = \"up == 0\"\nseverity = \"urgent\"\n\
        [[rules]]\nname = \"a b\"\nquery = \"\"\nseverity = \"low\"\nevery_seconds = 1\n\
        [[endpoints]]\nname = \"shop\"\nurl = \"ftp://shop\"\nexpect = [99]\n\
        [[endpoint]]\nname = \"typo\"\n\
        [[series]]\nname = \"s\"\nquery = \"up\"\nabuot = 5\n\
        [[ignores]]\nmatchers = []\nreason = \"\"\nuntil = \"2099-01-01T00:00:00Z\"\n";
    let told = [
        "rules[0]",
        "urgent",
        "rules.a b.name",
        "rules.a b.query",
        "rules.a b.every_seconds: accepted: 5 to 86400",
        "endpoints.shop.url",
        "endpoints.shop.expect",
        "endpoint[0]",
        "series[0]",
        "ignores[0]: it matches nothing",
        "ignores[0]: it has no reason",
        "366 days",
    ];
    with("senses.toml", senses.as_bytes()).await.err_has(&told);
}

#[tokio::test]
async fn mistakes_of_mappings_and_receivers_are_told() {
    let mapping = "each = \"events\"\nidentified_by = [\"a\"]\n[name]\npointer = \"kind\"\n\
        [status]\npointer = \"/a\"\nconstant = \"firing\"\n[severity]\n";
    let told = ["each", "name", "status: it has a pointer and a constant", "severity: it has neither", "identified_by"];
    with("mapping.toml", mapping.as_bytes()).await.err_has(&told);
    with("mapping.toml", b"[name]\npionter = \"/kind\"\n").await.err_has(&["pionter"]);
    let settings = "[environments.prod]\n[receivers.a]\nenvironment = \"prod\"\nmapping = \"x.toml\"\nbearer = \"t\"\n\
        [receivers.b]\nenvironment = \"prod\"\nkind = \"generic\"\nbearer = \"t\"\n\
        [receivers.c]\nenvironment = \"prdo\"\nbearer = \"t\"\n[receivers.d]\nenvironment = \"prod\"\nuser = \"only\"\n";
    refused(&home(settings, &[("x.toml", MAPPING.as_bytes())])).await.err_has(&[
        "4 mistakes",
        "receivers.a.mapping",
        "receivers.b.kind",
        "receivers.c.environment",
        "\"prdo\"",
        "receivers.d.environment",
        "anybody could tell of incidents",
    ]);
}

#[tokio::test]
async fn of_two_receivers_with_one_path_the_first_was_silently_unreachable() {
    let settings = "[environments.prod]\n[receivers.one]\nenvironment = \"prod\"\nbearer = \"t\"\n\
        [receivers.two]\nenvironment = \"prod\"\nbearer = \"u\"\n";
    let told = ["receivers.one", "receivers.two", "POST /webhooks/alertmanager/prod"];
    refused(&home(settings, &[])).await.err_has(&told);
}

#[tokio::test]
async fn of_three_files_with_mistakes_only_the_first_was_told_and_the_service_had_begun() {
    let files: [(&str, &[u8]); 3] =
        [("policy.toml", b"[[rows]]\n"), ("senses.toml", b"rules = 5"), ("mapping.toml", b"each = \"/a\"\n")];
    let told = ["policy.toml", "only [[row]]", "senses.toml", "rules: ", "mapping.toml", "missing field `name`"];
    refused(&home(SETTINGS, &files)).await.err_has(&told);
}
