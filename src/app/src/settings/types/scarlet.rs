//! What Scarlet reads of the settings.

use domain::policy::Protection;
use domain::secret::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Scarlet.
#[derive(Debug, Clone)]
pub struct ScarletSettings {
    /// Whether she looks by herself.
    pub is_enabled: bool,
    /// Where people are told what is not done without them: `slack:C0123456789`.
    pub escalate_to: Vec<String>,
    /// How long a proposal waits.
    pub approval: Duration,
    /// Automatic starts within an hour in one environment.
    pub automatic_per_hour: u32,
    /// How long an object rests after an action on it.
    pub cool_down: Duration,
    /// Between two looks at a source.
    pub look: Duration,
    /// What is critical, and what is not touched.
    pub protection: Protection,
    /// A decision table of the user.
    pub policy: Option<PathBuf>,
    /// Who sends webhooks, by name.
    pub receivers: BTreeMap<String, ReceiverSettings>,
}

/// One sender of webhooks.
#[derive(Debug, Clone)]
pub struct ReceiverSettings {
    /// The environment that it speaks of.
    pub environment: String,
    /// How it shows who it is.
    pub credentials: ReceiverCredentials,
    /// Where its fields stand; `None` for Alertmanager.
    pub mapping: Option<PathBuf>,
}

/// How a sender shows who it is.
#[derive(Debug, Clone)]
pub enum ReceiverCredentials {
    /// A bearer token.
    Bearer(Secret),
    /// Basic authentication.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
}
