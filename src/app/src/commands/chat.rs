//! `chat`: a conversation in the terminal.
//!
//! Ctrl-C stops the answer and not the program; at the prompt it clears the line. Ctrl-D leaves. Lines that come from a
//! pipe are asked one after the other; there Ctrl-C between two answers ends the program.

use crate::cli::commands::Chat;
use crate::cli::scarlet::{Answer as PlanAnswer, Undo};
use crate::cli::{Exit, Stop};
use crate::commands::{actions, ask, conversations, incidents};
use crate::output;
use crate::settings::Settings;
use crate::terminal::{answer, incident, markdown, progress, spark};
use crate::wiring::talk::{self, Talk};
use crate::wiring::{House, person};
use chrono::Utc;
use domain::answer::Answer;
use domain::approval::Choice;
use domain::conversation::turn::{Feedback, Thumb};
use domain::evidence::ToolCall;
use domain::person::Person;
use ports::conversations::{AskError, Asking, Told, TurnError};
use ports::toolbox::Toolbox as _;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Lines that wait between the reader and the conversation: one, so that Ctrl-D after a question is still seen.
const LINES: usize = 1;

/// Conversations that are looked through for the last one of a terminal.
const RECENT: usize = 50;

const HELP: &str = "\
/evidence  what the last answer rests on
/json      the whole last answer
/good      the last answer helped: what it rests on in memory is found earlier
/bad       it did not
/incidents what is wrong now
/approve ID DIGITS, /reject ID DIGITS   answer what Scarlet asks for
/undo ID WHY   have taken back what she did last of an incident
/quit      leave";

/// Talks until the input ends.
///
/// # Errors
/// Nothing is configured that could be asked, or the output is gone.
pub async fn run(arguments: &Chat, settings: &Settings) -> Result<Exit, Stop> {
    ask::ensure_sources(settings)?;
    let house = House::build(settings, arguments.since.as_deref())?;
    output::tell(
        "Ask, such as “how is my cluster?”. /evidence shows what the last answer rests on, /json the whole of it; Ctrl-C stops an answer, Ctrl-D leaves.",
    );
    let talk = talk::open(&house, settings).await?;
    if let (Some(_), Some(notice)) = (&arguments.continued, &talk.notice) {
        // Not that there is no such conversation: nobody could look.
        house.shut_down().await;
        return Err(Stop::new(Exit::Unavailable, notice.clone()));
    }
    let conversation = continued(&talk, arguments.continued.as_deref()).await?;
    let exit = converse(&house, &talk, settings, Start { conversation, trace: arguments.trace, played: None }).await;
    house.shut_down().await;
    exit
}

/// How a conversation begins.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// The one to go on with.
    pub conversation: Option<String>,
    /// Whether each look is told.
    pub trace: bool,
    /// A second person whose word the terminal may give: of the demo alone.
    pub played: Option<Person>,
}

/// The conversation itself, over a house that is already built.
///
/// # Errors
/// When the output is gone.
pub async fn converse(house: &House, talk: &Talk, settings: &Settings, start: Start) -> Result<Exit, Stop> {
    let Start { mut conversation, trace, played } = start;
    if let Some(notice) = &talk.notice {
        output::tell(notice);
    }
    let mut last: Option<Told> = None;
    let (lines, ready) = reader();
    let mut lines = lines;
    let mut interrupts = interrupts();
    let mut exit = Exit::Done;
    loop {
        // The reader prompts only when it is told to: an answer never runs into the prompt.
        if ready.send(()).await.is_err() {
            break;
        }
        let Some(line) = next_line(&mut lines, &mut interrupts).await else { break };
        match line.trim() {
            "" => {}
            "/quit" | "/exit" | "exit" | "quit" => break,
            "/evidence" => show_evidence(last.as_ref().map(|last| &last.answer))?,
            "/json" => show_json(last.as_ref().map(|last| &last.answer))?,
            "/good" => rate(talk, last.as_ref(), Thumb::Up).await?,
            "/bad" => rate(talk, last.as_ref(), Thumb::Down).await?,
            "/help" => output::print(HELP)?,
            "/incidents" => show_incidents(talk, settings).await?,
            word if word.starts_with("/approve ") || word.starts_with("/reject ") => {
                answer_plan(talk, settings, word, played.as_ref()).await?
            }
            word if word.starts_with("/undo ") => undo(talk, settings, word).await,
            question => {
                let place = (house, talk, settings);
                if let Some(told) = one_turn(place, conversation.as_deref(), &mut interrupts, question, trace).await? {
                    exit = ask::exit(&told.answer);
                    conversation = Some(told.conversation.clone());
                    last = Some(told);
                }
            }
        }
    }
    // What could not be kept at once gets a last chance.
    let waiting = talk.conversations.settle().await;
    if waiting > 0 {
        output::tell(&format!("{waiting} answers could not be kept and are lost now"));
    }
    // The exit code tells of the last answer only where a script asked; at a terminal leaving is no failure.
    Ok(if std::io::stdin().is_terminal() { Exit::Done } else { exit })
}

/// The conversation to go on with: the one named, or the last one of this person in a terminal.
async fn continued(talk: &Talk, wanted: Option<&str>) -> Result<Option<String>, Stop> {
    let keeper = talk.conversations.keeper();
    let found = match wanted {
        None => return Ok(None),
        Some("") => {
            let recent = keeper.recent(&person::local(), RECENT).await.map_err(crate::wiring::state::stop)?;
            recent.into_iter().find(|conversation| conversation.channel == ask::TERMINAL)
        }
        Some(id) => Some(conversations::named(keeper, id, 1).await?.conversation),
    };
    let Some(found) = found else { return Err(conversations::unknown()) };
    let (title, turns) = (markdown::lines_without_control(&found.title), found.turns);
    let so_far = if turns == 1 { "1 turn".to_owned() } else { format!("{turns} turns") };
    output::tell(&format!("Going on with “{title}” ({so_far} so far)."));
    Ok(Some(found.id))
}

async fn show_incidents(talk: &Talk, settings: &Settings) -> Result<(), Stop> {
    let open = incidents::open(&talk.store).await?;
    if open.is_empty() {
        output::print("no incident is open")?;
    }
    for one in open {
        output::print(&incident::in_a_line(&one, settings.output.time_zone))?;
    }
    Ok(())
}

/// `/approve APR-1 3f2a9c81d0b4`, in the demo also `… as colleague`. A mistake in it is told, and is no reason to leave.
async fn answer_plan(talk: &Talk, settings: &Settings, line: &str, played: Option<&Person>) -> Result<(), Stop> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (word, id, plan, played) = match (words.as_slice(), played) {
        ([word, id, plan], _) => (word, id, plan, None),
        ([word, id, plan, "as", name], Some(person)) if *name == person.name => (word, id, plan, Some(person)),
        _ => {
            output::tell("say which, and the first digits of the plan that you read: /approve APR-1 3f2a9c81d0b4");
            return Ok(());
        }
    };
    let choice = if *word == "/approve" { Choice::Approve } else { Choice::Reject };
    let given = PlanAnswer { id: (*id).to_owned(), plan: (*plan).to_owned() };
    if let Err(stop) = actions::answer(&talk.store, settings, &given, choice, played).await {
        output::tell(&stop.to_string());
    }
    Ok(())
}

/// An approver wants back what was done last of an incident.
async fn undo(talk: &Talk, settings: &Settings, line: &str) {
    let mut words = line.split_whitespace().skip(1);
    let id = words.next().unwrap_or_default().to_owned();
    let wanted = Undo { id, why: words.collect::<Vec<_>>().join(" ") };
    if let Err(stop) = actions::undo(&talk.store, settings, &wanted).await {
        output::tell(&stop.to_string());
    }
}

async fn rate(talk: &Talk, last: Option<&Told>, thumb: Thumb) -> Result<(), Stop> {
    let Some(last) = last else { return Ok(output::print("There is no answer yet.")?) };
    let feedback = Feedback { person: person::local(), thumb, comment: None, at: Utc::now() };
    match talk.conversations.feedback(&last.turn, feedback).await {
        Ok(true) => output::tell("  noted, thank you"),
        Ok(false) => output::tell("  not noted: that answer is not kept"),
        Err(error) => output::tell(&format!("  not noted: {error}")),
    }
    Ok(())
}

/// The next line; none at the end of the input. At a terminal the editor takes Ctrl-C as a key that clears the line;
/// with a pipe it is a signal, and between two answers there is nothing to stop but the program.
async fn next_line(lines: &mut mpsc::Receiver<String>, interrupts: &mut watch::Receiver<()>) -> Option<String> {
    let piped = !std::io::stdin().is_terminal();
    tokio::select! {
        biased;
        line = lines.recv() => line,
        Ok(()) = interrupts.changed(), if piped => None,
    }
}

/// Tells of every Ctrl-C from now on: one listener for the whole conversation, so that none falls between two waits.
fn interrupts() -> watch::Receiver<()> {
    let (sender, receiver) = watch::channel(());
    tokio::spawn(async move { while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).is_ok() {} });
    receiver
}

async fn one_turn(
    (house, talk, settings): (&House, &Talk, &Settings),
    conversation: Option<&str>,
    interrupts: &mut watch::Receiver<()>,
    question: &str,
    trace: bool,
) -> Result<Option<Told>, Stop> {
    // A Ctrl-C from before the question is not meant for it.
    interrupts.mark_unchanged();
    let (progress, told) = progress::start(progress::Telling {
        steps: std::io::stderr().is_terminal(),
        text: std::io::stderr().is_terminal(),
        trace,
    });
    let cancel = CancellationToken::new();
    let person = person::local();
    let asking = Asking {
        question,
        quoted: None,
        turn: None,
        person: &person,
        channel: ask::TERMINAL,
        conversation,
        place: &house.place,
    };
    let mut turn = Box::pin(talk.conversations.ask(asking, progress, cancel.clone()));
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = &mut turn => break outcome,
            Ok(()) = interrupts.changed() => cancel.cancel(),
        }
    };
    let _ = told.await;
    match outcome {
        Ok(told) => {
            let answered = &told.answer;
            let colour = output::has_colour(settings.output.colour);
            output::print(&format!("\n{}\n", markdown::render(&answered.answer, colour)))?;
            for line in sparklines(house, answered).await {
                output::print(&line)?;
            }
            output::tell(&footer(answered));
            Ok(Some(told))
        }
        Err(AskError::Turn(TurnError::Cancelled)) => {
            output::tell("  stopped");
            Ok(None)
        }
        Err(error) => {
            output::tell(&markdown::lines_without_control(&error.to_string()));
            Ok(None)
        }
    }
}

/// The courses behind an answer. The results are still in the cache of the toolbox, so that this asks no backend.
async fn sparklines(house: &House, answered: &Answer) -> Vec<String> {
    let mut lines = Vec::new();
    for view in answered.evidence.iter().filter(|view| view.tool.ends_with("_query_range") && view.error.is_none()) {
        let call = ToolCall { tool: view.tool.clone(), arguments: view.arguments.clone() };
        if let Ok(envelope) = house.toolbox.call(call, CancellationToken::new()).await.result {
            lines.extend(spark::of_range(&envelope.data).into_iter().map(|line| format!("[{}] {line}", view.id)));
        }
    }
    lines
}

fn footer(answered: &Answer) -> String {
    let whole = answer::text(answered, false);
    whole.lines().last().map_or(String::new(), |line| format!("({line}; /evidence for what it rests on)"))
}

fn show_evidence(last: Option<&Answer>) -> Result<(), Stop> {
    let Some(last) = last else { return Ok(output::print("There is no answer yet.")?) };
    for view in &last.evidence {
        let outcome = view.error.clone().unwrap_or_else(|| view.excerpt.clone());
        let arguments = serde_json::Value::Object(view.arguments.clone());
        output::print(&markdown::without_control(&format!("[{}] {} {arguments}", view.id, view.tool)))?;
        output::print(&format!("    {}", markdown::without_control(&outcome)))?;
    }
    Ok(())
}

fn show_json(last: Option<&Answer>) -> Result<(), Stop> {
    match last {
        Some(last) => Ok(output::print(&format!("{:#}", answer::document(last)))?),
        None => Ok(output::print("There is no answer yet.")?),
    }
}

/// Reads lines on a thread of its own, one each time it is told to: reading a terminal blocks.
fn reader() -> (mpsc::Receiver<String>, mpsc::Sender<()>) {
    let (line_sender, line_receiver) = mpsc::channel(LINES);
    let (ready_sender, ready_receiver) = mpsc::channel(LINES);
    std::thread::spawn(move || {
        if std::io::stdin().is_terminal() {
            read_terminal(ready_receiver, &line_sender);
        } else {
            read_pipe(ready_receiver, &line_sender);
        }
    });
    (line_receiver, ready_sender)
}

fn read_pipe(mut ready: mpsc::Receiver<()>, lines: &mpsc::Sender<String>) {
    let mut input = std::io::stdin().lock().lines();
    while ready.blocking_recv().is_some() {
        let Some(Ok(line)) = input.next() else { return };
        if lines.blocking_send(line).is_err() {
            return;
        }
    }
}

fn read_terminal(mut ready: mpsc::Receiver<()>, lines: &mpsc::Sender<String>) {
    let Ok(mut editor) = DefaultEditor::new() else { return read_pipe(ready, lines) };
    let history = history_file();
    if let Some(file) = &history {
        let _ = editor.load_history(file);
    }
    while ready.blocking_recv().is_some() {
        let line = loop {
            match editor.readline("jamie> ") {
                Ok(line) => break Some(line),
                // Ctrl-C at the prompt clears the line.
                Err(ReadlineError::Interrupted) => {}
                Err(_) => break None,
            }
        };
        let Some(line) = line else { break };
        if !line.trim().is_empty() {
            let _ = editor.add_history_entry(line.as_str());
        }
        if lines.blocking_send(line).is_err() {
            break;
        }
    }
    if let Some(file) = &history {
        // A history that cannot be kept is no reason to end with a failure; the conversation is over.
        let _ = file.parent().map(std::fs::create_dir_all);
        let _ = editor.save_history(file);
    }
}

/// `$XDG_STATE_HOME/auto-devops/history`.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
    Some(state.join("auto-devops").join("history"))
}
