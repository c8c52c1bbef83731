//! Calls that change something: who may make them, and what every such call carries.
//!
//! Guarantees (invariant 2): a write runs only with an [`Act`], which only this module makes, and only for a call that
//! carries a valid grant or comes to a server that the operator started `--without-grants`; in both cases it stands in
//! the audit file first, and its end or refusal after it; a grant serves one call, with exactly the arguments that it
//! was signed for; what is not said to be real is rehearsed (`dry_run` is true by default). A server in read mode never
//! makes an [`Act`], so that a mistake in a tool cannot write either.
//!
//! Deliberately absent: the decision whether something should be done. That is the policy's, which signs the grant.

mod audit;
mod grant;
mod record;

pub use audit::AuditFile;
pub use grant::{Grant, GrantError, GrantSigner, GrantVerifier, MAX_GRANT_LIFETIME};
pub(crate) use record::Record;

use crate::{ToolSpec, args};
use chrono::{DateTime, Utc};
use domain::envelope::{Failure, FailureKind};
use serde_json::{Map, Value, json};

/// The key of a call's `_meta` under which the grant's token travels.
pub const GRANT_META_KEY: &str = "auto-devops/grant";

const DRY_RUN: &str = "dry_run";
const EXPECTED_VERSION: &str = "expected_resource_version";
const REASON: &str = "reason";

/// Who may call an act server. Every call stands in the audit file before it is made.
pub enum Authority {
    /// Whoever shows a grant of the executor for the call.
    Grants {
        /// Tells which grants are the executor's.
        verifier: GrantVerifier,
        /// Where calls are written.
        audit: AuditFile,
    },
    /// Whoever reaches the server.
    WithoutGrants(AuditFile),
}

/// The permission for one change, and what its caller said about it. Made by this crate alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    dry_run: bool,
    expected_resource_version: Option<String>,
    reason: String,
    plan: Option<String>,
    grant: Option<String>,
}

impl Act {
    /// Whether the server shall only rehearse: everything is checked, nothing is changed.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The version of the object that the caller decided upon; an object of another version is not touched.
    pub fn expected_resource_version(&self) -> Option<&str> {
        self.expected_resource_version.as_deref()
    }

    /// Why, in the caller's words.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The digest of the plan that the grant was signed for; `None` without grants.
    pub fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }

    /// The id of the grant, unlike any other's: what a backend may tell a repetition by. `None` without grants.
    pub fn grant(&self) -> Option<&str> {
        self.grant.as_deref()
    }
}

/// Adds to a tool's schema what every change takes.
pub(crate) fn with_common_arguments(spec: ToolSpec) -> ToolSpec {
    let mut spec = spec
        .with_argument(
            DRY_RUN,
            json!({"type": "boolean", "default": true, "description": "true: rehearse and show the diff; false: do it."}),
        )
        .with_argument(
            EXPECTED_VERSION,
            json!({"type": "string", "maxLength": 64, "description": "Refuse if the object has changed since."}),
        )
        .with_argument(
            REASON,
            json!({"type": "string", "minLength": 3, "maxLength": 500, "description": "Why; kept in the audit."}),
        );
    if let Value::Object(schema) = &mut spec.input_schema {
        let required = schema.entry("required").or_insert_with(|| json!([]));
        if let Value::Array(names) = required {
            names.push(Value::from(REASON));
        }
    }
    spec
}

/// A call that was admitted but not yet made.
pub(crate) struct Admitted {
    plan: Option<String>,
    grant: Option<String>,
    rehearsal_only: bool,
}

impl Authority {
    /// Whoever shows a grant that `verifier` admits; calls are written to `audit`.
    pub fn grants(verifier: GrantVerifier, audit: AuditFile) -> Self {
        Self::Grants { verifier, audit }
    }

    /// What the audit file will tell of this call. A grant is named there only if the executor signed it.
    pub(crate) fn record<'a>(
        &'a self,
        call: Call<'a>,
        grant: Option<&str>,
        clock: &'a (dyn Fn() -> DateTime<Utc> + Send + Sync),
    ) -> Record<'a> {
        match self {
            Self::Grants { verifier, audit } => {
                Record::new(audit, call, grant.and_then(|token| verifier.read(token).ok()), clock)
            }
            Self::WithoutGrants(audit) => Record::new(audit, call, None, clock),
        }
    }

    /// Whether this call may be made now; a grant is used up by it.
    pub(crate) fn admit(&self, call: &Call<'_>, grant: Option<&str>) -> Result<Admitted, Failure> {
        let Self::Grants { verifier, .. } = self else {
            return Ok(Admitted { plan: None, grant: None, rehearsal_only: false });
        };
        let token = grant.ok_or_else(|| {
            let message = format!("`{}` changes something, and the call carries no grant", call.tool);
            Failure::new(FailureKind::Refused, message)
                .with_hint("changes go through the executor, which signs a grant for each approved plan")
        })?;
        let grant = verifier.admit(token, call).map_err(|error| {
            Failure::new(FailureKind::Refused, format!("the grant for `{}` is refused: {error}", call.tool))
                .with_hint("plan again: a grant serves one call, with the arguments it was made for, until it expires")
        })?;
        Ok(Admitted { plan: Some(grant.plan), grant: Some(grant.id), rehearsal_only: grant.dry_run })
    }
}

/// One call as it came.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The server's name in the effect table.
    pub server: &'a str,
    /// The tool.
    pub tool: &'a str,
    /// The arguments that the client sent.
    pub arguments: &'a Map<String, Value>,
    /// When it came.
    pub now: DateTime<Utc>,
}

impl Admitted {
    /// Takes what every change carries out of the checked arguments.
    ///
    /// # Errors
    /// `Refused` where the grant is for a rehearsal and the call is not.
    pub(crate) fn into_act(self, arguments: &mut Map<String, Value>) -> Result<Act, Failure> {
        let dry_run = arguments.remove(DRY_RUN).and_then(|value| value.as_bool()).unwrap_or(true);
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        let expected_resource_version = text(arguments.remove(EXPECTED_VERSION)).filter(|version| !version.is_empty());
        let reason = text(arguments.remove(REASON)).unwrap_or_default();
        if reason.trim().is_empty() {
            return Err(args::invalid(REASON, "nothing", "why this is done, in a sentence"));
        }
        if self.rehearsal_only && !dry_run {
            return Err(Failure::new(FailureKind::Refused, "the grant is for a dry run, and the call is not one"));
        }
        Ok(Act { dry_run, expected_resource_version, reason, plan: self.plan, grant: self.grant })
    }
}

#[cfg(test)]
mod tests;
