//! The gates by name.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What may speak against a plan whatever its score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Parts of the score that cannot be.
    Score,
    /// The second reader.
    SafetyReview,
    /// A freeze or a pause.
    Freeze,
    /// Another replica leads.
    Leader,
    /// The autonomy level of the environment.
    Autonomy,
    /// Namespaces and kinds that are not touched.
    Protected,
    /// Heals that failed in a row.
    FailedHeals,
    /// Critical services.
    CriticalService,
    /// The class of the call.
    EffectClass,
    /// Free text in the plan.
    Taint,
    /// Looks that failed.
    MissingEvidence,
    /// What else is touched.
    BlastRadius,
    /// The cap of automatic actions.
    Rate,
    /// Business hours.
    BusinessHours,
    /// Maintenance windows.
    Maintenance,
    /// The rest of the object.
    CoolDown,
    /// An action on the same dependency chain.
    Chain,
    /// One of a later version of the program.
    #[serde(other)]
    Unknown,
}

impl Gate {
    /// As it is stored and told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::SafetyReview => "safety_review",
            Self::Freeze => "freeze",
            Self::Leader => "leader",
            Self::Autonomy => "autonomy",
            Self::Protected => "protected",
            Self::FailedHeals => "failed_heals",
            Self::CriticalService => "critical_service",
            Self::EffectClass => "effect_class",
            Self::Taint => "taint",
            Self::MissingEvidence => "missing_evidence",
            Self::BlastRadius => "blast_radius",
            Self::Rate => "rate",
            Self::BusinessHours => "business_hours",
            Self::Maintenance => "maintenance",
            Self::CoolDown => "cool_down",
            Self::Chain => "chain",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
