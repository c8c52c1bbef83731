//! `kill -9` in a loop while 50 writers work: nothing that was acknowledged is lost, and nothing is there twice.
//!
//! Each round starts this test program as a child that writes, kills it at a moment that a seeded generator picks, opens
//! the store again and looks for everything that the child told.

mod child;
mod verdict;

use crate::child::Running;
use crate::scratch::Scratch;
use ports::clock::SystemClock;
use ports::store::collection::{Collection, Field, Retention};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::sqlite::{Options, Sqlite};
use verdict::{Figures, Told};

/// How often the writing process is killed.
const KILLS: u64 = 100;

/// Kills after which a new folder is begun, so that looking at it stays short.
const KILLS_PER_FOLDER: u64 = 10;

/// Tasks that write at the same time.
const WRITERS: u64 = 50;

/// Milliseconds until the kill, at most.
const LONGEST_LIFE: u64 = 250;

/// The generator's seed.
const SEED: u64 = 0x5eed_0004;

/// What each writer creates, searchable, so that the index of words is under test, too.
static CREATED: Collection = Collection {
    name: "created",
    schema: 1,
    upgrades: &[],
    fields: &[Field::integer("round"), Field::text("writer")],
    indexes: &[&["round"]],
    searchable: true,
    person: None,
    retention: Retention::Forever,
    aged_by: None,
    only: None,
    may_wait: false,
};

/// What all writers change.
static SHARED: Collection = Collection {
    name: "shared",
    schema: 1,
    upgrades: &[],
    fields: &[],
    indexes: &[],
    searchable: false,
    person: None,
    retention: Retention::Forever,
    aged_by: None,
    only: None,
    may_wait: false,
};

static COLLECTIONS: &[&Collection] = &[&CREATED, &SHARED];

/// Numbers that look like chance and are the same in each run (xorshift, 64 bits).
struct Generator(u64);

impl Generator {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

async fn open(folder: &Path) -> Sqlite {
    let options = Options::new(folder, COLLECTIONS, Arc::new(SystemClock));
    Sqlite::open(options).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Lets a child write and kills it. Three of four are killed while they write, the others perhaps while they open.
async fn killed(folder: &Path, round: u64, generator: &mut Generator) -> Told {
    let (life, while_opening) = (Duration::from_millis(generator.below(LONGEST_LIFE)), generator.below(4) == 0);
    let mut child = Running::start("crash::child::writes_until_it_is_killed", folder, &round.to_string());
    let mut told = Told::default();
    if !while_opening {
        told.take(&child.line().await.expect("the child ended before it wrote anything"));
    }
    let ends = tokio::time::Instant::now() + life;
    while let Ok(line) = tokio::time::timeout_at(ends, child.line()).await {
        told.take(&line.expect("the child ended by itself"));
    }
    child.kill().await;
    while let Some(line) = child.line().await {
        told.take(&line);
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_a_hundred_times_while_50_writers_work_nothing_acknowledged_is_lost_or_doubled() {
    let (mut generator, mut figures) = (Generator(SEED), Figures::default());
    for generation in 0..KILLS / KILLS_PER_FOLDER {
        let folder = Scratch::new();
        let mut told_before = Told::default();
        for number in 0..KILLS_PER_FOLDER {
            let round = generation * KILLS_PER_FOLDER + number;
            let told = killed(folder.path(), round, &mut generator).await;
            told_before.add(&told);
            let store = open(folder.path()).await;
            verdict::holds(&store, round, &told, &told_before, number + 1, &mut figures).await;
        }
    }
    println!("{KILLS} kills with {WRITERS} writers (seed {SEED:#x}): {figures}");
    assert!(figures.wrote_something(), "the writers never wrote: {figures}");
}
