//! Calls of all tools of a server over a planted backend, and what may come of them.

use super::planted::{self, VISIBLE};
use chrono::{DateTime, TimeDelta, Utc};
use domain::redaction;
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;
use tools_common::Progress;
use tools_common::act::{AuditFile, Authority};
use tools_common::http::{Endpoint, HttpSettings, InProcessService};
use tools_common::serve::Adapter;

/// One call.
pub struct Case {
    tool: &'static str,
    arguments: Value,
    shows: String,
}

/// A call whose result shows the word beside the secrets.
pub fn case(tool: &'static str, arguments: Value) -> Case {
    Case { tool, arguments, shows: VISIBLE.to_owned() }
}

impl Case {
    /// The same with one more argument.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.arguments[name] = value;
        self
    }

    /// The same, of a result that holds no free text by its nature: this word says that the planted object was seen.
    pub fn shows(mut self, word: &str) -> Self {
        word.clone_into(&mut self.shows);
        self
    }
}

/// The time of all calls.
pub fn now() -> DateTime<Utc> {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

/// A world with a fault in it, half an hour old.
pub fn world() -> Arc<Estate> {
    let world =
        World::new(7, now() - TimeDelta::hours(2), Scenario::named("bad-config"), now() - TimeDelta::minutes(30));
    Estate::new(world, Arc::new(now))
}

/// An endpoint within this process.
pub fn in_process(backend: &'static str, router: axum::Router) -> Endpoint {
    let settings = HttpSettings::new(backend, "http://estate");
    Endpoint { settings, in_process: Some(InProcessService::new(router)) }
}

/// Leave to act, with the file that is written meanwhile.
pub fn authority(name: &str) -> (Authority, PathBuf) {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("canaries-{name}-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    (Authority::WithoutGrants(AuditFile::open(&path).unwrap()), path)
}

/// What of one call came out that must not, or did not come out that must.
async fn problems(adapter: &Adapter, case: &Case) -> Vec<String> {
    let arguments = case.arguments.as_object().unwrap().clone();
    let mut context = adapter.context().at(now());
    let (sender, mut updates) = mpsc::channel(1_000);
    context.progress = Progress::to(sender);
    let result = adapter.call(case.tool, arguments, context).await;
    let text = match &result {
        Ok(envelope) => serde_json::to_string(envelope).unwrap(),
        Err(failure) => format!("{} {failure}", serde_json::to_string(failure).unwrap()),
    };
    let mut problems: Vec<String> = planted::leak(&text, &[]).into_iter().collect();
    while let Ok(update) = updates.try_recv() {
        // As the serving layer sends it.
        problems.extend(
            planted::leak(&redaction::redact_text(&update.message), &[]).map(|leak| format!("progress: {leak}")),
        );
    }
    if !text.contains(&case.shows) {
        let head: String = text.chars().take(1_500).collect();
        problems.push(format!("{:?} is not shown: {head}", case.shows));
    }
    problems.into_iter().map(|problem| format!("{} {}: {problem}", case.tool, case.arguments)).collect()
}

/// Makes all calls. Fails with everything that came out, and with the tools for which there is no call.
pub async fn try_all(adapter: &Adapter, cases: &[Case]) {
    let called: BTreeSet<&str> = cases.iter().map(|case| case.tool).collect();
    let mut found: Vec<String> = Vec::new();
    for spec in adapter.specs().filter(|spec| !called.contains(spec.name)) {
        found.push(format!("no call is written for the tool `{}`", spec.name));
    }
    for case in cases {
        found.extend(problems(adapter, case).await);
    }
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found.join("\n"));
}

/// The same for tools that change something: each call rehearsed, then made; then what was written about it.
pub async fn try_all_acts(adapter: &Adapter, audit: &PathBuf, cases: Vec<Case>) {
    let both = |case: Case| {
        [true, false].map(|dry_run| {
            let mut arguments = case.arguments.clone();
            arguments["dry_run"] = json!(dry_run);
            arguments["reason"] = json!(planted::text(&case.tool).chars().take(480).collect::<String>());
            Case { tool: case.tool, arguments, shows: case.shows.clone() }
        })
    };
    let cases: Vec<Case> = cases.into_iter().flat_map(both).collect();
    try_all(adapter, &cases).await;
    let written = std::fs::read_to_string(audit).unwrap();
    std::fs::remove_file(audit).unwrap();
    assert_eq!(planted::leak(&written, &[]), None, "the audit file");
    assert!(written.lines().count() >= 2 * cases.len() && written.contains(VISIBLE), "{written}");
}

/// One call alone.
pub async fn holds(adapter: &Adapter, case: &Case) {
    let found = problems(adapter, case).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}
