//! The arguments as they are sent: a plan's, and what every change takes.

use super::permit::Permit;
use domain::action::ActCall;
use domain::envelope::{Failure, FailureKind};
use serde_json::{Map, Value};

/// What every act tool takes beside its own arguments, and what nobody but this module says.
const OURS: [&str; 3] = ["dry_run", "expected_resource_version", "reason"];

/// The arguments of a call with its permit's.
///
/// # Errors
/// Where the call says by itself what only the permit may say.
pub fn with_what_every_change_takes(call: &ActCall, permit: &Permit) -> Result<Map<String, Value>, Failure> {
    if let Some(name) = OURS.iter().find(|name| call.arguments.contains_key(**name)) {
        let message = format!("the call of {} says {name} by itself, which its permit decides", call.tool);
        return Err(Failure::new(FailureKind::Refused, message));
    }
    let mut arguments = call.arguments.clone();
    arguments.insert("dry_run".to_owned(), Value::from(permit.is_rehearsal));
    arguments.insert("reason".to_owned(), Value::from(permit.reason.as_str()));
    if !permit.resource_version.is_empty() {
        arguments.insert("expected_resource_version".to_owned(), Value::from(permit.resource_version.as_str()));
    }
    Ok(arguments)
}
