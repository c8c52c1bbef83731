//! What the programs do with their settings when they start: run, do their batch and end, or refuse a value and exit.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::World;
use super::object::{array, entries, name, namespace, text};
use super::pods::config_references;

/// What becomes of a started process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It serves.
    Serves,
    /// It does its work and ends.
    Finishes { seconds: i64 },
    /// It refuses its settings.
    Refuses { farewell: Vec<String> },
}

impl World {
    /// The environment of a pod's first container.
    ///
    /// # Errors
    /// The kubelet's message when an object or a key that it takes its environment from is not there.
    pub(crate) fn environment(&self, pod: &Value) -> Result<BTreeMap<String, String>, String> {
        let ns = namespace(pod);
        let mut environment = BTreeMap::new();
        for (resource, own, key) in config_references(pod) {
            let singular = resource.trim_end_matches('s');
            let Some(object) = self.store.get(resource, ns, &own) else {
                return Err(format!("{singular} {own:?} not found"));
            };
            match key {
                None => environment
                    .extend(entries(&object, "/data").map(|(key, value)| (key.clone(), plain(resource, value)))),
                Some(key) if object.pointer("/data").and_then(|data| data.get(&key)).is_none() => {
                    let kind = if resource == "secrets" { "Secret" } else { "ConfigMap" };
                    return Err(format!("couldn't find key {key} in {kind} {ns}/{own}"));
                }
                Some(_) => {}
            }
        }
        for variable in array(pod, "/spec/containers/0/env") {
            let value = match (variable.get("value"), variable.get("valueFrom")) {
                (Some(value), _) => value.as_str().unwrap_or_default().to_owned(),
                (None, Some(from)) => self.value_from(ns, from),
                _ => String::new(),
            };
            environment.insert(text(variable, "/name").to_owned(), value);
        }
        Ok(environment)
    }

    fn value_from(&self, ns: &str, from: &Value) -> String {
        for (field, resource) in [("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")] {
            let (own, key) = (text(from, &format!("/{field}/name")), text(from, &format!("/{field}/key")));
            if let Some(object) = self.store.get(resource, ns, own)
                && let Some(value) = object.get("data").and_then(|data| data.get(key))
            {
                return plain(resource, value);
            }
        }
        String::new()
    }
}

fn plain(resource: &str, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    if resource != "secrets" {
        return text.to_owned();
    }
    crate::base64::decode(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// What the program in a pod does with this environment.
pub fn fate(pod: &Value, environment: &BTreeMap<String, String>, started: &str) -> Fate {
    if text(pod, "/spec/restartPolicy") != "Always" {
        return Fate::Finishes { seconds: if name(pod).contains("nightly") { 412 } else { 95 } };
    }
    for (key, value) in environment {
        if let Err(problem) = check_setting(key, value) {
            let fatal = json!({"time": started, "level": "fatal", "msg": "invalid configuration, refusing to start",
                "key": key, "value": value, "error": problem});
            return Fate::Refuses { farewell: vec![fatal.to_string()] };
        }
    }
    Fate::Serves
}

fn check_setting(key: &str, value: &str) -> Result<(), String> {
    if key.ends_with("_TIMEOUT") {
        let digits = value.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let unit = value.get(digits.len()..).unwrap_or_default();
        return match (digits.parse::<f64>(), unit) {
            (Ok(_), "ms" | "s" | "m" | "h") => Ok(()),
            (Ok(_), "") => Err(format!("missing unit in duration {value:?}")),
            (Ok(_), unit) => Err(format!("unknown unit {unit:?} in duration {value:?}")),
            (Err(_), _) => Err(format!("invalid duration {value:?}")),
        };
    }
    if ["_SIZE", "_LIMIT", "_PORT", "_PROCESSES"].iter().any(|end| key.ends_with(end)) {
        return value.parse::<u64>().map(drop).map_err(|_| format!("expected a whole number, found {value:?}"));
    }
    if key.ends_with("_ENABLED") {
        return value.parse::<bool>().map(drop).map_err(|_| format!("expected true or false, found {value:?}"));
    }
    if key.ends_with("_URL") {
        return if value.contains("://") { Ok(()) } else { Err(format!("missing scheme in URL {value:?}")) };
    }
    if key == "LOG_LEVEL" && !["debug", "info", "warn", "error"].contains(&value.to_lowercase().as_str()) {
        return Err(format!("unknown log level {value:?}"));
    }
    Ok(())
}
