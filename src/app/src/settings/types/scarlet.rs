//! What Scarlet reads of the settings.

use super::SourceSettings;
use domain::effect::EffectClass;
use domain::policy::Protection;
use domain::secret::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tools_webhooks::{Method, Parameter, Statuses, Template};

/// Scarlet.
#[derive(Debug, Clone)]
pub struct ScarletSettings {
    /// Whether she looks by herself.
    pub is_enabled: bool,
    /// Where people are told what is not done without them: `slack:C0123456789`, `webhook:pager`.
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
    /// Whether what her decisions rest on is kept, for replays.
    pub records: bool,
    /// Who sends webhooks, by name.
    pub receivers: BTreeMap<String, ReceiverSettings>,
    /// The webhooks that are called, by name.
    pub webhooks: BTreeMap<String, WebhookSettings>,
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

/// A webhook that is called.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// Its address, whose path and query may hold secrets.
    pub url: Secret,
    /// How it is reached beside its address, which is empty there.
    pub source: SourceSettings,
    /// The method.
    pub method: Method,
    /// The body.
    pub body: Option<Template>,
    /// The values of the body.
    pub parameters: BTreeMap<String, Parameter>,
    /// The statuses that mean that it was done.
    pub expected: Statuses,
    /// How long it may take.
    pub timeout: Duration,
    /// What it is for.
    pub purpose: WebhookPurpose,
}

/// What a webhook is for.
#[derive(Debug, Clone)]
pub enum WebhookPurpose {
    /// It changes something.
    Action(Box<WebhookAction>),
    /// It tells people.
    Notification {
        /// Where a GET shows whether it is there.
        probe_url: Option<Secret>,
    },
}

/// What a webhook that changes something is declared as.
#[derive(Debug, Clone)]
pub struct WebhookAction {
    /// How much it can change.
    pub class: EffectClass,
    /// The webhook that takes it back.
    pub undo: Option<String>,
    /// How it is rehearsed.
    pub rehearsal: WebhookRehearsal,
    /// The environments that it may be called in.
    pub environments: Vec<String>,
    /// The rules of diagnosis whose trouble it is for.
    pub symptoms: Vec<String>,
    /// The only services that it is for; none named means all.
    pub services: Vec<String>,
    /// What a PromQL expression must give afterwards: at most this, or no result.
    pub success: Option<(String, Option<f64>)>,
}

/// How a webhook is rehearsed.
#[derive(Debug, Clone)]
pub enum WebhookRehearsal {
    /// Only here: nothing is sent.
    Here,
    /// By the same request with a parameter that says so.
    ByParameter,
    /// By the same body at another address.
    At(Secret),
}
