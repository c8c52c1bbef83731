//! `actions …`: what waits for a person, and a person's word on it.
//!
//! Guarantees: a word counts only for the plan whose digest the person names, as `show` printed it, and only of a person
//! who answers for its environment (`environments.NAME.people`); so does the wish to have an action taken back.

mod undo;

pub use undo::undo;

use super::incidents::newest;
use super::pause;
use crate::cli::scarlet::{Actions as Command, Answer};
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::approval;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::person;
use crate::wiring::state::{self, stop};
use domain::approval::{Approval, Choice};
use domain::person::{Person, Role, Standing};
use engine::approvals::ApprovalDesk;
use ports::approvals::{Approvals as _, Ballot};
use ports::clock::SystemClock;
use ports::store::Store;
use ports::store::collections::APPROVALS;
use ports::store::query::{Condition, Key, Query};
use ports::store::record;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where the words of this surface were said, for the audit trail.
const TERMINAL: &str = "terminal";

/// What is done with a word.
#[derive(Clone, Copy)]
enum Word {
    Say(Choice),
    TakeBack,
}

/// Runs one of them.
///
/// # Errors
/// The store cannot be read or written, or there is no such approval.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    let store = state::open_existing(settings).await?.store;
    let zone = settings.output.time_zone;
    match command {
        Command::List { all, json } => {
            let open = Condition::OneOf(vec![Key::from("pending"), Key::from("granted")]);
            let every = Query::of(&APPROVALS);
            let found = newest::<Approval>(&store, if *all { every } else { every.with("state", open) }).await?;
            if *json {
                output::print(&format!("{:#}", json!({ "approvals": found })))?;
                return Ok(Exit::Done);
            }
            for line in pause::held(&store, settings.focus.environment.as_deref()).await? {
                output::print(&lines_without_control(&line))?;
            }
            if found.is_empty() {
                output::print("nothing waits for a person")?;
            }
            found.iter().try_for_each(|one| output::print(&approval::in_a_line(one, zone)))?;
            Ok(Exit::Done)
        }
        Command::Show { id, json } => {
            let found = load(&store, id).await?;
            output::print(&if *json { format!("{:#}", json!(found)) } else { approval::whole(&found, zone) })?;
            Ok(Exit::Done)
        }
        Command::Approve(answer) => say(&store, settings, answer, Word::Say(Choice::Approve), None).await,
        Command::Reject(answer) => say(&store, settings, answer, Word::Say(Choice::Reject), None).await,
        Command::Withdraw(answer) => say(&store, settings, answer, Word::TakeBack, None).await,
        Command::Undo(wanted) => undo(&store, settings, wanted).await,
    }
}

async fn load(store: &Arc<dyn Store>, id: &str) -> Result<Approval, Stop> {
    let found = record::load::<Approval>(store.as_ref(), id).await.map_err(stop)?;
    let missing = || format!("there is no approval {id}; `actions list --all` shows them");
    found.map(|found| found.value).ok_or_else(|| Stop::new(Exit::Failed, missing()))
}

/// A word from a conversation: yes or no to a plan by its digest's first digits. It is of whoever sits at the terminal;
/// where the demo plays a second person, of that one.
///
/// # Errors
/// As `actions approve`.
pub async fn answer(
    store: &Arc<dyn Store>,
    settings: &Settings,
    given: &Answer,
    choice: Choice,
    played: Option<&Person>,
) -> Result<Exit, Stop> {
    say(store, settings, given, Word::Say(choice), played).await
}

async fn say(
    store: &Arc<dyn Store>,
    settings: &Settings,
    answer: &Answer,
    word: Word,
    played: Option<&Person>,
) -> Result<Exit, Stop> {
    let found = load(store, &answer.id).await?;
    let named = answer.plan.to_ascii_lowercase();
    if named.len() < approval::DIGITS || !found.plan.starts_with(&named) {
        let text = format!(
            "--plan {}: it takes at least {} digits of the digest of the plan that you read; `actions show {}` prints it",
            answer.plan,
            approval::DIGITS,
            answer.id
        );
        return Err(Stop::new(Exit::Usage, text));
    }
    let desk = ApprovalDesk::new(Arc::clone(store), Arc::new(SystemClock), person::ids());
    let person = played.cloned().unwrap_or_else(|| at_the_terminal(settings, &found.shown.environment));
    let choice = match word {
        Word::Say(choice) => choice,
        Word::TakeBack => Choice::Approve,
    };
    let ballot = Ballot { approval: &answer.id, plan: &found.plan, person: &person, choice, by_way_of: TERMINAL };
    let said = match word {
        Word::Say(_) => desk.vote(ballot).await,
        Word::TakeBack => desk.take_back(ballot).await,
    };
    let Some((outcome, now)) = said.map_err(stop)? else {
        return Err(Stop::new(Exit::Failed, format!("the approval {} is gone", answer.id)));
    };
    output::print(&outcome.told(&now))?;
    Ok(if outcome.did_something() { Exit::Done } else { Exit::NotPermitted })
}

/// Whoever sits here: an approver where the environment names them, or names nobody (whoever may write the store could
/// change the document itself, and the trail tells who it was); else a viewer.
fn at_the_terminal(settings: &Settings, environment: &str) -> Person {
    let id = person::local();
    let name = id.strip_prefix("local:").unwrap_or(&id).to_owned();
    let people = settings.environments.get(environment).map(|environment| environment.people.as_slice());
    let answers = people.unwrap_or_default();
    let is_named = answers.iter().any(|person| *person == id || *person == name);
    let role = if answers.is_empty() || is_named { Role::Approver } else { Role::Viewer };
    Person { id, name, standing: Standing::Member, role: Some(role), groups: BTreeSet::new(), zone: None }
}
