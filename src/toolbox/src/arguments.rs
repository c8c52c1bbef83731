//! A call's arguments against the tool's input schema, before anything is sent.
//!
//! Guarantees: the schema is compiled once and never fetches anything; a failure names each wrong field, what was found
//! and what is accepted, so that a small model can correct itself in one step; no more than [`MAX_PROBLEMS`] are told.
//! Deliberately absent: repair of arguments, which belongs to the model's client.

mod accepted;

use crate::failures::cut;
use accepted::{accepted, members, part};
use domain::envelope::{Failure, FailureKind};
use domain::tool_name::nearest;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value};
use std::sync::OnceLock;

/// Problems that one failure tells.
const MAX_PROBLEMS: usize = 5;

/// Bytes of a found value that are repeated.
const MAX_FOUND_BYTES: usize = 60;

/// The input schema of one tool, compiled on first use.
pub struct Arguments {
    schema: Value,
    validator: OnceLock<Result<Validator, String>>,
}

impl Arguments {
    /// Keeps the schema; nothing is compiled yet.
    pub fn new(schema: Value) -> Self {
        Self { schema, validator: OnceLock::new() }
    }

    /// The schema as the server gave it.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// The compiled schema, or why it cannot be used.
    ///
    /// # Errors
    /// When the schema is not a valid JSON schema or refers to something outside itself.
    pub fn validator(&self) -> Result<&Validator, &str> {
        let compiled = self.validator.get_or_init(|| {
            // Without a retriever a reference to another document is an error and not a request.
            jsonschema::options().offline().build(&self.schema).map_err(|error| cut(&error.to_string(), 200))
        });
        compiled.as_ref().map_err(String::as_str)
    }

    /// Checks the arguments of a call.
    ///
    /// # Errors
    /// `BadRequest` with each wrong field; `Refused` when the tool's schema itself cannot be used.
    pub fn check(&self, tool: &str, arguments: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let validator = self.validator().map_err(|reason| {
            let text = format!(
                "the arguments of {tool} cannot be checked, so that it is not called: its schema is unusable: {reason}"
            );
            Failure::new(FailureKind::Refused, text)
        })?;
        let instance = Value::Object(arguments);
        let mut problems: Vec<String> = Vec::new();
        let mut more = 0_usize;
        for error in validator.iter_errors(&instance) {
            for problem in describe(&self.schema, &error) {
                if problems.len() < MAX_PROBLEMS { problems.push(problem) } else { more += 1 }
            }
        }
        match instance {
            Value::Object(arguments) if problems.is_empty() => Ok(arguments),
            _ => Err(self.failure(tool, &problems, more)),
        }
    }

    fn failure(&self, tool: &str, problems: &[String], more: usize) -> Failure {
        let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
        let text = format!("wrong arguments for {tool}: {}{rest}", problems.join("; "));
        let failure = Failure::new(FailureKind::BadRequest, text);
        match members(&self.schema, &self.schema) {
            Some(listed) => failure.with_hint(format!("{tool} takes {listed}")),
            None => failure.with_hint(format!("{tool} takes no arguments")),
        }
    }
}

/// One problem for each field that the error is about.
fn describe(schema: &Value, error: &ValidationError<'_>) -> Vec<String> {
    let path = error.instance_path().as_str();
    let here = part(schema, path);
    let accepts = |of: Option<&Value>| of.map_or_else(|| "nothing".to_owned(), |of| accepted(schema, of));
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let field = part(schema, &format!("{path}/{name}"));
            vec![format!("`{}` is missing; accepted: {}", field_name(path, Some(name)), accepts(field))]
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let known = here.and_then(|here| here.get("properties")).and_then(Value::as_object);
            unexpected.iter().map(|name| unknown_field(path, name, known)).collect()
        }
        _ => match here {
            Some(here) => vec![format!(
                "`{}`: found {}, accepted: {}",
                field_name(path, None),
                found(error.instance()),
                accepted(schema, here)
            )],
            None => vec![format!("`{}`: {}", field_name(path, None), cut(&error.to_string(), 160))],
        },
    }
}

/// A field that the schema does not know, with the known one that was probably meant.
fn unknown_field(path: &str, name: &str, known: Option<&Map<String, Value>>) -> String {
    let near = known.map(|known| nearest(name, known.keys().map(String::as_str))).unwrap_or_default();
    let meant = near.first().map_or_else(String::new, |near| format!(" (`{near}` is)"));
    format!("`{}` is not known{meant}", field_name(path, Some(name)))
}

/// A field as a person writes it: `filters.0.name`.
fn field_name(path: &str, member: Option<&str>) -> String {
    let mut parts: Vec<String> =
        path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    parts.extend(member.map(|name| cut(name, MAX_FOUND_BYTES)));
    if parts.is_empty() { "arguments".to_owned() } else { parts.join(".") }
}

/// A value that is not accepted, with its type, because `"10"` and `10` look alike in a sentence.
fn found(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("{} ({kind})", cut(&value.to_string(), MAX_FOUND_BYTES))
}

#[cfg(test)]
mod tests;
