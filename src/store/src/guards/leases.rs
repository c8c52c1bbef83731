//! Leases, one document each.

use super::{GuardKeeper, NotDone, failed, swap};
use chrono::TimeDelta;
use domain::guard::{self, Lease, LeaseRefusal, Watched};
use ports::store::collection::Collection;
use ports::store::collections::GUARDS;
use ports::store::record::Record;
use serde::{Deserialize, Serialize};

/// A lease that was taken or renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its fencing token: larger than that of every holder before.
    pub token: u64,
    /// How long it is good, from the moment at which it was asked for.
    pub holds_for: TimeDelta,
}

/// A lease under its name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    lease: Lease,
}

impl Record for Named {
    const COLLECTION: &'static Collection = &GUARDS;

    fn id(&self) -> String {
        document(&self.name)
    }
}

fn document(name: &str) -> String {
    format!("lease:{name}")
}

impl GuardKeeper {
    /// Takes a lease that is free, for `holder`, a name that only one task in one process has.
    ///
    /// # Errors
    /// [`NotDone::Lease`] with the lease as it is where another holds it; [`NotDone::Store`]: it is not held.
    pub async fn acquire(
        &self,
        name: &str,
        holder: &str,
        length: TimeDelta,
        watched: Option<&Watched>,
    ) -> Result<Taken, NotDone> {
        let lease = self.leased(name, |found| guard::acquire(found, holder, length, self.now(), watched)).await?;
        Ok(Taken { token: lease.token, holds_for: Lease::holds_for(length) })
    }

    /// Makes a lease last its whole length again.
    ///
    /// # Errors
    /// [`NotDone::Lease`] where it is lost; [`NotDone::Store`]: it lasts as long as it did before.
    pub async fn renew(&self, name: &str, holder: &str, token: u64) -> Result<Taken, NotDone> {
        let lease = self.leased(name, |found| guard::renew(found, holder, token, self.now())).await?;
        Ok(Taken { token, holds_for: Lease::holds_for(TimeDelta::milliseconds(lease.length_ms)) })
    }

    /// Gives a lease back, so that others need not wait until it is over.
    ///
    /// # Errors
    /// [`NotDone::Lease`] where it was lost before; [`NotDone::Store`]: it ends by itself.
    pub async fn release(&self, name: &str, holder: &str, token: u64) -> Result<(), NotDone> {
        self.leased(name, |found| guard::release(found, holder, token)).await.map(|_| ())
    }

    async fn leased(
        &self,
        name: &str,
        mut decide: impl FnMut(Option<&Lease>) -> Result<Lease, LeaseRefusal> + Send,
    ) -> Result<Lease, NotDone> {
        let id = document(name);
        let swapped = self.swapped(&id, swap::ONCE, |found: Option<Named>, _| {
            match decide(found.as_ref().map(|named| &named.lease)) {
                Ok(lease) => (Some(Named { name: name.to_owned(), lease: lease.clone() }), Ok(lease)),
                Err(refusal) => (None, Err(refusal)),
            }
        });
        let decided = swapped.await.map_err(|source| failed("to ask for a lease", source))?;
        decided.map_err(|refusal| NotDone::Lease { name: name.to_owned(), refusal })
    }
}
