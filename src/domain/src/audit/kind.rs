//! What happened, under names that stay: other programs and old logs rest on them.

use std::fmt;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// All actions were stopped.
    FreezeOn,
    /// They were let go on.
    FreezeOff,
    /// Actions of one environment were stopped.
    PauseOn,
    /// They were let go on.
    PauseOff,
    /// Settings were changed.
    SettingsChanged,
    /// Everything that was kept of a person was removed.
    PersonErased,
    /// The store was put back from a backup.
    StoreRestored,
    /// What was too old was removed.
    RetentionCut,
    /// A tool that changes something was called.
    ToolCalled,
    /// An approval was asked for.
    ApprovalAsked,
    /// A plan was approved.
    ApprovalGiven,
    /// A plan was rejected.
    ApprovalRefused,
    /// An approval was taken back before its action began.
    ApprovalWithdrawn,
    /// Nobody approved in time.
    ApprovalExpired,
    /// An action is going to be done.
    ActionIntent,
    /// Its effect begins.
    ActionBegun,
    /// It came to its end, good or bad.
    ActionEnded,
    /// It was given up.
    ActionAbandoned,
    /// Somebody signed in.
    LoginDone,
    /// Somebody was not let in.
    LoginRefused,
    /// Something that this version of the program does not know.
    Other(String),
}

/// Every kind that is known, with its name.
const NAMES: &[(Kind, &str)] = &[
    (Kind::FreezeOn, "freeze.on"),
    (Kind::FreezeOff, "freeze.off"),
    (Kind::PauseOn, "pause.on"),
    (Kind::PauseOff, "pause.off"),
    (Kind::SettingsChanged, "settings.changed"),
    (Kind::PersonErased, "person.erased"),
    (Kind::StoreRestored, "store.restored"),
    (Kind::RetentionCut, "retention.cut"),
    (Kind::ToolCalled, "tool.called"),
    (Kind::ApprovalAsked, "approval.asked"),
    (Kind::ApprovalGiven, "approval.given"),
    (Kind::ApprovalRefused, "approval.refused"),
    (Kind::ApprovalWithdrawn, "approval.withdrawn"),
    (Kind::ApprovalExpired, "approval.expired"),
    (Kind::ActionIntent, "action.intent"),
    (Kind::ActionBegun, "action.begun"),
    (Kind::ActionEnded, "action.ended"),
    (Kind::ActionAbandoned, "action.abandoned"),
    (Kind::LoginDone, "login.done"),
    (Kind::LoginRefused, "login.refused"),
];

impl Kind {
    /// All kinds that are known.
    pub fn known() -> impl Iterator<Item = &'static Self> {
        NAMES.iter().map(|(kind, _)| kind)
    }

    /// Its name in the chain.
    pub fn name(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => NAMES.iter().find(|(kind, _)| kind == known).map_or("", |(_, name)| name),
        }
    }

    /// The kind of this name.
    pub fn of(name: &str) -> Self {
        let known = NAMES.iter().find(|(_, known)| *known == name);
        known.map_or_else(|| Self::Other(name.to_owned()), |(kind, _)| kind.clone())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
