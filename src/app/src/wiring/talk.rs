//! Conversations that are kept: Jamie with store, memory and budgets around.
//!
//! A store that cannot be opened never keeps an answer from coming: then everything is kept in memory for as long as the
//! process lives, and the person is told.

use super::{House, person, state};
use crate::cli::{Exit, Stop};
use crate::convert;
use crate::settings::Settings;
use domain::usage::budgets::{Budgets, DayBudget};
use engine::conversations::{Conversations, Parts};
use engine::memory::{Gone, Memory, builtin_runbooks, runbooks_of_folder};
use model::{EmbeddingsClient, EmbeddingsSettings};
use ports::clock::SystemClock;
use ports::embedder::Embedder;
use ports::store::Store;
use ports::store::collections::ALL;
use ports::store::error::StoreError;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long the first question waits until its store is open and the runbooks are learned.
const OPENING: Duration = Duration::from_secs(3);

/// Who is talked to, and what is remembered.
pub struct Talk {
    /// Conversations.
    pub conversations: Conversations,
    /// What is remembered.
    pub memory: Arc<Memory>,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What the person should know before the first answer: why nothing is kept.
    pub notice: Option<String>,
    /// Whether what is kept outlives the process.
    pub outlives: bool,
}

/// Opens what the settings name; `None` in the place of a store keeps everything in memory.
///
/// # Errors
/// Settings of the embeddings endpoint that cannot be used.
pub async fn open(house: &House, settings: &Settings) -> Result<Talk, Stop> {
    let until = Instant::now() + OPENING;
    let (trouble, kept) = match timeout_at(until, state::try_open(settings, OPENING)).await {
        Ok(Some(Ok(kept))) => (None, Some(kept.store)),
        Ok(Some(Err(error))) => (Some(error.to_string()), None),
        Ok(None) => (None, None),
        Err(_) => (Some(format!("the store was not open after {} s", OPENING.as_secs())), None),
    };
    match kept {
        Some(store) => Ok(Talk { outlives: true, ..built(house, settings, store, None, until).await? }),
        None => {
            let notice = trouble.as_ref().map(|trouble| format!("Nothing of this is kept: {trouble}"));
            let why = trouble.unwrap_or_else(|| NOTHING_KEPT.to_owned());
            // What is kept in memory takes no time; the time that the store took is gone.
            let until = Instant::now() + OPENING;
            Ok(Talk { notice, ..built(house, settings, in_memory(), Some(why), until).await? })
        }
    }
}

/// Why nobody knows what was spent before, where the settings keep nothing.
const NOTHING_KEPT: &str = "nothing is kept from one run to the next";

/// A store that ends with the process.
pub fn in_memory() -> Arc<dyn Store> {
    store::memory::Memory::new(ALL, Arc::new(SystemClock))
}

/// Over a store that ends with the process, and of which nothing is told.
///
/// # Errors
/// Settings of the embeddings endpoint that cannot be used.
pub async fn over(house: &House, settings: &Settings, store: Arc<dyn Store>) -> Result<Talk, Stop> {
    built(house, settings, store, Some(NOTHING_KEPT.to_owned()), Instant::now() + OPENING).await
}

async fn built(
    house: &House,
    settings: &Settings,
    store: Arc<dyn Store>,
    unknown_spending: Option<String>,
    until: Instant,
) -> Result<Talk, Stop> {
    let memory = memory(settings, Arc::clone(&store))?;
    if settings.state.memory.recall {
        // What is not learned in time is learned by the next run: a page that is there already costs a look.
        match timeout_at(until, learn(&memory, settings, Gone::Kept)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the runbooks could not be taken into the memory"),
            Err(_) => tracing::warn!("the runbooks could not be taken into the memory in time"),
        }
    }
    let parts = parts(house, settings, Arc::clone(&store), Arc::clone(&memory), unknown_spending);
    let conversations = Conversations::new(parts);
    Ok(Talk { conversations, memory, store, notice: None, outlives: false })
}

/// What conversations are made of: Jamie of a house, over a store and the memory in it.
pub fn parts(
    house: &House,
    settings: &Settings,
    store: Arc<dyn Store>,
    memory: Arc<Memory>,
    unknown_spending: Option<String>,
) -> Parts {
    let day = |tokens| DayBudget { tokens, questions: None };
    let budgets = &settings.state.budgets;
    Parts {
        jamie: Arc::clone(&house.jamie),
        store,
        store_deadline: settings.state.store.deadline.min(OPENING),
        memory: settings.state.memory.recall.then_some(memory),
        clock: Arc::new(SystemClock),
        ids: person::ids(),
        budgets: Budgets {
            person_day: day(budgets.person_tokens_a_day),
            channel_day: day(budgets.channel_tokens_a_day),
            ..Budgets::default()
        },
        unknown_spending,
    }
}

/// The memory over a store.
///
/// # Errors
/// Settings of the embeddings endpoint that cannot be used.
pub fn memory(settings: &Settings, store: Arc<dyn Store>) -> Result<Arc<Memory>, Stop> {
    let embedder = embedder(settings)?;
    let rule = settings.state.memory.embeddings.as_ref().map(|wanted| wanted.disclosure.clone()).unwrap_or_default();
    Ok(Arc::new(Memory::new(store, embedder, Arc::new(SystemClock)).under(rule)))
}

/// Who makes vectors, where the settings name a model for it.
///
/// # Errors
/// An endpoint that cannot be one.
pub fn embedder(settings: &Settings) -> Result<Option<Arc<dyn Embedder>>, Stop> {
    let Some(wanted) = &settings.state.memory.embeddings else { return Ok(None) };
    let endpoint = convert::embeddings_endpoint(wanted, settings.model.as_ref());
    let client = EmbeddingsClient::new(EmbeddingsSettings::new(endpoint, &wanted.model));
    let client = client.map_err(|error| Stop::new(Exit::Usage, format!("[embeddings]: {error}")))?;
    Ok(Some(Arc::new(client)))
}

/// Takes the runbooks of the settings into the memory, and forgets what they do not name any more; a set that did not
/// change costs a look. Answers with what was wrong with pages.
///
/// # Errors
/// The store's.
pub async fn learn_runbooks(memory: &Memory, settings: &Settings) -> Result<Vec<String>, StoreError> {
    learn(memory, settings, Gone::Forgotten).await
}

async fn learn(memory: &Memory, settings: &Settings, gone: Gone) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    let built_in = settings.state.memory.built_in_runbooks.then(builtin_runbooks);
    let mut sets: Vec<_> = built_in.into_iter().collect();
    for folder in &settings.state.memory.runbooks {
        match runbooks_of_folder(folder) {
            Ok(set) => sets.push(set),
            Err(problem) => problems.push(problem.to_string()),
        }
    }
    // A folder that cannot be read now may go by another name than the one it was learned under: nothing is forgotten then.
    if gone == Gone::Forgotten && problems.is_empty() {
        let named: Vec<String> = sets.iter().map(|set| set.name.clone()).collect();
        memory.forget_unnamed_sets(&named).await?;
    }
    for set in sets {
        let folder = set.name.clone();
        let told = memory.learn_runbooks(set, gone).await?;
        problems.extend(told.problems.iter().map(|problem| format!("{folder}: {problem}")));
    }
    for problem in &problems {
        tracing::warn!(problem, "a runbook is left out");
    }
    Ok(problems)
}
