//! Conversations of several environments over one store: each question goes to the Jamie who looks at its environment.
//!
//! Guarantees: a Jamie is built when his environment is first asked about, once, and kept; an environment that the
//! settings do not name is answered with those that they name; all share the model's queue, memory and store, so that
//! history and budgets are one.

use super::{House, person, talk};
use crate::cli::Stop;
use crate::settings::{Settings, resolve};
use async_trait::async_trait;
use domain::conversation::Conversation;
use domain::conversation::turn::{Feedback, Turn};
use domain::evidence::Evidence;
use engine::conversations::{Conversations, IdSource};
use engine::memory::Memory;
use ports::conversations::{AskError, Asking, Conversations as Port, Place, Told};
use ports::model::Model;
use ports::progress::Progress;
use ports::store::Store;
use ports::store::error::StoreError;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// One environment: who looks, and what is kept.
struct Room {
    house: House,
    conversations: Conversations,
}

/// The conversations of all environments.
pub struct Environments {
    settings: Settings,
    store: Arc<dyn Store>,
    memory: Arc<Memory>,
    model: Option<Arc<dyn Model>>,
    ids: IdSource,
    /// Everything that the settings name, or what the flags left of it.
    whole: Arc<Room>,
    built: Mutex<BTreeMap<String, Arc<Room>>>,
}

impl Environments {
    /// Over a store and the memory in it. The room of everything is built at once, so that a file of the settings that
    /// cannot be used is told at the start.
    ///
    /// # Errors
    /// Such a file.
    pub fn new(settings: &Settings, store: Arc<dyn Store>, memory: Arc<Memory>) -> Result<Self, Stop> {
        let model = super::model::client(settings)?.map(|client| Arc::new(client) as Arc<dyn Model>);
        let ids = person::ids();
        let whole = Arc::new(room(settings, &store, &memory, &model, &ids)?);
        Ok(Self { settings: settings.clone(), store, memory, model, ids, whole, built: Mutex::default() })
    }

    /// Tries again what could not be kept, in all rooms; answers with how many turns still wait.
    pub async fn settle(&self) -> usize {
        let mut waiting = 0;
        for room in self.rooms().await {
            waiting += room.conversations.settle().await;
        }
        waiting
    }

    /// Ends the tool servers of all rooms.
    pub async fn shut_down(&self) {
        futures::future::join_all(self.rooms().await.iter().map(|room| room.house.shut_down())).await;
    }

    async fn rooms(&self) -> Vec<Arc<Room>> {
        let built = self.built.lock().await;
        std::iter::once(&self.whole).chain(built.values()).map(Arc::clone).collect()
    }

    /// The room of an environment; the error is for the person who asks.
    async fn room(&self, environment: Option<&str>) -> Result<Arc<Room>, String> {
        let Some(name) = environment else { return Ok(Arc::clone(&self.whole)) };
        if let Some(only) = &self.settings.focus.environment {
            let other = || format!("I look only at the environment {only} here, not at {name}.");
            return if only == name { Ok(Arc::clone(&self.whole)) } else { Err(other()) };
        }
        let mut built = self.built.lock().await;
        if let Some(room) = built.get(name) {
            return Ok(Arc::clone(room));
        }
        let focused = resolve::focused(&self.settings, name).ok_or_else(|| self.unknown(name))?;
        let made = room(&focused, &self.store, &self.memory, &self.model, &self.ids);
        let room = Arc::new(made.map_err(|stop| format!("The environment {name} cannot be looked at: {stop}"))?);
        built.insert(name.to_owned(), Arc::clone(&room));
        Ok(room)
    }

    fn unknown(&self, name: &str) -> String {
        let declared: Vec<&str> = self.settings.environments.keys().map(String::as_str).collect();
        let known = match declared.as_slice() {
            [] => "none is declared".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        format!("I know no environment {name} ({known}): an admin changes the settings of this channel.")
    }
}

fn room(
    settings: &Settings,
    store: &Arc<dyn Store>,
    memory: &Arc<Memory>,
    model: &Option<Arc<dyn Model>>,
    ids: &IdSource,
) -> Result<Room, Stop> {
    let house = House::with_model(settings, None, model.clone())?;
    let parts = talk::parts(&house, settings, Arc::clone(store), Arc::clone(memory), None);
    let conversations = Conversations::new(engine::conversations::Parts { ids: Arc::clone(ids), ..parts });
    Ok(Room { house, conversations })
}

#[async_trait]
impl Port for Environments {
    async fn ask(&self, asking: Asking<'_>, progress: Progress, cancel: CancellationToken) -> Result<Told, AskError> {
        let room = self.room(asking.place.environment.as_deref()).await.map_err(|why| AskError::Refused { why })?;
        let (asked, usual) = (asking.place.clone(), room.house.place.clone());
        let place = Place {
            cluster: asked.cluster.or(usual.cluster),
            namespace: asked.namespace.or(usual.namespace),
            since: asked.since.or(usual.since),
            ..asked
        };
        room.conversations.ask(Asking { place: &place, ..asking }, progress, cancel).await
    }

    async fn feedback(&self, turn: &str, feedback: Feedback) -> Result<bool, StoreError> {
        self.whole.conversations.feedback(turn, feedback).await
    }

    async fn turn(&self, id: &str) -> Result<Option<(Turn, Vec<Evidence>)>, StoreError> {
        Port::turn(&self.whole.conversations, id).await
    }

    async fn recent(&self, person: &str, most: usize) -> Result<Vec<Conversation>, StoreError> {
        Port::recent(&self.whole.conversations, person, most).await
    }
}

#[cfg(test)]
mod tests;
