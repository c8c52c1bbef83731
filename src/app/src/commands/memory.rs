//! `memory …`: what is remembered.

use crate::cli::state::{Memory as Command, MemoryKind, Verdict};
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::markdown::{self, lines_without_control};
use crate::wiring::{person, state, talk};
use chrono::{DateTime, Utc};
use domain::memory::entry::{Draft, Entry, Kind, TEXT_BYTES};
use domain::memory::recalled::Recalled;
use domain::memory::runbook::{self, Fault};
use engine::memory::{Feedback, Filters, Memory, runbooks_of_folder};
use ports::store::collections::MEMORY;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Query};
use ports::store::{Store, record};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// Bytes of a note on standard input.
const NOTE_BYTES: u64 = 64 * 1024;

/// How much of the text of what was found is shown.
const EXCERPT_TOKENS: usize = 60;
const EXCERPT_LINES: usize = 3;

/// Runs one of them.
///
/// # Errors
/// The store cannot be used, or there is nothing to do it to.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    let kept = match command {
        Command::Add { .. } => state::open(settings).await?,
        _ => state::open_existing(settings).await?,
    };
    let memory = talk::memory(settings, Arc::clone(&kept.store))?;
    match command {
        Command::Search { words, kind, limit, json } => {
            let learnt = learn(&memory, settings).await?;
            search(&memory, &words.join(" "), *kind, *limit, *json).await.map(|exit| worse(exit, learnt))
        }
        Command::Show { id } => {
            talk::learn_runbooks(&memory, settings).await.map_err(state::stop)?;
            show(kept.store.as_ref(), id, settings).await
        }
        Command::Add { text, runbooks, title } => match (text, runbooks) {
            (Some(text), _) => add(&memory, text, title.as_deref()).await,
            (None, Some(path)) if path.is_file() => add_page(&memory, path).await,
            (None, Some(path)) => add_runbooks(&memory, path).await,
            (None, None) => Err(Stop::new(Exit::Usage, "name a text or --runbooks PATH")),
        },
        Command::Forget { id } => told(memory.forget(id).await.map_err(state::stop)?, "forgotten"),
        Command::Rate { id, verdict } => {
            let feedback = match verdict {
                Verdict::Helpful => Feedback::Helpful,
                Verdict::Unhelpful => Feedback::Unhelpful,
            };
            told(memory.feedback(id, feedback).await.map_err(state::stop)?, "noted")
        }
        Command::Stats { json } => {
            let learnt = learn(&memory, settings).await?;
            stats(&memory, *json).await.map(|exit| worse(exit, learnt))
        }
    }
}

/// Takes in the runbooks of the settings; what is wrong with a page is told, for it can be found nowhere.
async fn learn(memory: &Memory, settings: &Settings) -> Result<Exit, Stop> {
    let problems = talk::learn_runbooks(memory, settings).await.map_err(state::stop)?;
    for problem in &problems {
        output::tell(&lines_without_control(problem));
    }
    Ok(if problems.is_empty() { Exit::Done } else { Exit::CouldNotLook })
}

fn worse(exit: Exit, learnt: Exit) -> Exit {
    if exit == Exit::Done { learnt } else { exit }
}

fn told(done: bool, what: &str) -> Result<Exit, Stop> {
    if !done {
        return Err(Stop::new(Exit::Failed, "there is no such entry; `memory search` prints ids"));
    }
    output::print(what)?;
    Ok(Exit::Done)
}

async fn search(
    memory: &Memory,
    question: &str,
    kind: Option<MemoryKind>,
    limit: u64,
    as_json: bool,
) -> Result<Exit, Stop> {
    let filters = Filters { kinds: kind.map(kind_of).into_iter().collect(), person: Some(person::local()) };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let found = memory.search(question, &filters, limit).await.map_err(state::stop)?;
    if as_json {
        let entries: Vec<Value> = found.recalled.iter().map(document).collect();
        let document =
            json!({"entries": entries, "without_meaning": found.without_meaning, "unreadable": found.unreadable});
        output::print(&format!("{document:#}"))?;
    } else {
        if found.recalled.is_empty() {
            output::print("nothing that is remembered fits")?;
        }
        for entry in &found.recalled {
            let date = entry.date.format("%Y-%m-%d");
            let head = format!("{}\n    {}, {date}, {}; found {}", entry.title, entry.kind, entry.source, entry.why);
            output::print(&lines_without_control(&head))?;
            let text = entry.clone().shortened(question, EXCERPT_TOKENS).text;
            for line in text.lines().map(str::trim).filter(|line| says_something(line)).take(EXCERPT_LINES) {
                output::print(&lines_without_control(&format!("    | {line}")))?;
            }
            output::print(&lines_without_control(&format!("    whole: auto-devops memory show {}\n", entry.id)))?;
        }
        if let Some(why) = &found.without_meaning {
            output::tell(&format!("by words alone: {why}"));
        }
    }
    if found.unreadable > 0 {
        output::tell(&format!("{} entries were found and could not be read", found.unreadable));
        return Ok(Exit::CouldNotLook);
    }
    Ok(Exit::Done)
}

/// Whether a line of an excerpt is more than a heading or the mark of what was left out.
fn says_something(line: &str) -> bool {
    !line.starts_with('#') && line.chars().any(char::is_alphanumeric)
}

/// By its id, or by the source that an answer names. Of past questions only the person's own: what others asked is theirs.
async fn find(store: &dyn Store, wanted: &str) -> Result<Option<Entry>, StoreError> {
    let person = person::local();
    let is_open = |entry: &Entry| entry.kind != Kind::Turn || entry.person.as_ref() == Some(&person);
    if let Some(found) = record::load::<Entry>(store, wanted).await? {
        return Ok(Some(found.value).filter(is_open));
    }
    let by_source = Query::of(&MEMORY).with("source", Condition::Is(wanted.into())).limited(1);
    let page = record::page::<Entry>(store, &by_source).await?;
    Ok(page.records.into_iter().next().map(|found| found.value).filter(is_open))
}

async fn show(store: &dyn Store, wanted: &str, settings: &Settings) -> Result<Exit, Stop> {
    let found = find(store, wanted).await.map_err(state::stop)?;
    let Some(Entry { kind, title, text, source, created_at, .. }) = found else {
        return Err(Stop::new(Exit::Failed, "there is no such entry; `memory search` prints ids"));
    };
    let head = format!("{title}\n{kind}, {}, {source}\n", created_at.format("%Y-%m-%d"));
    output::print(&lines_without_control(&head))?;
    output::print(&markdown::render(&text, output::has_colour(settings.output.colour)))?;
    Ok(Exit::Done)
}

fn document(entry: &Recalled) -> Value {
    json!({"id": entry.id, "kind": entry.kind.name(), "title": entry.title, "text": entry.text, "source": entry.source,
           "date": entry.date, "why": entry.why.to_string()})
}

fn kind_of(kind: MemoryKind) -> Kind {
    match kind {
        MemoryKind::Turn => Kind::Turn,
        MemoryKind::Incident => Kind::Incident,
        MemoryKind::PostMortem => Kind::PostMortem,
        MemoryKind::Runbook => Kind::Runbook,
        MemoryKind::Note => Kind::Note,
    }
}

async fn add(memory: &Memory, text: &str, title: Option<&str>) -> Result<Exit, Stop> {
    let text = if text == "-" { read_note()? } else { text.to_owned() };
    if text.trim().is_empty() {
        return Err(Stop::new(Exit::Usage, "the note is empty"));
    }
    let first_line = text.trim().lines().next().unwrap_or_default().to_owned();
    let (now, id) = (Utc::now(), person::ids());
    let draft = Draft {
        kind: Kind::Note,
        title: title.map_or(first_line, str::to_owned),
        text,
        names: Vec::new(),
        source: format!("note/{}", id()),
        person: Some(person::local()),
        created_at: now,
    };
    for id in memory.remember(vec![draft]).await.map_err(state::stop)? {
        output::print(&format!("remembered as {id}"))?;
    }
    Ok(Exit::Done)
}

fn read_note() -> Result<String, Stop> {
    let mut text = String::new();
    let read = std::io::stdin().take(NOTE_BYTES + 1).read_to_string(&mut text);
    let length = read.map_err(|error| Stop::new(Exit::Usage, format!("the note could not be read: {error}")))?;
    if length as u64 > NOTE_BYTES {
        let text = format!(
            "the note is over {} KiB; a note is short, a page belongs into a folder of runbooks",
            NOTE_BYTES / 1024
        );
        return Err(Stop::new(Exit::Usage, text));
    }
    Ok(text)
}

async fn add_runbooks(memory: &Memory, path: &Path) -> Result<Exit, Stop> {
    let set = runbooks_of_folder(path).map_err(|problem| Stop::new(Exit::Usage, problem.to_string()))?;
    let told = memory.ingest_runbooks(set).await.map_err(state::stop)?;
    output::print(&format!(
        "{} pages remembered, {} unchanged, {} forgotten because they are gone",
        told.remembered, told.unchanged, told.forgotten
    ))?;
    for problem in &told.problems {
        output::tell(&lines_without_control(&problem.to_string()));
    }
    Ok(if told.problems.is_empty() { Exit::Done } else { Exit::CouldNotLook })
}

/// Adds one page, under the name that it has in its folder: the folder's other pages stay.
async fn add_page(memory: &Memory, file: &Path) -> Result<Exit, Stop> {
    let wrong = |problem: String| Stop::new(Exit::Usage, format!("{}: {problem}", file.display()));
    // As the set of its folder names it.
    let source = std::fs::canonicalize(file).map_err(|error| wrong(format!("it could not be read ({error})")))?;
    let about = std::fs::metadata(file).map_err(|error| wrong(format!("it could not be read ({error})")))?;
    let bytes = usize::try_from(about.len()).unwrap_or(usize::MAX);
    if bytes > TEXT_BYTES {
        return Err(wrong(Fault::TooLarge { bytes }.to_string()));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("it could not be read ({error})")))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let page = runbook::parse(&name, &text).map_err(|problem| wrong(problem.fault.to_string()))?;
    let written_at = about.modified().map_or_else(|_| Utc::now(), DateTime::<Utc>::from);
    let draft = page.draft(source.to_string_lossy().into_owned(), written_at);
    for id in memory.remember(vec![draft]).await.map_err(state::stop)? {
        output::print(&format!("remembered as {id}"))?;
    }
    Ok(Exit::Done)
}

async fn stats(memory: &Memory, as_json: bool) -> Result<Exit, Stop> {
    let stats = memory.stats().await.map_err(state::stop)?;
    if as_json {
        let entries: serde_json::Map<String, Value> =
            stats.entries.iter().map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
        let meaning = stats.meaning.as_ref().map(|meaning| {
            json!({"model": meaning.model, "vectors": meaning.vectors, "refused": meaning.refused, "trouble": meaning.trouble})
        });
        output::print(&format!("{:#}", json!({"entries": entries, "meaning": meaning})))?;
        return Ok(Exit::Done);
    }
    for (kind, count) in &stats.entries {
        output::print(&format!("{:<16}{count}", kind.name()))?;
    }
    output::print(&match stats.meaning {
        None => "found by words; [embeddings] model would find them by meaning too".to_owned(),
        Some(meaning) => format!(
            "found by words and by meaning: {}, {} vectors{}",
            meaning.model.as_deref().unwrap_or("no answer from the endpoint yet"),
            meaning.vectors,
            meaning.trouble.map(|trouble| format!("; {trouble}")).unwrap_or_default()
        ),
    })?;
    Ok(Exit::Done)
}
