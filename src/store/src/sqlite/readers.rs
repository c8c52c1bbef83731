//! A few connections that only read, and a deadline for each thing that is read.

use super::connection;
use ports::store::error::StoreError;
use rusqlite::{Connection, InterruptHandle};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Connections at most.
const CONNECTIONS: usize = 4;

/// How often a read that is over its deadline is told to stop: one that has not begun yet would not hear the first time.
const TOLD_EVERY: Duration = Duration::from_millis(20);

/// How long a read that was told to stop is waited for. One that hangs in the disk does not hear.
const TOLD_FOR: Duration = Duration::from_secs(1);

/// The connections.
#[derive(Clone)]
pub(super) struct Readers {
    file: PathBuf,
    patience: Duration,
    room: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

/// The way to a read that runs on another thread.
#[derive(Default)]
struct Run {
    given_up: AtomicBool,
    handle: Mutex<Option<InterruptHandle>>,
}

impl Run {
    /// Told by the thread before it reads. False where nobody waits for it any more.
    fn begins(&self, handle: InterruptHandle) -> bool {
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
        !self.given_up.load(Ordering::SeqCst)
    }

    fn stop(&self) {
        self.given_up.store(true, Ordering::SeqCst);
        self.handle.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(InterruptHandle::interrupt);
    }

    /// Told by the thread when it has read: its connection may be another's now.
    fn ended(&self) {
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Stops what still runs when nobody waits for it any more.
struct Stop(Arc<Run>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Readers {
    /// On this file; a locked file is waited for so long.
    pub fn new(file: PathBuf, patience: Duration) -> Self {
        Self { file, patience, room: Arc::new(Semaphore::new(CONNECTIONS)), idle: Arc::default() }
    }

    /// Reads on a thread for blocking work, within the deadline; waiting for a connection and opening one count. A
    /// thread that hangs is left to itself a second later, and keeps its place among the connections until it ends.
    ///
    /// # Errors
    /// What `read` answers; [`StoreError::Unavailable`] past the deadline.
    pub async fn run<T: Send + 'static>(
        &self,
        deadline: Duration,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let ends = tokio::time::Instant::now() + deadline;
        let room = tokio::time::timeout_at(ends, self.room.clone().acquire_owned()).await;
        let late = || self.late(deadline);
        let room = room.map_err(|_| late())?.map_err(|_| late())?;
        let run = Arc::new(Run::default());
        let (readers, running, too_late) = (self.clone(), run.clone(), late());
        let mut work = tokio::task::spawn_blocking(move || {
            let _room = room;
            let connection = readers.connection()?;
            let answer =
                if running.begins(connection.get_interrupt_handle()) { read(&connection) } else { Err(too_late) };
            running.ended();
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            answer
        });
        let _stop = Stop(run.clone());
        let mut wait = ends;
        let answer = loop {
            match tokio::time::timeout_at(wait, &mut work).await {
                Ok(answer) => break answer,
                Err(_) if wait >= ends + TOLD_FOR => return Err(late()),
                Err(_) => run.stop(),
            }
            wait = tokio::time::Instant::now() + TOLD_EVERY;
        };
        answer
            .map_err(|error| StoreError::Unavailable { message: format!("reading {}: {error}", self.file.display()) })?
    }

    fn late(&self, deadline: Duration) -> StoreError {
        let message = format!(
            "reading {}: no answer within {} s; ask for less, or see what keeps the disk busy",
            self.file.display(),
            deadline.as_secs_f64()
        );
        StoreError::Unavailable { message }
    }

    fn connection(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| connection::for_reading(&self.file, self.patience), Ok)
    }
}

/// Runs what blocks on a thread for that.
///
/// # Errors
/// What it answers; [`StoreError::Unavailable`] where it ended without an answer.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let answer = tokio::task::spawn_blocking(work).await;
    answer
        .map_err(|error| StoreError::Unavailable { message: format!("the store's work ended: {error}; try again") })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_read_that_hangs_is_answered_and_keeps_its_place_until_it_ends() {
        let folder = std::env::temp_dir().join(format!("auto-devops-readers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("store.sqlite");
        connection::make_file(&file).unwrap();
        let readers = Readers::new(file, Duration::from_secs(1));
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let hanging = readers.run(Duration::from_millis(20), move |_| {
            let _ = held.recv();
            Ok(())
        });
        let told = tokio::time::timeout(Duration::from_secs(60), hanging).await.expect("it answers").unwrap_err();
        assert!(matches!(&told, StoreError::Unavailable { message } if message.contains("no answer")), "{told}");
        assert_eq!(readers.room.available_permits(), CONNECTIONS - 1);
        assert_eq!(readers.run(Duration::from_secs(60), |_| Ok(7)).await, Ok(7), "others read on");
        drop(let_go);
        let all = tokio::time::timeout(Duration::from_secs(60), readers.room.acquire_many(CONNECTIONS as u32)).await;
        assert!(all.is_ok(), "its place is free again");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
