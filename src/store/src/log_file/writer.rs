//! The thread that writes one log: it takes all appends that wait, writes them at once, and then tells all of them.

use super::adoption;
use super::append::{Group, append};
use super::cut;
use super::held::Held;
use super::place::{self, Place};
use super::trouble::failed;
use domain::chain::{Anchor, Entry, Line};
use ports::clock::Clock;
use ports::store::error::StoreError;
use std::fs::File;
use std::io;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Bytes after which a group takes no further append.
const GROUP_BYTES: usize = 4 * 1024 * 1024;

/// Appends of a group at most.
const GROUP_APPENDS: usize = 1_024;

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the thread is asked.
pub(super) enum Request {
    /// Appends these, in this order.
    Append { entries: Vec<Entry>, reply: Reply<Anchor> },
    /// Takes these records over.
    Adopt { lines: Vec<Line>, reply: Reply<Anchor> },
    /// Removes the records up to this number.
    Cut { up_to: u64, reply: Reply<u64> },
}

struct Append {
    entries: Vec<Entry>,
    reply: Reply<Anchor>,
}

struct Writer {
    place: Place,
    clock: Arc<dyn Clock>,
    requests: mpsc::Receiver<Request>,
    /// The log as it was when the lock was given back; `None` where it must be looked at anew.
    held: Option<Held>,
}

/// Starts the thread. It ends when nobody can ask any more, after what was asked is done.
pub(super) fn start(place: Place, requests: mpsc::Receiver<Request>, clock: Arc<dyn Clock>) -> Result<(), StoreError> {
    let path = place.records.clone();
    let writer = Writer { place, clock, requests, held: None };
    let thread = std::thread::Builder::new().name(format!("{} log", writer.place.log.name()));
    thread.spawn(|| writer.run()).map(drop).map_err(|error| failed("start the writer of", &path, &error))
}

impl Writer {
    fn run(mut self) {
        let mut waiting = None;
        while let Some(request) = waiting.take().or_else(|| self.requests.blocking_recv()) {
            match request {
                Request::Append { entries, reply } => {
                    let mut appends = vec![Append { entries, reply }];
                    waiting = self.gather(&mut appends);
                    self.commit(appends);
                }
                Request::Adopt { lines, reply } => {
                    let told = self.locked(|held, place, _| match reply.is_closed() {
                        true => (Some(held), Ok(Anchor::default())),
                        false => adopt(held, &lines, place),
                    });
                    let _ = reply.send(told);
                }
                Request::Cut { up_to, reply } => {
                    let told = self.locked(|held, place, clock| match reply.is_closed() {
                        true => (Some(held), Ok(0)),
                        false => cut::cut(held, up_to, place, clock.now()),
                    });
                    let _ = reply.send(told);
                }
            }
        }
    }

    /// Takes the appends that wait already. Answers with what waits behind them and is none.
    fn gather(&mut self, appends: &mut Vec<Append>) -> Option<Request> {
        while appends.len() < GROUP_APPENDS {
            match self.requests.try_recv() {
                Ok(Request::Append { entries, reply }) => appends.push(Append { entries, reply }),
                Ok(other) => return Some(other),
                Err(_) => return None,
            }
        }
        None
    }

    fn commit(&mut self, appends: Vec<Append>) {
        let mut waiting = appends.into_iter().peekable();
        while waiting.peek().is_some() {
            let mut written = Vec::new();
            let told = self.locked(|held, place, _| {
                let mut group = Group::after(&held);
                while group.bytes() < GROUP_BYTES
                    && let Some(Append { entries, reply }) = waiting.next()
                {
                    // Who has stopped waiting was told so: it must not be written behind his back.
                    if reply.is_closed() {
                        continue;
                    }
                    entries.into_iter().for_each(|entry| group.push(entry));
                    written.push((reply, group.head.clone()));
                }
                append(held, &group, place)
            });
            match told {
                Ok(()) => written.into_iter().for_each(|(reply, end)| drop(reply.send(Ok(end)))),
                Err(error) => {
                    // Those behind them would meet the same: they are told now rather than kept waiting.
                    let replies = written.into_iter().map(|(reply, _)| reply);
                    let replies = replies.chain(waiting.by_ref().map(|append| append.reply));
                    replies.for_each(|reply| drop(reply.send(Err(error.clone()))));
                }
            }
        }
    }

    /// Does something with the log while no other process writes it.
    fn locked<T>(
        &mut self,
        work: impl FnOnce(Held, &Place, &dyn Clock) -> (Option<Held>, Result<T, StoreError>),
    ) -> Result<T, StoreError> {
        // Given back when it is dropped, also by a process that is killed.
        let _lock = lock(&self.place)?;
        let held = Held::look(self.held.take(), &self.place)?;
        let (held, told) = work(held, &self.place, self.clock.as_ref());
        self.held = held;
        told
    }
}

fn adopt(held: Held, lines: &[Line], place: &Place) -> (Option<Held>, Result<Anchor, StoreError>) {
    if let Err(error) = adoption::check(place.log, &held.head, lines) {
        return (Some(held), Err(error));
    }
    let mut group = Group::after(&held);
    lines.iter().for_each(|line| group.push_line(line));
    let (held, told) = append(held, &group, place);
    (held, told.map(|()| group.head))
}

/// Waits for the lock, as long as it takes: whoever asked has a deadline of his own, and what nobody waits for any more
/// is not written.
fn lock(place: &Place) -> Result<File, StoreError> {
    let cannot_lock = |error| failed("lock", &place.lock, &error);
    let file = place::writable().open(&place.lock).map_err(cannot_lock)?;
    loop {
        match file.lock() {
            Ok(()) => return Ok(file),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(cannot_lock(error)),
        }
    }
}
