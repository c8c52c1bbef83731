//! The keeper and the leader behind the ports of whoever carries actions out.

use super::{GuardKeeper, Leader, NotDone};
use async_trait::async_trait;
use domain::guard::{Guards, Outcome, Request, Started};
use ports::guards::{Guarding, Leading, Unguarded};

impl From<NotDone> for Unguarded {
    fn from(error: NotDone) -> Self {
        match error {
            NotDone::Refused(refusal) => Self::Refused(refusal),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

#[async_trait]
impl Guarding for GuardKeeper {
    async fn begin(&self, request: &Request) -> Result<Started, Unguarded> {
        Ok(GuardKeeper::begin(self, request).await?)
    }

    async fn end(&self, action: &str, token: u64, outcome: Outcome) -> Result<(), Unguarded> {
        Ok(GuardKeeper::end(self, action, token, outcome).await?)
    }

    async fn holds(&self, action: &str, token: u64) -> Result<(), Unguarded> {
        Ok(GuardKeeper::holds(self, action, token).await?)
    }

    async fn status(&self) -> Result<Guards, Unguarded> {
        Ok(GuardKeeper::status(self).await?)
    }
}

impl Leading for Leader {
    fn token(&self) -> Option<u64> {
        Leader::token(self)
    }
}
