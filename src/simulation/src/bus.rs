//! The bus between the processes: it tells each that something has changed, and loses, doubles and delays what it is given.
//!
//! Guarantee: a message that arrives is only a reason to look; nothing of what is decided travels by it.

use crate::chronicle::Chronicle;
use crate::dice::Dice;
use crate::replica::Replica;
use crate::weather::Weather;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// Who listens: a machine hears through whichever process is up on it.
#[derive(Default)]
pub struct Bus {
    listeners: Mutex<Vec<Weak<Replica>>>,
}

/// The bus as one process has it.
pub struct Line {
    /// The bus.
    pub bus: Arc<Bus>,
    /// The faults around it.
    pub weather: Arc<Weather>,
    /// Chance.
    pub dice: Dice,
    /// Where faults are told.
    pub chronicle: Arc<Chronicle>,
}

impl Bus {
    /// One more listens.
    pub fn join(&self, replica: &Arc<Replica>) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(replica));
    }

    fn listeners(&self) -> Vec<Weak<Replica>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Line {
    /// Tells all that something has changed. Nobody waits for it to arrive.
    pub fn announce(&self, who: &str) {
        let rates = self.weather.rates();
        for listener in self.bus.listeners() {
            if self.dice.chance(rates.bus_lost) {
                self.chronicle.injected("bus message lost", who, "something has changed");
                continue;
            }
            let mut ways = vec![Duration::from_millis(self.dice.between(1, 50))];
            if self.dice.chance(rates.bus_doubled) {
                self.chronicle.injected("bus message doubled", who, "something has changed");
                ways.push(Duration::from_millis(self.dice.between(1, 5_000)));
            }
            if self.dice.chance(rates.bus_late) {
                self.chronicle.injected("bus message late", who, "something has changed");
                ways = vec![Duration::from_secs(self.dice.between(5, 60))];
            }
            for way in ways {
                let listener = listener.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(way).await;
                    if let Some(process) = listener.upgrade().and_then(|replica| replica.process()) {
                        process.nudge();
                    }
                });
            }
        }
    }
}
