//! Several backends of one kind behind one server: named, the first by default.
//!
//! Guarantees: names are unique and there is at least one; with one alone no tool asks for a choice, with several every
//! tool takes `instance`, and a tool that changes something wants it: a change never goes to the first of several because
//! nobody said which. Deliberately absent: asking several at once.

use crate::ToolSpec;
use crate::args;
use domain::envelope::{Failure, FailureKind};
use serde_json::{Map, Value, json};

/// The argument that chooses.
const ARGUMENT: &str = "instance";

/// Named backends, in the order of the settings.
#[derive(Debug)]
pub struct Instances<B> {
    all: Vec<(String, B)>,
}

impl<B> Instances<B> {
    /// Makes each backend; `kind` names them in messages (`Loki`), `variable` the setting that names the first.
    /// `make` is told whether there are several, because only then a source needs the instance's name.
    ///
    /// # Errors
    /// `BadRequest` for none, for two of one name, and for settings that a backend cannot be made of.
    pub fn new<I>(
        kind: &str,
        variable: &str,
        configured: Vec<(String, I)>,
        make: impl Fn(&str, I, bool) -> Result<B, Failure>,
    ) -> Result<Self, Failure> {
        if configured.is_empty() {
            return Err(Failure::new(FailureKind::BadRequest, format!("no {kind} is configured"))
                .with_hint(format!("set {variable} or name one in the settings")));
        }
        let several = configured.len() > 1;
        let mut all: Vec<(String, B)> = Vec::new();
        for (name, instance) in configured {
            if all.iter().any(|(other, _)| *other == name) {
                let message = format!("two instances of {kind} are named {name:?}");
                return Err(Failure::new(FailureKind::BadRequest, message).with_hint("give each its own name"));
            }
            let backend = make(&name, instance, several).map_err(|failure| Failure {
                message: format!("{kind} instance {name:?}: {}", failure.message),
                ..failure
            })?;
            all.push((name, backend));
        }
        Ok(Self { all })
    }

    /// The tools, each with the choice of an instance where there are several.
    pub fn offer(&self, specs: Vec<ToolSpec>) -> Vec<ToolSpec> {
        if self.all.len() < 2 {
            return specs;
        }
        let schema = json!({"type": "string", "enum": self.names(), "description": "The first by default."});
        specs.into_iter().map(|spec| spec.with_argument(ARGUMENT, schema.clone())).collect()
    }

    /// The tools that change something, each with a choice that must be made where there are several.
    pub fn offer_acting(&self, specs: Vec<ToolSpec>) -> Vec<ToolSpec> {
        if self.all.len() < 2 {
            return specs;
        }
        let schema = json!({"type": "string", "enum": self.names()});
        let required = |spec: ToolSpec| {
            let mut spec = spec.with_argument(ARGUMENT, schema.clone());
            if let Value::Object(root) = &mut spec.input_schema
                && let Value::Array(names) = root.entry("required").or_insert_with(|| json!([]))
            {
                names.push(Value::from(ARGUMENT));
            }
            spec
        };
        specs.into_iter().map(required).collect()
    }

    /// Takes the choice out of the arguments of a change, which names it where there are several.
    ///
    /// # Errors
    /// `BadRequest` for a name that is not known, and for none where there are several.
    pub fn choose_for_change(&self, arguments: &mut Map<String, Value>) -> Result<&B, Failure> {
        if self.all.len() > 1 && !arguments.contains_key(ARGUMENT) {
            return Err(args::invalid(ARGUMENT, "nothing", &self.names().join(", ")));
        }
        self.choose(arguments)
    }

    fn names(&self) -> Vec<&str> {
        self.all.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Takes the choice out of the arguments.
    ///
    /// # Errors
    /// `BadRequest` for a name that is not known.
    pub fn choose(&self, arguments: &mut Map<String, Value>) -> Result<&B, Failure> {
        let asked = arguments.remove(ARGUMENT);
        let name = asked.as_ref().and_then(Value::as_str);
        let found = match name {
            None => self.all.first(),
            Some(name) => self.all.iter().find(|(other, _)| other == name),
        };
        found
            .map(|(_, backend)| backend)
            .ok_or_else(|| args::invalid(ARGUMENT, format!("{:?}", name.unwrap_or_default()), &self.names().join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Result<Instances<usize>, Failure> {
        let configured = vec![("a".to_owned(), 1), ("b".to_owned(), 2)];
        Instances::new("Loki", "LOKI_URL", configured, |_, number, _| Ok(number))
    }

    fn arguments(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn the_first_is_the_default_and_a_wrong_name_is_told_the_right_ones() {
        let instances = three().unwrap();
        assert_eq!(instances.choose(&mut Map::new()), Ok(&1));
        assert_eq!(instances.choose(&mut arguments(json!({"instance": "b"}))), Ok(&2));
        let failure = instances.choose(&mut arguments(json!({"instance": "c"}))).unwrap_err();
        assert!(failure.to_string().contains("a, b"), "{failure}");
    }

    #[test]
    fn a_change_goes_to_no_instance_that_nobody_named() {
        let instances = three().unwrap();
        let failure = instances.choose_for_change(&mut Map::new()).unwrap_err();
        assert_eq!(failure.message, "argument `instance`: found nothing; accepted: a, b");
        assert_eq!(instances.choose_for_change(&mut arguments(json!({"instance": "b"}))), Ok(&2));
        let spec = ToolSpec {
            name: "mute",
            title: "Mute",
            description: "Mutes.".to_owned(),
            input_schema: json!({"type": "object", "properties": {}, "required": ["reason"]}),
        };
        let offered = instances.offer_acting(vec![spec.clone()]);
        assert_eq!(offered[0].input_schema["required"], json!(["reason", "instance"]));
        let one = Instances::new("Loki", "LOKI_URL", vec![("a".to_owned(), 1)], |_, number, _| Ok(number)).unwrap();
        assert_eq!(one.offer_acting(vec![spec.clone()]), [spec]);
        assert_eq!(one.choose_for_change(&mut Map::new()), Ok(&1));
    }

    #[test]
    fn none_and_two_of_one_name_are_refused() {
        let none = Instances::new("Loki", "LOKI_URL", Vec::<(String, u8)>::new(), |_, number, _| Ok(number));
        assert!(none.unwrap_err().to_string().contains("LOKI_URL"));
        let twice = vec![("a".to_owned(), 1), ("a".to_owned(), 2)];
        assert!(Instances::new("Loki", "LOKI_URL", twice, |_, number, _| Ok(number)).is_err());
    }
}
