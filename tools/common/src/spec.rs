//! One tool as it is offered: name, words, schema.
//!
//! Guarantee: the schema is as small as it can be without losing what a caller needs (see [`crate::trim_schema`]).
//! Deliberately absent: the effect class, which is looked up in [`domain::effect`] and never claimed by the tool.

use crate::schema;
use schemars::JsonSchema;
use serde_json::{Map, Value};

/// One tool of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Name within the server: `query_range`.
    pub name: &'static str,
    /// For people, in a few words.
    pub title: &'static str,
    /// One or two sentences: what it answers and when to take it.
    pub description: String,
    /// JSON schema of the arguments, trimmed; always an object schema.
    pub input_schema: Value,
}

impl ToolSpec {
    /// A tool whose arguments are read into `Args`.
    pub fn new<Args: JsonSchema>(name: &'static str, title: &'static str, description: impl Into<String>) -> Self {
        let raw = schemars::SchemaGenerator::default().into_root_schema_for::<Args>();
        Self { name, title, description: description.into(), input_schema: schema::trim(raw.to_value()) }
    }

    /// A tool that changes something: besides its own arguments it takes `dry_run`, `expected_resource_version` and
    /// `reason`, which the kit reads into an [`Act`](crate::act::Act).
    pub fn act<Args: JsonSchema>(name: &'static str, title: &'static str, description: impl Into<String>) -> Self {
        crate::act::with_common_arguments(Self::new::<Args>(name, title, description))
    }

    /// The same tool with the argument limited to these words.
    #[must_use]
    pub fn with_choices(mut self, argument: &str, choices: &[String]) -> Self {
        let property = self.input_schema.get_mut("properties").and_then(|all| all.get_mut(argument));
        if let Some(Value::Object(property)) = property {
            property.insert("enum".to_owned(), Value::from(choices.to_vec()));
        }
        self
    }

    /// The same tool with one more argument, optional, of the given schema.
    #[must_use]
    pub fn with_argument(mut self, argument: &str, schema: Value) -> Self {
        if let Some(Value::Object(properties)) = self.input_schema.get_mut("properties") {
            properties.insert(argument.to_owned(), schema);
        }
        self
    }

    /// The schema as the object that it is.
    pub fn schema_object(&self) -> Map<String, Value> {
        self.input_schema.as_object().cloned().unwrap_or_default()
    }

    /// Bytes of name, description and schema: what a model pays for it.
    pub fn bytes(&self) -> usize {
        self.name.len() + self.description.len() + self.input_schema.to_string().len()
    }
}
