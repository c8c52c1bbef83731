//! Which values of the domain are kept, where, and under which ids.

use super::collection::Collection;
use super::collections;
use super::record::Record;
use chrono::{DateTime, Utc};
use domain::approval::Approval;
use domain::audit::Personal;
use domain::channel::ChannelSettings;
use domain::conversation::Conversation;
use domain::conversation::kept::KeptEvidence;
use domain::conversation::turn::Turn;
use domain::escalation::Escalation;
use domain::heal::Heal;
use domain::incident::Incident;
use domain::intake_queue::{HEAD, Head, HeardBook, Kept};
use domain::lane::Lane;
use domain::learning::{self, Learning};
use domain::memory::entry::Entry;
use domain::memory::runbook::KnownSet;
use domain::memory::words::Words;
use domain::post::Post;
use domain::preferences::Preferences;
use domain::recording::Recording;
use domain::self_watch::{self, Watch};
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

impl Record for Recording {
    const COLLECTION: &'static Collection = &collections::RECORDINGS;

    fn id(&self) -> String {
        self.incident.clone()
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

impl Record for Kept {
    const COLLECTION: &'static Collection = &collections::SIGNALS;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }
}

impl Record for Head {
    const COLLECTION: &'static Collection = &collections::INTAKE;

    fn id(&self) -> String {
        HEAD.to_owned()
    }
}

impl Record for HeardBook {
    const COLLECTION: &'static Collection = &collections::INTAKE;

    fn id(&self) -> String {
        Self::ID.to_owned()
    }
}

impl Record for Heal {
    const COLLECTION: &'static Collection = &collections::HEALS;

    fn id(&self) -> String {
        self.incident.clone()
    }
}

impl Record for Escalation {
    const COLLECTION: &'static Collection = &collections::ESCALATIONS;

    fn id(&self) -> String {
        self.message.key.clone()
    }
}

/// All of it is one document.
impl Record for Watch {
    const COLLECTION: &'static Collection = &collections::SELF_WATCH;

    fn id(&self) -> String {
        self_watch::DOCUMENT.to_owned()
    }
}

/// All of it is one document.
impl Record for Learning {
    const COLLECTION: &'static Collection = &collections::LESSONS;

    fn id(&self) -> String {
        learning::DOCUMENT.to_owned()
    }
}
