//! Label and field selectors, evaluated on cached objects exactly as a server would, or not at all.
//!
//! Guarantee: a selector that is not fully understood (a comparison, a field that is not listed here, anything that a
//! server would reject) gives no matcher, so that the server is asked and its own answer or refusal is told.
//! Grammar: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api>.

use super::object::Object;
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use serde::Deserialize;

/// A selection that can be evaluated here.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Matcher {
    labels: Vec<Requirement>,
    fields: Vec<FieldTest>,
}

#[derive(Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, PartialEq, Eq)]
enum Test {
    Is(Vec<String>),
    IsNot(Vec<String>),
    Exists,
    Missing,
}

#[derive(Debug, PartialEq, Eq)]
struct FieldTest {
    path: String,
    value: String,
    equal: bool,
}

/// The fields of [`FIELDS`], read without the rest of the object.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Probe {
    #[serde(rename = "type")]
    kind: Option<String>,
    reason: Option<String>,
    involved_object: Involved,
    spec: Spec,
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Involved {
    kind: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    uid: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    node_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: Option<String>,
}

/// Fields by which a server selects, and for which kinds it does.
const FIELDS: &[(&str, &[&str])] = &[
    ("Pod", &["spec.nodeName", "status.phase"]),
    (
        "Event",
        &[
            "type",
            "reason",
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
        ],
    ),
];

impl Matcher {
    /// What a selection means for a kind; `None` where only the server can tell.
    pub fn of(kind: &Kind, selection: &Selection) -> Option<Self> {
        let labels = labels(selection.labels.as_deref().unwrap_or_default())?;
        let fields = fields(kind, selection.fields.as_deref().unwrap_or_default())?;
        Some(Self { labels, fields })
    }

    /// Whether an object fits; `None` where its fields cannot be read.
    pub fn fits(&self, object: &Object) -> Option<bool> {
        if !self.labels.iter().all(|requirement| requirement.fits(object)) {
            return Some(false);
        }
        if self.fields.is_empty() {
            return Some(true);
        }
        let only_names = self.fields.iter().all(|test| test.path.starts_with("metadata."));
        let probe = if only_names { Probe::default() } else { object.read::<Probe>().ok()? };
        Some(self.fields.iter().all(|test| (probe.value(object, &test.path) == test.value) == test.equal))
    }
}

impl Requirement {
    /// An absent label fulfils `!=` and `notin`, as in the API.
    fn fits(&self, object: &Object) -> bool {
        let value = object.label(&self.key);
        let is_one_of = |values: &[String]| value.is_some_and(|value| values.iter().any(|wanted| wanted == value));
        match &self.test {
            Test::Is(values) => is_one_of(values),
            Test::IsNot(values) => !is_one_of(values),
            Test::Exists => value.is_some(),
            Test::Missing => value.is_none(),
        }
    }
}

impl Probe {
    fn value<'a>(&'a self, object: &'a Object, path: &str) -> &'a str {
        let found = match path {
            "metadata.name" => return object.name().0,
            "metadata.namespace" => return object.name().1,
            "type" => &self.kind,
            "reason" => &self.reason,
            "involvedObject.kind" => &self.involved_object.kind,
            "involvedObject.namespace" => &self.involved_object.namespace,
            "involvedObject.name" => &self.involved_object.name,
            "involvedObject.uid" => &self.involved_object.uid,
            "spec.nodeName" => &self.spec.node_name,
            "status.phase" => &self.status.phase,
            _ => &None,
        };
        found.as_deref().unwrap_or_default()
    }
}

fn labels(text: &str) -> Option<Vec<Requirement>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    split_outside_brackets(text)?.into_iter().map(requirement).collect()
}

/// At commas that stand in no brackets; `None` where brackets do not pair.
fn split_outside_brackets(text: &str) -> Option<Vec<&str>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    loop {
        let stop = rest.find([',', '(', ')']);
        let end = match stop.and_then(|at| Some((at, rest.get(at..at + 1)?))) {
            Some((at, "(")) => {
                let close = at + rest.get(at..)?.find(')')?;
                rest.get(close + 1..)?.find(',').map(|comma| close + 1 + comma)
            }
            Some((_, ")")) => return None,
            Some((at, _)) => Some(at),
            None => None,
        };
        let Some(end) = end else {
            parts.push(rest);
            return Some(parts);
        };
        parts.push(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
    }
}

fn requirement(part: &str) -> Option<Requirement> {
    let part = part.trim();
    let (key, test) = if let Some(key) = part.strip_prefix('!') {
        (key, Test::Missing)
    } else if let Some((head, values)) = part.split_once('(') {
        let values: Vec<String> = values.strip_suffix(')')?.split(',').map(|value| value.trim().to_owned()).collect();
        if values.iter().any(|value| value.is_empty() || !is_value(value)) {
            return None;
        }
        match head.split_whitespace().collect::<Vec<_>>().as_slice() {
            [key, "in"] => (*key, Test::Is(values)),
            [key, "notin"] => (*key, Test::IsNot(values)),
            _ => return None,
        }
    } else if let Some((key, value)) = part.split_once("!=") {
        (key, Test::IsNot(vec![one_value(value)?]))
    } else if let Some((key, value)) = part.split_once('=') {
        (key, Test::Is(vec![one_value(value.strip_prefix('=').unwrap_or(value))?]))
    } else {
        (part, Test::Exists)
    };
    let key = key.trim();
    is_key(key).then(|| Requirement { key: key.to_owned(), test })
}

fn one_value(text: &str) -> Option<String> {
    let text = text.trim();
    is_value(text).then(|| text.to_owned())
}

fn is_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

/// At most 63 letters, digits, `-`, `_`, `.`, with a letter or digit at both ends.
fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let ends = [text.bytes().next(), text.bytes().next_back()];
    text.len() <= 63
        && text.bytes().all(inner)
        && ends.into_iter().all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
}

fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        None => is_name(key),
        Some((prefix, name)) => {
            let is_part = |part: &str| is_name(part) && !part.contains('_') && part == part.to_ascii_lowercase();
            prefix.len() <= 253 && prefix.split('.').all(is_part) && is_name(name)
        }
    }
}

fn fields(kind: &Kind, text: &str) -> Option<Vec<FieldTest>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    text.split(',').map(|part| field(kind, part)).collect()
}

fn field(kind: &Kind, part: &str) -> Option<FieldTest> {
    let (path, value, equal) = match part.split_once("!=") {
        Some((path, value)) => (path, value, false),
        None => {
            let (path, value) = part.split_once('=')?;
            (path, value.strip_prefix('=').unwrap_or(value), true)
        }
    };
    let own = FIELDS.iter().find(|(known, _)| *known == kind.kind).map_or(&[][..], |(_, paths)| paths);
    let known = path == "metadata.name" || path == "metadata.namespace" && kind.namespaced || own.contains(&path);
    // What a server unescapes, or rejects, is left to it.
    let plain = !value.contains(['\\', '=', '!', ' ']);
    (known && plain).then(|| FieldTest { path: path.to_owned(), value: value.to_owned(), equal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod() -> Object {
        Object::of(json!({"metadata": {"name": "web-1", "namespace": "shop", "labels":
            {"app": "web", "tier": "front", "app.kubernetes.io/part-of": "shop", "empty": ""}},
            "spec": {"nodeName": "one"}, "status": {"phase": "Running"}}))
        .unwrap()
    }

    fn fits(kind: &str, labels: &str, fields: &str) -> Option<bool> {
        let selection = Selection { labels: Some(labels.to_owned()), fields: Some(fields.to_owned()) };
        Matcher::of(&Kind::built_in(kind), &selection)?.fits(&pod())
    }

    #[test]
    fn labels_select_as_in_the_api() {
        for (text, expected) in [
            ("", Some(true)),
            ("app=web", Some(true)),
            ("app == web , tier!=back", Some(true)),
            ("app=cart", Some(false)),
            ("absent!=x", Some(true)),
            ("absent notin (x,y)", Some(true)),
            ("absent in (x)", Some(false)),
            ("app in (cart, web),tier", Some(true)),
            ("tier,app in(web)", Some(true)),
            ("app notin (cart,web)", Some(false)),
            ("!absent", Some(true)),
            ("!app", Some(false)),
            ("empty=", Some(true)),
            ("app!=", Some(true)),
            ("app.kubernetes.io/part-of=shop", Some(true)),
        ] {
            assert_eq!(fits("Pod", text, ""), expected, "{text}");
        }
    }

    #[test]
    fn what_only_the_server_can_judge_is_left_to_it() {
        for text in [
            "replicas>3",
            "app=web,",
            ",",
            "app in ()",
            "app in (a,)",
            "app in (a",
            "app)x",
            "app=we b",
            "-app=web",
            "App_X/y=z",
            "app within (web)",
            "app=web=x",
            "!",
            "a/b/c",
            "app=ü",
        ] {
            assert_eq!(fits("Pod", text, ""), None, "{text}");
        }
        for text in ["spec.schedulerName=x", "status.phase", "spec.nodeName=a\\,b", "metadata.uid=1", "type=Warning"] {
            assert_eq!(fits("Pod", "", text), None, "{text}");
        }
        assert_eq!(fits("Node", "", "metadata.namespace=x"), None);
    }

    #[test]
    fn fields_select_as_in_the_api() {
        for (kind, text, expected) in [
            ("Pod", "metadata.name=web-1", true),
            ("Pod", "metadata.name=web-2", false),
            ("Pod", "spec.nodeName==one,status.phase!=Failed", true),
            ("Pod", "spec.nodeName=", false),
            ("Event", "type!=Normal,metadata.namespace=shop", true),
        ] {
            assert_eq!(fits(kind, "", text), Some(expected), "{text}");
        }
    }
}
