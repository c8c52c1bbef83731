//! Whether what is to be told still is so, and where people were told what is to end.
//!
//! Guarantees: that an incident needs people is told where it cannot be seen whether it still does; what only reminds, and that
//! something is over, is not told without looking.

use super::{Escalator, Standing};
use crate::kept::bounded;
use domain::approval::{Approval, State};
use domain::escalation::{Escalation, Message, While};
use domain::incident::Incident;
use ports::store::error::StoreError;
use ports::store::record::{self, Record};

impl Escalator {
    /// Whether it is so now.
    ///
    /// # Errors
    /// It could not be looked at, and is not to be told without.
    pub(super) async fn is_so(&self, message: &Message) -> Result<bool, String> {
        let failed = |error: StoreError| format!("whether it still is so is not known: {error}");
        match &message.only_while {
            None => Ok(true),
            Some(While::Waits(id)) => {
                let found = self.load::<Approval>(id).await.map_err(failed)?;
                let now = self.parts.clock.now();
                Ok(found.is_some_and(|found| found.state == State::Pending && now < found.expires_at))
            }
            Some(While::Over(id)) => {
                let found = self.load::<Incident>(id).await.map_err(failed)?;
                Ok(found.is_none_or(|found| !found.is_open()))
            }
            Some(While::Open(id)) => Ok(match self.load::<Incident>(id).await {
                Ok(found) => found.is_none_or(|found| found.is_open()),
                Err(error) => {
                    tracing::warn!(incident = id, %error, "whether it is over is not known: people are told");
                    true
                }
            }),
        }
    }

    /// Takes back what places took under a key to tell it later, and have not told. Answers with the places that told it
    /// after they had been given up: a chat that was away, and the next place was told meanwhile.
    pub(super) async fn take_back(&self, key: &str) -> Result<Vec<String>, String> {
        let found = self.load::<Escalation>(key).await.map_err(|error| error.to_string())?;
        let Some(found) = found else { return Ok(Vec::new()) };
        let mut late = Vec::new();
        for place in found.places.iter().filter(|place| !found.told_places().any(|told| told == *place)) {
            if self.parts.delivers.take_back(place, &found.message, self.parts.clock.now()).await? {
                late.push(place.clone());
            }
        }
        Ok(late)
    }

    /// Ends what is still to be told under a key, and answers with the places that were told.
    ///
    /// # Errors
    /// It is just being told, or the store is away.
    pub(super) async fn ended_at(&self, key: &str) -> Result<Vec<String>, String> {
        let late = self.take_back(key).await?;
        let now = self.parts.clock.now();
        let ended = record::change(&*self.parts.store, key, |found: Option<Escalation>| {
            let Some(found) = found else { return (None, Ok(Vec::new())) };
            match found.lapsed(now) {
                None if found.state.is_open() => (None, Err(format!("{key} is just being told"))),
                lapsed => (lapsed, Ok(found.told_places().map(str::to_owned).chain(late.clone()).collect())),
            }
        });
        bounded(ended).await.map_err(|error| error.to_string())?
    }

    /// Whether people were told under a key, or it was tried for so long that it is not tried any more.
    pub(super) async fn is_done(&self, key: &str) -> Result<bool, String> {
        let found = self.load::<Escalation>(key).await.map_err(|error| error.to_string())?;
        Ok(found.is_some_and(|found| matches!(found.state, Standing::Told | Standing::GivenUp)))
    }

    async fn load<T: Record>(&self, id: &str) -> Result<Option<T>, StoreError> {
        Ok(bounded(record::load::<T>(&*self.parts.store, id)).await?.map(|found| found.value))
    }
}
