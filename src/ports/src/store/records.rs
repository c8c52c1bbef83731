//! Which values of the domain are kept, where, and under which ids.

use super::collection::Collection;
use super::collections;
use super::record::Record;
use domain::approval::Approval;
use domain::audit::Personal;
use domain::channel::ChannelSettings;
use domain::conversation::Conversation;
use domain::conversation::kept::KeptEvidence;
use domain::conversation::turn::Turn;
use domain::incident::Incident;
use domain::lane::Lane;
use domain::memory::entry::Entry;
use domain::memory::runbook::KnownSet;
use domain::memory::words::Words;
use domain::post::Post;
use domain::preferences::Preferences;
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

impl Record for Preferences {
    const COLLECTION: &'static Collection = &collections::PREFERENCES;

    fn id(&self) -> String {
        self.person.clone()
    }
}

impl Record for ChannelSettings {
    const COLLECTION: &'static Collection = &collections::CHANNELS;

    fn id(&self) -> String {
        self.channel.clone()
    }
}

impl Record for Lane {
    const COLLECTION: &'static Collection = &collections::LANES;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Record for Post {
    const COLLECTION: &'static Collection = &collections::POSTS;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Record for Incident {
    const COLLECTION: &'static Collection = &collections::INCIDENTS;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Record for Approval {
    const COLLECTION: &'static Collection = &collections::APPROVALS;

    fn id(&self) -> String {
        self.id.clone()
    }
}
