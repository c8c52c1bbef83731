//! How much an action can change, whatever its rehearsal told.

use super::Action;
use crate::effect::{self, EffectClass};
use crate::object::ObjectRef;

/// How what an action did ceases to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenBack {
    /// By a call, which the plan must hold.
    ByCall,
    /// There is nothing to take back: the owner of a pod makes it anew, a restarted workload runs the same template, a
    /// silence ends at its time.
    NothingToTakeBack,
    /// By nothing.
    Never,
}

impl Action {
    /// The strictest that a call of it can be: the class of its tool. What the table does not know is the strictest of all.
    pub fn ceiling(&self) -> EffectClass {
        effect::of(self.server(), self.name()).unwrap_or(EffectClass::W3)
    }

    /// The mildest that a call of it can be, whatever the facts are.
    pub fn floor(&self) -> EffectClass {
        match self {
            Self::Scale { .. } => effect::of_scale(0, 1),
            Self::DeletePod => effect::of_pod_deletion(true, u32::MAX),
            Self::SilenceCreate { minutes, .. } => effect::of_silence(*minutes),
            // The settings may grade a webhook as one that can be taken back, and no milder.
            Self::CallWebhook { .. } => EffectClass::W2,
            _ => self.ceiling(),
        }
    }

    /// The class of one call: what was told of it, and never milder than it can be.
    pub fn strictest_of(&self, told: EffectClass) -> EffectClass {
        told.max(self.floor())
    }

    /// How what it does to this object is taken back, where its call is of this class.
    pub fn taken_back(&self, object: &ObjectRef, class: EffectClass) -> TakenBack {
        match self {
            _ if class == EffectClass::W3 => TakenBack::Never,
            Self::DeletePod | Self::SilenceCreate { .. } => TakenBack::NothingToTakeBack,
            // Only a Deployment's restart makes a revision that can be gone back from.
            Self::RolloutRestart if object.kind != "Deployment" => TakenBack::NothingToTakeBack,
            _ => TakenBack::ByCall,
        }
    }

    /// The server of its tool, by its name in the effect table.
    pub fn server(&self) -> &'static str {
        match self {
            Self::SilenceCreate { .. } | Self::SilenceExpire { .. } => "prometheus",
            Self::CallWebhook { .. } => "webhooks",
            _ => "kubernetes",
        }
    }
}
