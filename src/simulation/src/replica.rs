//! A replica: one process after the other on one machine, started again after each crash.

use crate::dice::Dice;
use crate::house::House;
use crate::life::{Crash, Point, Spot};
use crate::mischief::Mischief;
use crate::process::{Process, Start};
use crate::time::SimulatedClock;
use crate::weather::Weather;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A machine with a process on it.
pub struct Replica {
    name: &'static str,
    /// Its clock.
    pub clock: Arc<SimulatedClock>,
    /// The faults around it.
    pub weather: Arc<Weather>,
    process: Mutex<Option<Arc<Process>>>,
    is_calm: AtomicBool,
}

impl Replica {
    /// A machine whose clock is right.
    pub fn new(name: &'static str, house: &House, began: Instant) -> Arc<Self> {
        Arc::new(Self {
            name,
            clock: Arc::new(SimulatedClock::right(began)),
            weather: house.weather(),
            process: Mutex::default(),
            is_calm: AtomicBool::new(false),
        })
    }

    /// The process that is up, where one is.
    pub fn process(&self) -> Option<Arc<Process>> {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner).clone();
        process.filter(|process| process.life.is_alive())
    }

    /// No faults and no planned crashes any more.
    pub fn calm(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
        self.weather.calm();
        self.clock.jump(0);
    }

    /// Keeps a process up.
    pub async fn run(self: Arc<Self>, house: Arc<House>) {
        let dice = house.dice.fork(self.name);
        let pace = Duration::from_secs(dice.between(1, 14));
        let crashes = house.mischief == Mischief::None && dice.chance(700);
        let mut lives = 0_u32;
        loop {
            lives += 1;
            let name = format!("{}{lives}", self.name);
            let is_calm = self.is_calm.load(Ordering::Relaxed);
            let crash = if crashes && !is_calm { planned(&dice) } else { None };
            house.chronicle.tell(&name, "starts");
            let start = Start { name, clock: self.clock.clone(), weather: self.weather.clone(), crash, pace };
            let (process, looping) = Process::start(&house, start);
            *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(process.clone());
            process.life.ended().await;
            looping.abort();
            *self.process.lock().unwrap_or_else(PoisonError::into_inner) = None;
            drop(process);
            tokio::time::sleep(Duration::from_secs(dice.between(1, 45))).await;
        }
    }
}

/// What comes to pass seldom is drawn more often.
const POINTS: [Point; 7] =
    [Point::Intent, Point::Begun, Point::Begun, Point::Ended, Point::Abandoned, Point::Abandoned, Point::Abandoned];

/// Where the next life ends, where it does.
fn planned(dice: &Dice) -> Option<Crash> {
    let is_after = dice.chance(500);
    match dice.below(10) {
        // The first such record, or the second: that of what is done after it failed, or of what takes it back.
        0..=4 => {
            let point = dice.pick(&POINTS).copied().unwrap_or(Point::Intent);
            let at = if dice.chance(850) { 1 } else { 2 };
            Some(Crash { spot: Spot::Journal(point), at, is_after })
        }
        5..=6 => Some(Crash { spot: Spot::Act, at: dice.between(1, 2), is_after }),
        7..=8 => Some(Crash { spot: Spot::Store, at: dice.between(1, 700), is_after }),
        _ => None,
    }
}
