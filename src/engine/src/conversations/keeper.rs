//! Conversations, turns, evidence and usage in the store.
//!
//! Guarantees: no operation waits longer than its deadline; a turn gets its number by compare-and-swap on the
//! conversation's document, so that turns of two surfaces at once both land, in an order; evidence is written before
//! the turn that cites it. A failure between the two leaves evidence without a turn, which retention takes, or a number
//! without a turn, which readers skip; never a turn whose conversation does not count it.

use chrono::{DateTime, Utc};
use domain::conversation::Conversation;
use domain::conversation::kept::KeptEvidence;
use domain::conversation::turn::{Feedback, Turn};
use domain::evidence::Evidence;
use domain::usage::budgets::{Budgets, Today};
use domain::usage::{Sum, UsageRecord, channel, day};
use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::collections::{CONVERSATIONS, EVIDENCE, TURNS, USAGE};
use ports::store::document::{Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Page, Query};
use ports::store::record::{self, Record, Records};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Documents of one page of what is summed or removed.
const PAGE: usize = 500;

/// Turns of one page: they carry their answers.
const TURNS_PAGE: usize = 50;

/// Pages of one answer at most: no question of a person needs more, and no loop is without an end.
const MOST_PAGES: usize = 400;

/// A conversation with its newest turns.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The conversation.
    pub conversation: Conversation,
    /// Its newest turns, oldest first.
    pub turns: Vec<Turn>,
}

/// A turn that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number in the conversation.
    pub number: u32,
    /// Why a part of its evidence is not, where one is not.
    pub refused: Option<StoreError>,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Ids of the turns.
    pub turns: Vec<String>,
    /// Documents of evidence.
    pub evidence: usize,
}

/// Which usage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageOf {
    /// Of this person only.
    pub person: Option<String>,
    /// Of this channel only.
    pub channel: Option<String>,
    /// From this day on, `2026-11-01`.
    pub from: Option<String>,
    /// Up to this day and with it.
    pub to: Option<String>,
}

/// The door to the store.
#[derive(Clone)]
pub struct Keeper {
    store: Arc<dyn Store>,
    deadline: Duration,
}

impl Keeper {
    /// A keeper whose every operation ends within the deadline.
    pub fn new(store: Arc<dyn Store>, deadline: Duration) -> Self {
        Self { store, deadline }
    }

    /// A conversation with so many of its newest turns.
    ///
    /// # Errors
    /// When it could not be looked at.
    pub async fn open(&self, id: &str, newest: usize) -> Result<Option<Opened>, StoreError> {
        self.reading(async {
            let Some(found) = record::load::<Conversation>(self.store.as_ref(), id).await? else { return Ok(None) };
            let query = Query::of(&TURNS)
                .with("conversation", Condition::Is(id.into()))
                .by("number", Direction::Descending)
                .limited(newest.clamp(1, Query::LIMIT));
            let mut turns: Vec<Turn> = values(record::page(self.store.as_ref(), &query).await?);
            turns.reverse();
            Ok(Some(Opened { conversation: found.value, turns }))
        })
        .await
    }

    /// The conversations in which a person asked, the last used first.
    ///
    /// # Errors
    /// When they could not be looked at.
    pub async fn recent(&self, person: &str, most: usize) -> Result<Vec<Conversation>, StoreError> {
        let mut query = Query::of(&TURNS)
            .with("person", Condition::Is(person.into()))
            .by("asked_at", Direction::Descending)
            .limited(TURNS_PAGE);
        let mut ids: BTreeSet<String> = BTreeSet::new();
        for _ in 0..MOST_PAGES {
            let page: Records<Turn> = self.reading(record::page(self.store.as_ref(), &query)).await?;
            query.cursor.clone_from(&page.next_cursor);
            for turn in values(page) {
                if ids.len() < most {
                    ids.insert(turn.conversation);
                }
            }
            if ids.len() >= most || query.cursor.is_none() {
                break;
            }
        }
        let loaded = ids.iter().map(|id| record::load::<Conversation>(self.store.as_ref(), id));
        let loaded = self.reading(futures::future::try_join_all(loaded)).await?;
        let mut found: Vec<Conversation> = loaded.into_iter().flatten().map(|found| found.value).collect();
        found.sort_by(|a, b| (b.updated_at, &b.id).cmp(&(a.updated_at, &a.id)));
        Ok(found)
    }

    /// The conversations that began in a channel, the last used first.
    ///
    /// # Errors
    /// When they could not be looked at.
    pub async fn of_channel(&self, channel: &str, most: usize) -> Result<Vec<Conversation>, StoreError> {
        let query = Query::of(&CONVERSATIONS)
            .with("channel", Condition::Is(channel.into()))
            .by("updated_at", Direction::Descending)
            .limited(most.clamp(1, Query::LIMIT));
        self.reading(async { Ok(values(record::page(self.store.as_ref(), &query).await?)) }).await
    }

    /// One turn.
    ///
    /// # Errors
    /// When it could not be looked at.
    pub async fn turn(&self, id: &str) -> Result<Option<Turn>, StoreError> {
        self.reading(async { Ok(record::load::<Turn>(self.store.as_ref(), id).await?.map(|found| found.value)) }).await
    }

    /// What a turn rests on, whole, in the order of its ids. Empty where retention took it.
    ///
    /// # Errors
    /// When it could not be looked at.
    pub async fn evidence(&self, turn: &str) -> Result<Vec<Evidence>, StoreError> {
        let query = Query::of(&EVIDENCE).with("owner", Condition::Is(turn.into())).limited(PAGE);
        let mut looks: Vec<Evidence> =
            self.all::<KeptEvidence>(query).await?.into_iter().map(KeptEvidence::into_evidence).collect();
        looks.sort_by_key(|look| look.id);
        Ok(looks)
    }

    /// Keeps a turn with its evidence, and answers with its number. Keeping the same turn again keeps its number, unless
    /// another came between. Evidence that the store refuses does not keep the turn from being kept.
    ///
    /// # Errors
    /// When it is not kept, or may not be.
    pub async fn keep(&self, turn: &Turn, evidence: &[Evidence]) -> Result<Kept, StoreError> {
        let documents = evidence.iter().cloned().map(|look| {
            let kept = KeptEvidence::of(&turn.id, &turn.person, turn.answered_at, look);
            Ok(Write::put(&EVIDENCE, kept.id(), Expect::Any, kept.document()?))
        });
        let documents = documents.collect::<Result<Vec<Write>, StoreError>>()?;
        self.writing(async {
            let refused = self.store.write_all(documents).await.into_iter().find_map(Result::err);
            if let Some(error) = refused.as_ref().filter(|error| error.may_pass()) {
                return Err(error.clone());
            }
            let number = record::change(self.store.as_ref(), &turn.conversation, |found: Option<Conversation>| {
                let Turn { conversation, channel, person, question, asked_at, .. } = turn;
                let mut counted =
                    found.unwrap_or_else(|| Conversation::begun(conversation, channel, person, question, *asked_at));
                let number = counted.count(&turn.id, turn.subject.as_ref(), turn.answered_at);
                (Some(counted), number)
            })
            .await?;
            let numbered = Turn { number, ..turn.clone() };
            record::save(self.store.as_ref(), &numbered, Expect::Any).await?;
            Ok(Kept { number, refused })
        })
        .await
    }

    /// Keeps what a turn cost.
    ///
    /// # Errors
    /// When it is not kept, or may not be.
    pub async fn record(&self, usage: &UsageRecord) -> Result<(), StoreError> {
        self.writing(async { record::save(self.store.as_ref(), usage, Expect::Any).await.map(|_| ()) }).await
    }

    /// What was spent today by a person and in a channel, as far as a budget asks for it.
    ///
    /// # Errors
    /// When it could not be looked at.
    pub async fn today(
        &self,
        person: &str,
        place: &str,
        budgets: &Budgets,
        now: DateTime<Utc>,
    ) -> Result<Today, StoreError> {
        let today = day(now);
        let of = |person: Option<&str>, channel: Option<&str>| UsageOf {
            person: person.map(str::to_owned),
            channel: channel.map(str::to_owned),
            from: Some(today.clone()),
            to: Some(today.clone()),
        };
        let mut spent = Today::default();
        if budgets.person_day.is_set() {
            spent.person = Sum::of(&self.usage(&of(Some(person), None)).await?);
        }
        if budgets.channel_day.is_set() {
            spent.channel = Sum::of(&self.usage(&of(None, Some(channel(place)))).await?);
        }
        Ok(spent)
    }

    /// What turns cost, in the order of their ids; `domain::usage::sums` groups them.
    ///
    /// # Errors
    /// When it could not be looked at.
    pub async fn usage(&self, of: &UsageOf) -> Result<Vec<UsageRecord>, StoreError> {
        let mut query = Query::of(&USAGE).limited(PAGE);
        for (field, wanted) in [("person", &of.person), ("channel", &of.channel)] {
            if let Some(wanted) = wanted {
                query = query.with(field, Condition::Is(wanted.as_str().into()));
            }
        }
        match (&of.from, &of.to) {
            (Some(from), Some(to)) if from == to => query = query.with("day", Condition::Is(from.as_str().into())),
            (from, to) => {
                if let Some(from) = from {
                    query = query.with("day", Condition::AtLeast(from.as_str().into()));
                }
                if let Some(to) = to {
                    // The day after in the order of bytes: nothing that begins with the day is as large.
                    query = query.with("day", Condition::Below(format!("{to}~").as_str().into()));
                }
            }
        }
        self.all(query).await
    }

    /// Takes a person's word on a turn. Answers with the turn and the word before it; nothing where there is no such turn.
    ///
    /// # Errors
    /// When it is not kept, or may not be.
    pub async fn feedback(
        &self,
        turn: &str,
        feedback: Feedback,
    ) -> Result<Option<(Turn, Option<Feedback>)>, StoreError> {
        self.writing(record::change(self.store.as_ref(), turn, |found: Option<Turn>| match found {
            None => (None, None),
            Some(mut turn) => {
                let before = turn.take(feedback.clone());
                (Some(turn.clone()), Some((turn, before)))
            }
        }))
        .await
    }

    /// The ids of all turns of a conversation.
    ///
    /// # Errors
    /// When they could not be looked at.
    pub async fn turn_ids(&self, conversation: &str) -> Result<Vec<String>, StoreError> {
        let query = Query::of(&TURNS).with("conversation", Condition::Is(conversation.into())).limited(PAGE);
        Ok(self.all::<Turn>(query).await?.into_iter().map(|turn| turn.id).collect())
    }

    /// Removes a conversation with its turns and their evidence; what it cost stays. The conversation goes last: where
    /// this fails half way, it can be asked for again.
    ///
    /// # Errors
    /// When something is not removed, or may not be.
    pub async fn delete(&self, id: &str) -> Result<Removed, StoreError> {
        let mut removed = Removed::default();
        for _ in 0..MOST_PAGES {
            let query = Query::of(&TURNS).with("conversation", Condition::Is(id.into())).limited(PAGE);
            let turns = self.reading(self.store.page(&query)).await?;
            for turn in &turns.documents {
                let owned = Query::of(&EVIDENCE).with("owner", Condition::Is(turn.id.as_str().into())).limited(PAGE);
                removed.evidence += self.remove_all(owned).await?;
            }
            removed.turns.extend(turns.documents.iter().map(|turn| turn.id.clone()));
            let is_done = turns.next_cursor.is_none();
            self.remove(&TURNS, turns).await?;
            if is_done {
                let conversation = Write::delete(&CONVERSATIONS, id, Expect::Any);
                self.writing(self.store.write(conversation)).await?;
                return Ok(removed);
            }
        }
        Err(StoreError::Invalid {
            message: format!("conversation {id} has too many turns to be removed at once: ask again"),
        })
    }

    async fn remove_all(&self, query: Query) -> Result<usize, StoreError> {
        let mut removed = 0;
        for _ in 0..MOST_PAGES {
            let page = self.reading(self.store.page(&query)).await?;
            removed += page.documents.len();
            let is_done = page.next_cursor.is_none();
            self.remove(query.collection, page).await?;
            if is_done {
                break;
            }
        }
        Ok(removed)
    }

    async fn remove(&self, collection: &'static Collection, page: Page) -> Result<(), StoreError> {
        let deletions: Vec<Write> =
            page.documents.into_iter().map(|stored| Write::delete(collection, stored.id, Expect::Any)).collect();
        let removed = self.writing(async { Ok(self.store.write_all(deletions).await) }).await?;
        removed.into_iter().find_map(Result::err).map_or(Ok(()), Err)
    }

    /// All values that a query wants, page by page.
    async fn all<T: Record>(&self, mut query: Query) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            let page: Records<T> = self.reading(record::page(self.store.as_ref(), &query)).await?;
            query.cursor.clone_from(&page.next_cursor);
            found.extend(values(page));
            if query.cursor.is_none() {
                return Ok(found);
            }
        }
        let (name, most) = (query.collection.name, MOST_PAGES * PAGE);
        Err(StoreError::Invalid { message: format!("{name}: more than {most} documents at once: ask for fewer days") })
    }

    async fn reading<T>(&self, wait: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let late = || StoreError::Unavailable { message: self.late() };
        tokio::time::timeout(self.deadline, wait).await.unwrap_or_else(|_| Err(late()))
    }

    async fn writing<T>(&self, wait: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let late = || StoreError::Unknown { message: self.late() };
        tokio::time::timeout(self.deadline, wait).await.unwrap_or_else(|_| Err(late()))
    }

    fn late(&self) -> String {
        format!("the store gave no answer within {} s", self.deadline.as_secs_f64())
    }
}

fn values<T>(records: Records<T>) -> Vec<T> {
    records.records.into_iter().map(|found| found.value).collect()
}
