//! Label and field selectors: the text form of list requests and the object form inside specs.

use serde_json::Value;

use super::object::{array, at, entries, text};

/// One requirement on one label.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

/// Requirements that must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSelector(Vec<Requirement>);

impl LabelSelector {
    /// Reads the text form (`app=shop,tier in (a, b),!canary`).
    ///
    /// # Errors
    /// Says which part could not be read.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut requirements = Vec::new();
        for part in split_outside_parentheses(source) {
            let part = part.trim();
            if !part.is_empty() {
                requirements.push(parse_requirement(part)?);
            }
        }
        Ok(Self(requirements))
    }

    /// Reads the object form (`matchLabels`, `matchExpressions`). An empty one selects everything.
    pub fn from_object(selector: &Value) -> Self {
        let mut requirements: Vec<Requirement> = entries(selector, "/matchLabels")
            .map(|(key, value)| Requirement::In(key.clone(), vec![value.as_str().unwrap_or_default().to_owned()]))
            .collect();
        for expression in array(selector, "/matchExpressions") {
            let key = text(expression, "/key").to_owned();
            let values = array(expression, "/values").iter().filter_map(Value::as_str).map(str::to_owned).collect();
            requirements.push(match text(expression, "/operator") {
                "NotIn" => Requirement::NotIn(key, values),
                "Exists" => Requirement::Exists(key),
                "DoesNotExist" => Requirement::Absent(key),
                _ => Requirement::In(key, values),
            });
        }
        Self(requirements)
    }

    /// Whether the labels of the object satisfy it.
    pub fn matches(&self, object: &Value) -> bool {
        self.matches_labels(at(object, "/metadata/labels"))
    }

    /// Whether a map of labels satisfies it.
    pub fn matches_labels(&self, labels: Option<&Value>) -> bool {
        let value = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => value(key).is_some_and(|found| values.iter().any(|wanted| wanted == found)),
            Requirement::NotIn(key, values) => {
                !value(key).is_some_and(|found| values.iter().any(|other| other == found))
            }
            Requirement::Exists(key) => value(key).is_some(),
            Requirement::Absent(key) => value(key).is_none(),
        })
    }
}

/// Whether a map of `key: value` (a Service's selector) is contained in the object's labels; an empty one selects nothing.
pub fn map_selects(selector: Option<&Value>, object: &Value) -> bool {
    let Some(wanted) = selector.and_then(Value::as_object).filter(|wanted| !wanted.is_empty()) else { return false };
    let labels = at(object, "/metadata/labels");
    wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
}

fn split_outside_parentheses(source: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut begin) = (Vec::new(), 0usize, 0usize);
    for (index, letter) in source.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(source.get(begin..index).unwrap_or_default());
                begin = index + 1;
            }
            _ => {}
        }
    }
    parts.push(source.get(begin..).unwrap_or_default());
    parts
}

fn parse_requirement(part: &str) -> Result<Requirement, String> {
    let key = |key: &str| {
        let key = key.trim();
        let sound =
            !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter));
        if sound { Ok(key.to_owned()) } else { Err(format!("unable to parse requirement: invalid label key {key:?}")) }
    };
    if let Some((left, values)) = part.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let left = left.trim();
        if let Some(name) = left.strip_suffix(" notin") {
            return Ok(Requirement::NotIn(key(name)?, values));
        }
        if let Some(name) = left.strip_suffix(" in") {
            return Ok(Requirement::In(key(name)?, values));
        }
        return Err(format!("unable to parse requirement: {part:?} has neither in nor notin"));
    }
    if let Some((name, value)) = part.split_once("!=") {
        return Ok(Requirement::NotIn(key(name)?, vec![value.trim().to_owned()]));
    }
    if let Some((name, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Ok(Requirement::In(key(name)?, vec![value.trim().to_owned()]));
    }
    match part.strip_prefix('!') {
        Some(name) => Ok(Requirement::Absent(key(name)?)),
        None => Ok(Requirement::Exists(key(part)?)),
    }
}

/// A field selector: equalities over a few known paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<(String, String, bool)>);

impl FieldSelector {
    /// Reads `a.b=c,d!=e`.
    ///
    /// # Errors
    /// Says which part could not be read.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut terms = Vec::new();
        for part in source.split(',').filter(|part| !part.trim().is_empty()) {
            let (path, value, equal) = if let Some((path, value)) = part.split_once("!=") {
                (path, value, false)
            } else if let Some((path, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                (path, value, true)
            } else {
                return Err(format!("invalid selector: {part:?}; can't understand it"));
            };
            terms.push((path.trim().to_owned(), value.trim().to_owned(), equal));
        }
        Ok(Self(terms))
    }

    /// The first path that objects of this resource cannot be selected by.
    pub fn unsupported(&self, resource: &str) -> Option<&str> {
        let known = |path: &str| match path {
            "metadata.name" | "metadata.namespace" => true,
            "spec.nodeName"
            | "status.phase"
            | "spec.restartPolicy"
            | "spec.serviceAccountName"
            | "status.podIP"
            | "spec.schedulerName" => resource == "pods" || (resource == "namespaces" && path == "status.phase"),
            "spec.unschedulable" => resource == "nodes",
            "type" => resource == "secrets" || resource == "events",
            "status.successful" => resource == "jobs",
            "reason" | "reportingComponent" | "source" => resource == "events",
            _ => resource == "events" && (path.starts_with("involvedObject.") || path.starts_with("regarding.")),
        };
        self.0.iter().map(|(path, _, _)| path.as_str()).find(|path| !known(path))
    }

    /// Whether the object satisfies it.
    pub fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|(path, wanted, equal)| {
            let pointer = format!("/{}", path.replace("regarding.", "involvedObject.").replace('.', "/"));
            let found = match object.pointer(&pointer) {
                Some(Value::String(found)) => found.clone(),
                Some(Value::Bool(found)) => found.to_string(),
                Some(Value::Number(found)) => found.to_string(),
                _ if path == "spec.unschedulable" => "false".to_owned(),
                _ => String::new(),
            };
            (found == *wanted) == *equal
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn label_selectors_read_both_forms() {
        let object = json!({"metadata": {"labels": {"app": "cart", "tier": "web"}}});
        for (source, wanted) in [
            ("app=cart", true),
            ("app==cart,tier!=db", true),
            ("app in (cart, search)", true),
            ("app notin (cart)", false),
            ("tier,!canary", true),
            ("canary", false),
            ("", true),
        ] {
            assert_eq!(LabelSelector::parse(source).unwrap().matches(&object), wanted, "{source}");
        }
        assert!(LabelSelector::parse("a b c").is_err());
        let selector = json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["search"]}]});
        assert!(LabelSelector::from_object(&selector).matches(&object));
    }
}
