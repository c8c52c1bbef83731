//! The body of a webhook: JSON in which `{{name}}` stands for a parameter.
//!
//! A text that is nothing but `{{name}}` becomes the parameter's value with its type; within a longer text its characters
//! are put in. Guarantee: the body is made of JSON values, so that no value is ever read as more than one value, whatever
//! it holds. A value is not looked through for further places. Deliberately absent: places in keys and in the address.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The longest template, in bytes.
const MOST_BYTES: usize = 64 * 1024;

/// A body with places for values.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    body: Value,
    names: BTreeSet<String>,
}

/// A part of a text.
enum Part<'a> {
    Letters(&'a str),
    Place(&'a str),
}

impl Template {
    /// Reads JSON.
    ///
    /// # Errors
    /// It is too long or no JSON, or a place is not closed, has no name, or stands in a key.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("it has {} bytes; at most {MOST_BYTES}", text.len()));
        }
        let body: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let mut names = BTreeSet::new();
        gather(&body, &mut names)?;
        Ok(Self { body, names })
    }

    /// The parameters that stand in it.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// The body with these values.
    ///
    /// # Errors
    /// A value is missing, or one without characters (null) stands within a text.
    pub fn render(&self, values: &BTreeMap<String, Value>) -> Result<Value, String> {
        filled(&self.body, values)
    }
}

fn gather(value: &Value, names: &mut BTreeSet<String>) -> Result<(), String> {
    match value {
        Value::String(text) => {
            for part in parts(text)? {
                if let Part::Place(name) = part {
                    names.insert(name.to_owned());
                }
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|item| gather(item, names)),
        Value::Object(members) => members.iter().try_for_each(|(key, member)| {
            if key.contains("{{") {
                return Err(format!("the key {key:?} holds a place; only values may"));
            }
            gather(member, names)
        }),
        _ => Ok(()),
    }
}

fn filled(value: &Value, values: &BTreeMap<String, Value>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => text_filled(text, values)?,
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, values)).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let members = members.iter().map(|(key, member)| Ok((key.clone(), filled(member, values)?)));
            Value::Object(members.collect::<Result<Map<_, _>, String>>()?)
        }
        other => other.clone(),
    })
}

fn text_filled(text: &str, values: &BTreeMap<String, Value>) -> Result<Value, String> {
    let find = |name: &str| values.get(name).ok_or_else(|| format!("{{{{{name}}}}} has no value"));
    let parts = parts(text)?;
    if let [Part::Place(name)] = parts.as_slice() {
        return find(name).cloned();
    }
    let mut out = String::with_capacity(text.len());
    for part in parts {
        match part {
            Part::Letters(letters) => out.push_str(letters),
            Part::Place(name) => match find(name)? {
                Value::String(text) => out.push_str(text),
                Value::Null => return Err(format!("{{{{{name}}}}} stands within a text, and has no value here")),
                other => out.push_str(&other.to_string()),
            },
        }
    }
    Ok(Value::from(out))
}

/// The letters and places of a text, in order.
fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or_else(|| format!("a {{{{ is not closed in {text:?}"))?;
        if !is_name(name) {
            return Err(format!("{name:?} is no name of a parameter"));
        }
        if !before.is_empty() {
            parts.push(Part::Letters(before));
        }
        parts.push(Part::Place(name));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Letters(rest));
    }
    Ok(parts)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 63
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn values(values: Value) -> BTreeMap<String, Value> {
        values.as_object().cloned().unwrap_or_default().into_iter().collect()
    }

    #[test]
    fn places_are_filled_with_values_of_their_type() {
        let template = Template::parse(
            r#"{"size": "{{size}}", "dry": "{{dry}}", "of": ["{{name}}", "the cache of {{name}} at {{size}}", "{"]}"#,
        )
        .unwrap();
        assert_eq!(template.names().iter().map(String::as_str).collect::<Vec<_>>(), ["dry", "name", "size"]);
        let body = template.render(&values(json!({"size": 40, "dry": true, "name": "checkout"}))).unwrap();
        assert_eq!(body, json!({"size": 40, "dry": true, "of": ["checkout", "the cache of checkout at 40", "{"]}));
        assert_eq!(template.render(&values(json!({"size": 1}))).unwrap_err(), "{{dry}} has no value");
        let empty = values(json!({"size": 1, "dry": true, "name": null}));
        assert!(template.render(&empty).unwrap_err().contains("has no value here"));
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for (text, told) in [
            ("{", "it is no JSON"),
            (r#"{"a": "{{b"}"#, "is not closed"),
            (r#"{"a": "{{b c}}"}"#, "is no name of a parameter"),
            (r#"{"a": "{{}}"}"#, "is no name of a parameter"),
            (r#"{"{{a}}": 1}"#, "only values may"),
        ] {
            let found = Template::parse(text).unwrap_err();
            assert!(found.contains(told), "{text}: {found}");
        }
    }

    proptest! {
        #[test]
        fn no_value_is_read_as_more_than_one_value(name in "\\PC{0,40}", size in 0_u64..100) {
            let template = Template::parse(r#"{"name": "{{name}}", "said": "of {{name}}", "size": "{{size}}"}"#).unwrap();
            let body = template.render(&values(json!({"name": name, "size": size}))).unwrap();
            let read: Value = serde_json::from_str(&body.to_string()).unwrap();
            prop_assert_eq!(read, json!({"name": name, "said": format!("of {name}"), "size": size}));
        }
    }
}
