//! Which values of the domain are kept, where, and under which ids.

use super::collection::Collection;
use super::collections;
use super::record::Record;
use domain::audit::Personal;
use domain::conversation::Conversation;
use domain::conversation::kept::KeptEvidence;
use domain::conversation::turn::Turn;
use domain::memory::entry::Entry;
use domain::memory::runbook::KnownSet;
use domain::memory::words::Words;
use domain::usage::UsageRecord;

impl Record for Conversation {
    const COLLECTION: &'static Collection = &collections::CONVERSATIONS;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Record for Turn {
    const COLLECTION: &'static Collection = &collections::TURNS;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Record for KeptEvidence {
    const COLLECTION: &'static Collection = &collections::EVIDENCE;

    fn id(&self) -> String {
        Self::id(self)
    }
}

impl Record for UsageRecord {
    const COLLECTION: &'static Collection = &collections::USAGE;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Record for Entry {
    const COLLECTION: &'static Collection = &collections::MEMORY;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn words(&self) -> Option<Words> {
        Some(Self::words(self))
    }
}

impl Record for KnownSet {
    const COLLECTION: &'static Collection = &collections::MEMORY_SETS;

    fn id(&self) -> String {
        Self::id_of(&self.name)
    }
}

impl Record for Personal {
    const COLLECTION: &'static Collection = &collections::PERSONAL;

    fn id(&self) -> String {
        self.id.clone()
    }
}
