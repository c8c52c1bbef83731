//! Taking in pages of instructions: new and changed ones are remembered, those that are gone are forgotten.
//!
//! A set that is as it was costs one look. A page that cannot be read now keeps what was remembered of it, and a set that
//! could not be listed is no set: nothing is forgotten because a disk was away.

use super::{Memory, PAGE, redacted};
use chrono::{DateTime, Utc};
use domain::memory::entry::{Draft, Entry, Kind};
use domain::memory::runbook::{self, KnownSet, Problem};
use domain::redaction::redact_text;
use futures::future::join_all;
use ports::store::collections::{MEMORY, MEMORY_SETS};
use ports::store::document::{Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Query};
use ports::store::record::{self, Record};
use std::collections::BTreeSet;

/// Pages that are looked up and written together.
const TOGETHER: usize = 64;

/// One page as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its path within the set.
    pub path: String,
    /// Markdown.
    pub text: String,
    /// When it was written, where that is known.
    pub written_at: Option<DateTime<Utc>>,
}

/// Pages that belong together: what was remembered of this set and is not in it any more is forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunbookSet {
    /// `builtin:runbooks` for the built-in ones, the path for a folder.
    pub name: String,
    /// The pages.
    pub pages: Vec<Page>,
    /// Pages that could not be read; what was remembered of them stays.
    pub problems: Vec<Problem>,
}

/// What becomes of what was remembered and is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It is forgotten: for whoever may speak for the installation.
    Forgotten,
    /// It stays: for a process that passes, which may be of another version and know other pages.
    Kept,
}

/// What became of the pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingested {
    /// New or changed.
    pub remembered: usize,
    /// As they were.
    pub unchanged: usize,
    /// Not in the set any more.
    pub forgotten: usize,
    /// Left out, and why.
    pub problems: Vec<Problem>,
}

impl Memory {
    /// Takes in a set of pages that somebody adds by hand.
    ///
    /// # Errors
    /// The store's; some pages may be taken in by then, and doing it again does the rest.
    pub async fn ingest_runbooks(&self, set: RunbookSet) -> Result<Ingested, StoreError> {
        self.take_in(set, Gone::Forgotten, false).await
    }

    /// Takes in a set of pages that the settings name.
    ///
    /// # Errors
    /// As [`Memory::ingest_runbooks`].
    pub async fn learn_runbooks(&self, set: RunbookSet, gone: Gone) -> Result<Ingested, StoreError> {
        self.take_in(set, gone, true).await
    }

    /// Forgets the sets that the settings named once and name no more. Answers with how many pages went. What is named is
    /// to be learned after this, not before: of two folders one in the other, pages of the one are pages of the other.
    ///
    /// # Errors
    /// The store's; doing it again does the rest.
    pub async fn forget_unnamed_sets(&self, named: &[String]) -> Result<usize, StoreError> {
        let named: BTreeSet<String> = named.iter().map(|name| redact_text(name).into_owned()).collect();
        let mut known: Vec<KnownSet> = Vec::new();
        let mut query = Query::of(&MEMORY_SETS).limited(PAGE);
        loop {
            let page = record::page::<KnownSet>(self.store.as_ref(), &query).await?;
            known.extend(page.records.into_iter().map(|found| found.value));
            if page.next_cursor.is_none() {
                break;
            }
            query = query.after(page.next_cursor);
        }
        let (unnamed, named): (Vec<KnownSet>, Vec<KnownSet>) =
            known.into_iter().partition(|set| set.is_configured && !named.contains(&set.name));
        if unnamed.is_empty() {
            return Ok(0);
        }
        // The others are looked at anew: a page of theirs may have stood in a folder that went.
        for set in named {
            record::save(self.store.as_ref(), &KnownSet { digest: String::new(), ..set }, Expect::Any).await?;
        }
        let mut forgotten = 0;
        for set in unnamed {
            forgotten += self.forget_others(&format!("{}/", set.name), &BTreeSet::new()).await?;
            self.store.write(Write::delete(&MEMORY_SETS, set.id(), Expect::Any)).await?;
        }
        Ok(forgotten)
    }

    async fn take_in(&self, set: RunbookSet, gone: Gone, is_configured: bool) -> Result<Ingested, StoreError> {
        // Names and sources are compared as they are stored, without secrets.
        let name = redact_text(&set.name).into_owned();
        let digest = runbook::digest(set.pages.iter().map(|page| (page.path.as_str(), page.text.as_str())));
        let known = record::load::<KnownSet>(self.store.as_ref(), &KnownSet::id_of(&name)).await?;
        let known = known.map(|known| known.value);
        let new = KnownSet {
            digest: if set.problems.is_empty() { digest } else { String::new() },
            is_whole: gone == Gone::Forgotten,
            is_configured: is_configured || known.as_ref().is_some_and(|known| known.is_configured),
            name,
        };
        if known.as_ref().is_some_and(|known| is_known(known, &new)) {
            return Ok(Ingested { unchanged: set.pages.len(), ..Ingested::default() });
        }
        let (mut told, present) = self.take_pages(set).await?;
        if gone == Gone::Forgotten {
            told.forgotten = self.forget_others(&format!("{}/", new.name), &present).await?;
        }
        // A page that could not be used is told again, until it is mended.
        let digest = if told.problems.is_empty() { new.digest.clone() } else { String::new() };
        let new = KnownSet { digest, ..new };
        if known.as_ref() != Some(&new) {
            record::save(self.store.as_ref(), &new, Expect::Any).await?;
        }
        Ok(told)
    }

    /// Remembers the pages of a set. Answers with what became of them, and the sources that are in the set.
    async fn take_pages(&self, set: RunbookSet) -> Result<(Ingested, BTreeSet<String>), StoreError> {
        let source = |path: &str| format!("{}/{path}", set.name);
        let mut told = Ingested::default();
        let mut present: BTreeSet<String> = set.problems.iter().map(|problem| source(&problem.source_name)).collect();
        let mut drafts = Vec::with_capacity(set.pages.len());
        for page in &set.pages {
            present.insert(source(&page.path));
            match runbook::parse(&page.path, &page.text) {
                Ok(read) => {
                    drafts.push(read.draft(source(&page.path), page.written_at.unwrap_or_else(|| self.clock.now())));
                }
                Err(problem) => told.problems.push(problem),
            }
        }
        told.problems.extend(set.problems);
        for drafts in drafts.chunks(TOGETHER) {
            let remembered = self.keep_together(drafts).await?;
            told.remembered += remembered;
            told.unchanged += drafts.len() - remembered;
        }
        Ok((told, present.iter().map(|source| redact_text(source).into_owned()).collect()))
    }

    /// Keeps drafts in one write. Answers with how many are new or changed.
    async fn keep_together(&self, drafts: &[Draft]) -> Result<usize, StoreError> {
        let entries: Vec<Entry> =
            drafts.iter().map(|draft| Entry::of(redacted(draft.clone()), self.clock.now())).collect();
        let found = join_all(entries.iter().map(|entry| record::load::<Entry>(self.store.as_ref(), &entry.id))).await;
        let (mut changed, mut writes) = (Vec::new(), Vec::new());
        for (entry, older) in entries.iter().zip(found) {
            let (expect, kept) = match older? {
                Some(older) if older.value.tells_the_same_as(entry) => continue,
                Some(older) => (Expect::Version(older.version), entry.clone().in_place_of(&older.value)),
                None => (Expect::Absent, entry.clone()),
            };
            writes.push(Write::put(&MEMORY, kept.id.clone(), expect, kept.document()?));
            changed.push(entry);
        }
        for (entry, written) in changed.iter().zip(self.store.write_all(writes).await) {
            match written {
                Ok(_) => {}
                // Another process learns the same page, or somebody rated it meanwhile.
                Err(StoreError::Conflict { .. }) => self.keep(entry).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(changed.len())
    }

    /// Forgets the pages of a set that are not among these.
    async fn forget_others(&self, prefix: &str, present: &BTreeSet<String>) -> Result<usize, StoreError> {
        let mut query = Query::of(&MEMORY).with("kind", Condition::Is(Kind::Runbook.name().into())).limited(PAGE);
        let mut forgotten = 0;
        loop {
            let page = self.store.page(&query).await?;
            for stored in page.documents {
                let id = stored.id.clone();
                let source = record::value::<Entry>(stored).map(|entry| entry.value.source);
                if source.is_ok_and(|source| source.starts_with(prefix) && !is_present(&source, present)) {
                    self.forget(&id).await?;
                    forgotten += 1;
                }
            }
            if page.next_cursor.is_none() {
                return Ok(forgotten);
            }
            query = query.after(page.next_cursor);
        }
    }
}

/// Whether a set is known already as it is to be known.
fn is_known(known: &KnownSet, new: &KnownSet) -> bool {
    !new.digest.is_empty()
        && known.digest == new.digest
        && known.is_whole >= new.is_whole
        && known.is_configured == new.is_configured
}

/// Whether a source is one of these, or stands in a folder that is (one that could not be listed).
fn is_present(source: &str, present: &BTreeSet<String>) -> bool {
    let folders = source.match_indices('/').filter_map(|(at, _)| source.get(..at));
    present.contains(source) || folders.into_iter().any(|folder| present.contains(folder))
}
