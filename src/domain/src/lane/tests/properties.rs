//! What holds after any sequence of steps of several processes over one kept lane: deliveries and redeliveries, crashes,
//! processes that stop, clocks that differ by less than the margin, time that passes.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const PROCESSES: usize = 3;
const HOLD_SECONDS: i64 = 60;

#[derive(Debug, Clone)]
enum Step {
    /// Something comes in, for the first time or again.
    Deliver(u8),
    /// A process works: takes the lane, begins the next entry, or ends the one in hand.
    Work(usize),
    /// A process renews what it holds.
    Renew(usize),
    /// A process dies and starts anew under another name.
    Crash(usize),
    /// A process stops in an orderly way and starts anew.
    Stop(usize),
    /// Time passes.
    Pass(i64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let process = 0..PROCESSES;
    prop_oneof![
        4 => (0..24_u8).prop_map(Step::Deliver),
        8 => process.clone().prop_map(Step::Work),
        2 => process.clone().prop_map(Step::Renew),
        1 => process.clone().prop_map(Step::Crash),
        1 => process.prop_map(Step::Stop),
        3 => (1..50_i64).prop_map(Step::Pass),
    ]
}

/// A process, by its own knowledge.
#[derive(Debug, Clone, Default)]
struct Process {
    starts: u32,
    /// By how much its clock is ahead, in seconds.
    ahead: i64,
    /// Until when, by its clock, it believes that it holds the lane.
    holds_until: Option<i64>,
    in_hand: Option<String>,
}

struct World {
    lane: Lane,
    now: i64,
    processes: Vec<Process>,
    delivered: BTreeSet<String>,
    /// How often each entry was handled to its end.
    handled: BTreeMap<String, u32>,
    /// The entries in the order in which they were begun first, with what waited then.
    begun: Vec<(String, Vec<String>)>,
}

impl World {
    fn new(ahead: &[i64]) -> Self {
        let processes = ahead.iter().map(|ahead| Process { ahead: *ahead, ..Process::default() }).collect();
        Self {
            lane: Lane::new("slack:C1/1.1", at(0)),
            now: 0,
            processes,
            delivered: BTreeSet::new(),
            handled: BTreeMap::new(),
            begun: Vec::new(),
        }
    }

    fn name(&self, process: usize) -> String {
        format!("p{process}.{}", self.processes[process].starts)
    }

    fn clock(&self, process: usize) -> i64 {
        self.now + self.processes[process].ahead
    }

    /// Whether a process works by its own knowledge: it looks at its clock before each step.
    fn believes(&self, process: usize) -> bool {
        self.processes[process].holds_until.is_some_and(|until| self.clock(process) < until)
    }

    fn restart(&mut self, process: usize) {
        let known = &mut self.processes[process];
        *known = Process { starts: known.starts + 1, ahead: known.ahead, ..Process::default() };
    }

    fn work(&mut self, process: usize) {
        let (name, clock) = (self.name(process), self.clock(process));
        let length = TimeDelta::seconds(HOLD_SECONDS);
        if !self.believes(process) {
            self.processes[process].in_hand = None;
            let is_held = self.lane.has_waiting() && self.lane.claim(&name, at(clock), length);
            self.processes[process].holds_until = is_held.then_some(clock + HOLD_SECONDS);
            return;
        }
        if let Some(id) = self.processes[process].in_hand.take() {
            if self.lane.finish(&name, &id, at(clock)) {
                *self.handled.entry(id).or_default() += 1;
            }
            return;
        }
        let next = self.lane.next().map(|entry| entry.id.clone());
        if let Some(id) = next {
            let waiting = self.lane.entries.iter().map(|entry| entry.id.clone()).collect();
            let begun = self.lane.begin(&name, &id, at(clock));
            assert!(begun.is_some(), "who holds the lane begins");
            if begun == Some(1) {
                self.begun.push((id.clone(), waiting));
            }
            self.processes[process].in_hand = Some(id);
        } else if self.lane.release(&name, at(clock)) == Released::Free {
            self.processes[process].holds_until = None;
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Deliver(number) => {
                let id = format!("e{number:02}");
                let put = self.lane.put(entry(&id, &format!("{:02}", number / 2)), at(self.now));
                assert_eq!(put, if self.delivered.insert(id) { Put::Taken } else { Put::Known });
            }
            Step::Work(process) => self.work(process),
            Step::Renew(process) => {
                let (name, clock) = (self.name(process), self.clock(process));
                if self.believes(process) && self.lane.renew(&name, at(clock), TimeDelta::seconds(HOLD_SECONDS)) {
                    self.processes[process].holds_until = Some(clock + HOLD_SECONDS);
                }
            }
            Step::Crash(process) => self.restart(process),
            Step::Stop(process) => {
                let (name, clock) = (self.name(process), self.clock(process));
                self.lane.hand_over(&name, at(clock));
                self.restart(process);
            }
            Step::Pass(seconds) => self.now += seconds,
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let holders = (0..PROCESSES).filter(|process| self.believes(*process)).count();
        prop_assert!(holders <= 1, "{holders} hold it at once");
        prop_assert_eq!(self.lane.waiting, i64::from(!self.lane.entries.is_empty()));
        for id in &self.delivered {
            let waits = self.lane.entries.iter().filter(|entry| entry.id == *id).count();
            let handled = self.lane.handled.iter().filter(|handled| *handled == id).count();
            prop_assert_eq!(waits + handled, 1, "{} waits or was handled, once", id);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn every_entry_is_handled_once_in_order_by_one_process_at_a_time(
        ahead in prop::collection::vec(-2..=2_i64, PROCESSES),
        steps in prop::collection::vec(any_step(), 0..250),
    ) {
        let mut world = World::new(&ahead);
        for step in &steps {
            world.step(step);
            world.check()?;
        }
        // Whoever is left does the rest.
        world.now += 200;
        for _ in 0..(world.lane.entries.len() * 2 + 3) {
            world.step(&Step::Work(0));
            world.check()?;
        }
        prop_assert_eq!(world.lane.entries.len(), 0);
        let handled: BTreeSet<String> = world.handled.keys().cloned().collect();
        prop_assert_eq!(&handled, &world.delivered);
        prop_assert!(world.handled.values().all(|times| *times == 1), "{:?}", world.handled);
        for (id, waiting) in &world.begun {
            prop_assert_eq!(Some(id), waiting.iter().min(), "the first of what waited is begun");
        }
    }
}
