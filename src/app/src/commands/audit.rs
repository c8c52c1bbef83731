//! `audit …`: reading the trail, and holding it against its anchor.

use crate::cli::state::Audit;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::state::{self, Kept, stop};
use chrono::{DateTime, TimeDelta, Utc};
use domain::audit::{Personal, PersonalState, Record};
use domain::chain::{Anchor, Line, Report};
use ports::store::Log;
use ports::store::record;
use serde_json::{Value, json};

/// Records read at once, from the end backwards.
const BATCH: u64 = 500;

/// Runs one of them.
///
/// # Errors
/// The store cannot be read.
pub async fn run(command: &Audit, settings: &Settings) -> Result<Exit, Stop> {
    let kept = state::open_existing(settings).await?;
    match command {
        Audit::List { since, kind, limit, journal, json } => {
            let log = if *journal { Log::Journal } else { Log::Audit };
            let back = since.as_deref().and_then(tools_common::time::parse_duration);
            let wanted = Wanted { after: back.and_then(|back: TimeDelta| Utc::now().checked_sub_signed(back)), kind };
            list(&kept, log, &wanted, *limit, *json).await
        }
        Audit::Verify { anchor, json } => verify(&kept, anchor.as_deref(), *json).await,
        Audit::Anchor => anchors(&kept).await,
    }
}

struct Wanted<'a> {
    after: Option<DateTime<Utc>>,
    kind: &'a Option<String>,
}

impl Wanted<'_> {
    fn fits(&self, line: &Line) -> bool {
        self.kind.as_ref().is_none_or(|pattern| domain::text::fits(pattern, &line.kind))
    }

    fn is_too_old(&self, line: &Line) -> bool {
        self.after.is_some_and(|after| line.at < after)
    }
}

async fn list(kept: &Kept, log: Log, wanted: &Wanted<'_>, limit: u64, as_json: bool) -> Result<Exit, Stop> {
    let found = newest(kept, log, wanted, limit).await?;
    if as_json {
        let lines: Vec<Value> = found.iter().map(|line| json!(line)).collect();
        output::print(&format!("{:#}", json!({ log.name(): lines })))?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        output::print(&format!("the {} holds no such record", log.name()))?;
    }
    for line in found {
        let beside = beside(kept, &line).await?;
        output::print(&lines_without_control(&format!("{}{beside}", domain::audit::shown(&line))))?;
    }
    Ok(Exit::Done)
}

/// Who it was and in which words, from beside the chain.
async fn beside(kept: &Kept, line: &Line) -> Result<String, Stop> {
    let id = Record::of(line).and_then(|record| record.personal).map(|beside| beside.id);
    let found = match id {
        Some(id) => record::load::<Personal>(kept.store.as_ref(), &id).await.map_err(stop)?.map(|found| found.value),
        None => None,
    };
    let state = PersonalState::of(line, found.as_ref());
    Ok(match (state, found) {
        (PersonalState::None, _) => String::new(),
        (PersonalState::Whole, Some(found)) => {
            let why = found.data["why"].as_str().filter(|why| !why.is_empty());
            format!(" [{}{}]", found.person, why.map(|why| format!(": {why}")).unwrap_or_default())
        }
        (PersonalState::Erased | PersonalState::Whole, _) => " [personal data erased]".to_owned(),
        (PersonalState::Altered, _) => " [PERSONAL DATA ALTERED]".to_owned(),
    })
}

/// Reads backwards, batch by batch, until there are enough or all are too old.
async fn newest(kept: &Kept, log: Log, wanted: &Wanted<'_>, limit: u64) -> Result<Vec<Line>, Stop> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut end = kept.store.anchor(log).await.map_err(stop)?.count;
    let mut found = Vec::new();
    while end > 0 {
        let after = end.saturating_sub(BATCH);
        let wanted_now = usize::try_from(end - after).unwrap_or(usize::MAX);
        let mut lines = kept.store.read(log, after, wanted_now).await.map_err(stop)?;
        // Where the log was cut there is nothing below, and what is read begins later.
        lines.retain(|line| line.sequence <= end);
        if lines.is_empty() {
            break;
        }
        let is_last = lines.first().is_some_and(|first| wanted.is_too_old(first));
        found.extend(lines.into_iter().rev().filter(|line| wanted.fits(line) && !wanted.is_too_old(line)));
        if found.len() >= limit || is_last {
            break;
        }
        end = after;
    }
    found.truncate(limit);
    Ok(found)
}

async fn verify(kept: &Kept, elsewhere: Option<&str>, as_json: bool) -> Result<Exit, Stop> {
    let elsewhere = elsewhere.map(parse_anchor).transpose()?;
    let mut exit = Exit::Done;
    let mut document = serde_json::Map::new();
    for log in Log::ALL {
        let report = kept.store.verify(log).await.map_err(stop)?;
        let mut text = told(log, &report);
        let mut holds = report.holds();
        if let Some(anchor) = elsewhere.as_ref().filter(|_| log == Log::Audit) {
            let fits = stands_at(kept, log, anchor).await?;
            holds &= fits;
            let verdict = if fits { "holds" } else { "does NOT hold: the trail was written anew or lost records" };
            text.push_str(&format!("\n  against the anchor given, record {}: {verdict}", anchor.count));
        }
        if !holds {
            exit = Exit::Failed;
        }
        if as_json {
            let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
            document.insert(
                log.name().to_owned(),
                json!({"holds": holds, "first": report.first, "last": report.end.count, "hash": report.end.hash,
                       "anchored": report.anchor.count, "torn_tail": report.torn_tail, "beyond_anchor": report.beyond_anchor,
                       "findings": findings}),
            );
        } else {
            output::print(&text)?;
        }
    }
    if as_json {
        output::print(&format!("{:#}", Value::Object(document)))?;
    }
    Ok(exit)
}

async fn stands_at(kept: &Kept, log: Log, anchor: &Anchor) -> Result<bool, Stop> {
    if anchor.count == 0 {
        return Ok(true);
    }
    let lines = kept.store.read(log, anchor.count - 1, 1).await.map_err(stop)?;
    Ok(lines.first().is_some_and(|line| line.sequence == anchor.count && line.computed_hash() == anchor.hash))
}

async fn anchors(kept: &Kept) -> Result<Exit, Stop> {
    for log in Log::ALL {
        let anchor = kept.store.anchor(log).await.map_err(stop)?;
        output::print(&format!("{:<8} {}:{}", log.name(), anchor.count, anchor.hash))?;
    }
    Ok(Exit::Done)
}

fn parse_anchor(text: &str) -> Result<Anchor, Stop> {
    let wrong = || Stop::new(Exit::Usage, "--anchor takes COUNT:HASH, as `audit anchor` prints it");
    let (count, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let count = count.parse().map_err(|_| wrong())?;
    if is_hash { Ok(Anchor { count, hash: hash.to_lowercase() }) } else { Err(wrong()) }
}

/// What was found in a log, for people.
pub fn told(log: Log, report: &Report) -> String {
    let name = log.name();
    let mut lines = vec![match (report.holds(), report.end.count) {
        (true, 0) => format!("{name}: empty"),
        (true, last) => format!("{name}: holds, records {} to {last}", report.first),
        (false, _) => format!("{name}: does NOT hold"),
    }];
    lines.extend(report.findings.iter().map(|finding| format!("  {finding}")));
    if report.torn_tail {
        lines.push(
            "  its last record is torn: the program ended while writing it; it was never acknowledged".to_owned(),
        );
    }
    if report.beyond_anchor > 0 {
        lines.push(format!("  {} records stand beyond the anchor: they were never acknowledged", report.beyond_anchor));
    }
    lines.join("\n")
}
