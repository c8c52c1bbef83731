//! Making the database ready once, by a task of its own: an operation that gives up waiting does not stop it, and however
//! many wait, it runs once at a time.

use super::layout;
use super::link::Link;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use ports::store::collection::Collection;
use ports::store::error::StoreError;
use std::sync::{Arc, Mutex, PoisonError};

type Running = Shared<BoxFuture<'static, Result<(), StoreError>>>;

enum State {
    Idle,
    Running(Running),
    Ready,
}

/// How far it is.
pub(super) struct Preparation {
    link: Arc<Link>,
    collections: &'static [&'static Collection],
    state: Arc<Mutex<State>>,
}

impl Preparation {
    pub(super) fn new(link: Arc<Link>, collections: &'static [&'static Collection]) -> Self {
        Self { link, collections, state: Arc::new(Mutex::new(State::Idle)) }
    }

    /// Waits until the database is ready, no longer than an operation may take.
    pub(super) async fn ready(&self) -> Result<(), StoreError> {
        let Some(running) = self.running() else { return Ok(()) };
        let patience = self.link.deadline().remaining();
        tokio::time::timeout(patience, running).await.unwrap_or_else(|_| {
            let (place, cause) = (&self.link.place, self.link.cause());
            let message = format!("{place} is being made ready, which takes longer; try again{cause}");
            Err(StoreError::Unavailable { message })
        })
    }

    fn running(&self) -> Option<Running> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Ready => None,
            State::Running(running) => Some(running.clone()),
            State::Idle => {
                let running = self.start();
                *state = State::Running(running.clone());
                Some(running)
            }
        }
    }

    fn start(&self) -> Running {
        let (link, collections, state) = (Arc::clone(&self.link), self.collections, Arc::clone(&self.state));
        let (place, stopped) = (self.link.place.clone(), Arc::clone(&self.state));
        let task = tokio::spawn(async move {
            let ended = layout::prepare(&link, collections).await;
            let next = if ended.is_ok() { State::Ready } else { State::Idle };
            *state.lock().unwrap_or_else(PoisonError::into_inner) = next;
            ended
        });
        let ended = task.map(move |ended| {
            ended.unwrap_or_else(|_| {
                // The runtime ended it, or a mistake of ours: whoever comes next tries again.
                *stopped.lock().unwrap_or_else(PoisonError::into_inner) = State::Idle;
                Err(StoreError::Unavailable { message: format!("{place} was not made ready: the task ended") })
            })
        });
        ended.boxed().shared()
    }
}
