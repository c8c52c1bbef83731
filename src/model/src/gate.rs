//! A limit of requests under way, with a bounded queue in front whose places are told.
//!
//! First come, first served; whoever goes away frees its place, and the others hear of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

struct State {
    running: usize,
    waiting: VecDeque<(u64, watch::Sender<usize>)>,
    next_id: u64,
}

/// The gate.
pub struct Gate {
    state: Mutex<State>,
    places: usize,
    queue: usize,
}

/// A place in the queue or behind it; dropping it frees the place.
pub struct Ticket {
    gate: Arc<Gate>,
    id: u64,
    place: watch::Receiver<usize>,
}

impl Gate {
    /// A gate with at least one place, and room for `queue` that wait.
    pub fn new(places: usize, queue: usize) -> Arc<Self> {
        let state = State { running: 0, waiting: VecDeque::new(), next_id: 0 };
        Arc::new(Self { state: Mutex::new(state), places: places.max(1), queue })
    }

    /// A ticket, `None` when the queue is full.
    pub fn enter(self: &Arc<Self>) -> Option<Ticket> {
        self.locked(|state| {
            state.next_id += 1;
            let id = state.next_id;
            let place = if state.running < self.places {
                state.running += 1;
                watch::Sender::new(0).subscribe()
            } else {
                if state.waiting.len() >= self.queue {
                    return None;
                }
                let sender = watch::Sender::new(state.waiting.len() + 1);
                let place = sender.subscribe();
                state.waiting.push_back((id, sender));
                place
            };
            Some(Ticket { gate: self.clone(), id, place })
        })
    }

    /// How many are under way, and how many wait.
    pub fn load(&self) -> (usize, usize) {
        self.locked(|state| (state.running, state.waiting.len()))
    }

    fn locked<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn leave(&self, id: u64) {
        self.locked(|state| {
            match state.waiting.iter().position(|(waiting, _)| *waiting == id) {
                Some(index) => drop(state.waiting.remove(index)),
                None => match state.waiting.pop_front() {
                    // The place goes straight to the next, so nobody can slip in between.
                    Some((_, admitted)) => drop(admitted.send(0)),
                    None => state.running = state.running.saturating_sub(1),
                },
            }
            for (index, (_, sender)) in state.waiting.iter().enumerate() {
                sender.send_if_modified(|place| std::mem::replace(place, index + 1) != index + 1);
            }
        });
    }
}

impl Ticket {
    /// The place in the queue, 0 when it may go ahead.
    pub fn place(&mut self) -> usize {
        *self.place.borrow_and_update()
    }

    /// Waits until the place is another.
    pub async fn moved(&mut self) {
        // The sender goes away only with the admission, whose value is seen before.
        let _ = self.place.changed().await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.gate.leave(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[tokio::test]
    async fn places_move_up_in_order() {
        let gate = Gate::new(1, 2);
        let mut first = gate.enter().unwrap();
        let mut second = gate.enter().unwrap();
        let mut third = gate.enter().unwrap();
        assert!(gate.enter().is_none());
        assert_eq!((first.place(), second.place(), third.place()), (0, 1, 2));
        drop(first);
        second.moved().await;
        third.moved().await;
        assert_eq!((second.place(), third.place()), (0, 1));
        let mut fourth = gate.enter().unwrap();
        drop(third);
        fourth.moved().await;
        assert_eq!(fourth.place(), 1);
        drop(second);
        fourth.moved().await;
        assert_eq!(fourth.place(), 0);
        drop(fourth);
        assert_eq!(gate.load(), (0, 0));
    }

    proptest! {
        #[test]
        fn the_limits_hold_and_nobody_is_forgotten(steps in proptest::collection::vec(0_usize..6, 0..80)) {
            let gate = Gate::new(2, 3);
            let mut tickets: Vec<Ticket> = Vec::new();
            for step in steps {
                if step < 3 {
                    tickets.extend(gate.enter());
                } else if !tickets.is_empty() {
                    tickets.remove(step % tickets.len());
                }
                let (running, waiting) = gate.load();
                prop_assert!(running <= 2 && waiting <= 3);
                prop_assert_eq!(running + waiting, tickets.len());
                let mut places: Vec<usize> = tickets.iter_mut().map(Ticket::place).collect();
                places.sort_unstable();
                let expected: Vec<usize> = std::iter::repeat_n(0, running).chain(1..=waiting).collect();
                prop_assert_eq!(places, expected);
            }
        }
    }
}
