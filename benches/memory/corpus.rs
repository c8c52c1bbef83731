//! Entries as an installation of some years has them: sentences of the shipped runbooks, put together anew, about many
//! services. The same every time.

use crate::Fallible;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::backoff::draw;
use domain::memory::entry::{Draft, Entry, Kind};
use domain::memory::runbook;
use domain::memory::vector::Int8Vector;
use engine::memory::builtin_runbooks;
use ports::embedder::{Embedder, Embeddings};
use ports::model::ModelError;
use ports::store::Store;
use ports::store::collections::MEMORY;
use ports::store::document::{Expect, Write};
use ports::store::record::Record;

/// The name of the model that is not there.
pub const MODEL: &str = "made";

const DIMENSIONS: usize = 768;

const SERVICES: usize = 300;

/// Sentences of an entry: about a hundred words.
const SENTENCES: usize = 7;

/// Writes of one request.
const CHUNK: usize = 500;

/// Numbers that are the same every time.
struct Numbers {
    seed: u64,
    next: u64,
}

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.next += 1;
        (draw(self.seed, self.next) * bound as f64) as usize
    }

    fn one_of<'a, T>(&mut self, items: &'a [T]) -> Fallible<&'a T> {
        let place = self.below(items.len());
        items.get(place).ok_or_else(|| "nothing to choose from".into())
    }
}

/// A vector of a text's own.
pub fn vector(text: &str) -> Vec<f32> {
    let seed = text
        .bytes()
        .fold(1_469_598_103_934_665_603_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(1_099_511_628_211));
    (0..DIMENSIONS as u64).map(|place| (draw(seed, place) * 2.0 - 1.0) as f32).collect()
}

/// Makes the vectors of questions.
pub struct Made;

#[async_trait]
impl Embedder for Made {
    async fn embed(&self, texts: &[String]) -> Result<Embeddings, ModelError> {
        let vectors = texts.iter().map(|text| vector(text)).collect();
        Ok(Embeddings { model: MODEL.to_owned(), vectors })
    }
}

/// Writes so many entries.
pub async fn fill(store: &dyn Store, entries: usize, now: DateTime<Utc>) -> Fallible<()> {
    let pages = builtin_runbooks().pages;
    let pages: Vec<_> = pages.iter().map(|page| runbook::parse(&page.path, &page.text)).collect::<Result<_, _>>()?;
    let sentences: Vec<&str> = pages
        .iter()
        .flat_map(|page| page.body.split_inclusive(['.', '\n']))
        .map(str::trim)
        .filter(|text| text.len() > 20)
        .collect();
    let mut numbers = Numbers { seed: 4, next: 0 };
    let mut writes = Vec::with_capacity(CHUNK);
    for number in 0..entries {
        let page = numbers.one_of(&pages)?;
        let kind = *numbers.one_of(&[Kind::Turn, Kind::Turn, Kind::Turn, Kind::Incident, Kind::Note])?;
        let mut text = Vec::with_capacity(SENTENCES);
        for _ in 0..SENTENCES {
            text.push(*numbers.one_of(&sentences)?);
        }
        let service = numbers.below(SERVICES);
        let days = i64::try_from(numbers.below(700))? + 1;
        let draft = Draft {
            kind,
            title: format!("service-{service}: {}", page.title),
            text: text.join(" "),
            names: if kind == Kind::Incident { page.names.iter().take(2).cloned().collect() } else { Vec::new() },
            source: format!("made/{number}"),
            person: Some(format!("U{}", numbers.below(50))),
            created_at: now - TimeDelta::days(days),
        };
        let mut entry = Entry::of(draft, now - TimeDelta::days(1));
        entry.vector = Int8Vector::of(MODEL, &vector(&entry.source));
        writes.push(Write::put(&MEMORY, entry.id.clone(), Expect::Absent, entry.document()?));
        if writes.len() == CHUNK || number + 1 == entries {
            for written in store.write_all(std::mem::take(&mut writes)).await {
                written?;
            }
        }
    }
    Ok(())
}
