//! Which faults a seed has, how often, and whether there are any just now.
//!
//! Each sort of fault is there in about half of the seeds only: together all of them would keep most incidents from ever
//! coming as far as the single ones lead.

use crate::dice::Dice;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// How often each sort of fault comes, per thousand chances; 0 for what a seed does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// One operation of the store fails, and nothing was done.
    pub store_away: u64,
    /// One write is done, and nobody hears so.
    pub store_untold: u64,
    /// One write is not done, and nobody hears so.
    pub store_unknown: u64,
    /// One look fails.
    pub look_fails: u64,
    /// One look never answers.
    pub look_hangs: u64,
    /// One look shows what was a while ago.
    pub look_stale: u64,
    /// One look is answered out of a cache.
    pub look_cached: u64,
    /// An act call ends without an effect, and says so.
    pub act_refused: u64,
    /// An act call never arrives, and nobody hears so.
    pub act_lost: u64,
    /// An act call takes effect, and nobody hears so.
    pub act_untold: u64,
    /// An act call takes effect, and its answer comes after every deadline.
    pub act_slow: u64,
    /// A delivery of signals is lost.
    pub signal_lost: u64,
    /// A delivery is made twice, to both processes.
    pub signal_doubled: u64,
    /// A delivery comes after a later one.
    pub signal_late: u64,
    /// A message on the bus is lost.
    pub bus_lost: u64,
    /// A message on the bus comes twice.
    pub bus_doubled: u64,
    /// A message on the bus comes after later ones.
    pub bus_late: u64,
    /// A place cannot be told anything.
    pub chat_away: u64,
    /// A place is told, and nobody hears so.
    pub chat_untold: u64,
    /// A word of a person arrives twice, at the same time.
    pub word_doubled: u64,
    /// A word of a person arrives late.
    pub word_late: u64,
    /// An object is changed by somebody else between two looks.
    pub touched: u64,
}

impl Rates {
    /// No faults.
    pub const NONE: Self = Self {
        store_away: 0,
        store_untold: 0,
        store_unknown: 0,
        look_fails: 0,
        look_hangs: 0,
        look_stale: 0,
        look_cached: 0,
        act_refused: 0,
        act_lost: 0,
        act_untold: 0,
        act_slow: 0,
        signal_lost: 0,
        signal_doubled: 0,
        signal_late: 0,
        bus_lost: 0,
        bus_doubled: 0,
        bus_late: 0,
        chat_away: 0,
        chat_untold: 0,
        word_doubled: 0,
        word_late: 0,
        touched: 0,
    };

    /// Those of a seed.
    pub fn drawn(dice: &Dice) -> Self {
        let rate = |most: u64| if dice.chance(500) { dice.between(1, most) } else { 0 };
        Self {
            store_away: rate(12),
            store_untold: rate(8),
            store_unknown: rate(8),
            look_fails: rate(40),
            look_hangs: rate(12),
            look_stale: rate(60),
            look_cached: rate(30),
            act_refused: rate(400),
            act_lost: rate(400),
            act_untold: rate(500),
            act_slow: rate(500),
            signal_lost: rate(300),
            signal_doubled: rate(300),
            signal_late: rate(300),
            bus_lost: rate(500),
            bus_doubled: rate(300),
            bus_late: rate(300),
            chat_away: rate(700),
            chat_untold: rate(700),
            word_doubled: rate(300),
            word_late: rate(200),
            touched: rate(60),
        }
    }
}

/// How the store answers one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreWeather {
    /// As it should, but for single faults.
    Fine,
    /// With an error.
    Away,
    /// Not at all.
    Hangs,
}

/// The weather around one process.
#[derive(Debug)]
pub struct Weather {
    rates: Rates,
    store: AtomicU8,
    is_calm: AtomicBool,
}

impl Weather {
    /// Single faults at these rates.
    pub fn of(rates: Rates) -> Self {
        Self { rates, store: AtomicU8::new(0), is_calm: AtomicBool::new(false) }
    }

    /// The rates now.
    pub fn rates(&self) -> Rates {
        if self.is_calm.load(Ordering::Relaxed) { Rates::NONE } else { self.rates }
    }

    /// How the store answers.
    pub fn store(&self) -> StoreWeather {
        match self.store.load(Ordering::Relaxed) {
            1 => StoreWeather::Away,
            2 => StoreWeather::Hangs,
            _ => StoreWeather::Fine,
        }
    }

    /// Changes how the store answers.
    pub fn set_store(&self, to: StoreWeather) {
        let code = match to {
            StoreWeather::Fine => 0,
            StoreWeather::Away => 1,
            StoreWeather::Hangs => 2,
        };
        self.store.store(code, Ordering::Relaxed);
    }

    /// No faults any more.
    pub fn calm(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
        self.set_store(StoreWeather::Fine);
    }
}
