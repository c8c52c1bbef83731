//! Webhooks of a declared shape: a mapping says where in the body what stands.
//!
//! Pointers are JSON pointers (RFC 6901). Everything that stands where the mapping says is data: a name, a number, a text.
//!
//! Guarantees: an item that cannot be read keeps no other from being read; what is left out is told; memory is bounded; a
//! mapping with mistakes is told before anything comes in ([`Mapping::check`]), all of its mistakes at once.
//!
//! Deliberately absent: templates and expressions. A shape that needs them needs a small program before us.

mod pick;

pub use super::reading::{Problem, Unreadable};
pub use pick::Pick;

use super::bounded::{Bounds, read as read_bounded};
use super::reading::{Problems, is_name, plausible, severity, shown, status, time};
use super::{Signal, Source, SourceKind, Status, fingerprint};
use crate::incident::Severity;
use crate::object::ObjectRef;
use crate::redaction::redacted_head;
use chrono::{DateTime, Utc};
use pick::scalar;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Items of one body, and entries of an object in it, at most.
const ITEMS: usize = 10_000;
const ENTRIES: usize = 256;

const BOUNDS: Bounds = Bounds { depth: 12, entries: ENTRIES, items: ITEMS, characters: 4_000, values: 600_000 };

/// Characters of a name, of a text and of a label that are kept.
const NAME_CHARS: usize = 120;
const TEXT_CHARS: usize = 1_000;
const LABEL_CHARS: usize = 256;

/// Labels that are kept at most.
const LABELS: usize = 64;

/// Where an object's name stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectMapping {
    /// `Deployment`; mostly a constant.
    pub kind: Pick,
    /// None for what has no namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Pick>,
    /// Its name.
    pub name: Pick,
}

/// Where in a body what stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Pointer to the list of items, where a body holds several; the others are then looked for in each item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// What kind of trouble.
    pub name: Pick,
    /// Whether it is there or over. Without it everything that comes is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Pick>,
    /// How bad it is. Without it, medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Pick>,
    /// Which environment. Without it, that of the webhook's settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Pick>,
    /// Which object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectMapping>,
    /// Which service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Pick>,
    /// What it says in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Pick>,
    /// The measured value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Pick>,
    /// When it began: RFC 3339, or seconds or milliseconds since 1970. Without it, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Pick>,
    /// Pointer to an object whose texts, numbers and truth values become labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
    /// Labels that tell troubles apart, beside name, object and service; none but these do. Labels that change while a
    /// trouble lasts do not belong here.
    #[serde(default)]
    pub identified_by: Vec<String>,
}

impl Mapping {
    /// What is wrong with it, one sentence each.
    pub fn check(&self) -> Vec<String> {
        let picks = self.picks();
        let mut mistakes: Vec<String> = picks.into_iter().flat_map(|(what, pick)| pick.check(what)).collect();
        for (what, pointer) in [("each", &self.each), ("labels", &self.labels)] {
            mistakes.extend(pointer.as_ref().and_then(|pointer| pick::check_pointer(what, pointer).err()));
        }
        if !self.identified_by.is_empty() && self.labels.is_none() {
            mistakes.push("identified_by names labels, and there is no pointer to labels".to_owned());
        }
        mistakes
    }

    fn picks(&self) -> Vec<(&'static str, &Pick)> {
        let object = self.object.as_ref();
        let all = [
            ("name", Some(&self.name)),
            ("status", self.status.as_ref()),
            ("severity", self.severity.as_ref()),
            ("environment", self.environment.as_ref()),
            ("object.kind", object.map(|object| &object.kind)),
            ("object.namespace", object.and_then(|object| object.namespace.as_ref())),
            ("object.name", object.map(|object| &object.name)),
            ("service", self.service.as_ref()),
            ("text", self.text.as_ref()),
            ("value", self.value.as_ref()),
            ("started_at", self.started_at.as_ref()),
        ];
        all.into_iter().filter_map(|(what, pick)| Some((what, pick?))).collect()
    }
}

/// The signals of a body, and what could not be read. `environment` is that of the webhook's settings, `webhook` its name
/// there; a mapping that picks the environment must pick one of `environments`.
///
/// # Errors
/// [`Unreadable`]: nothing could be read, and why.
pub fn read(
    body: &[u8],
    mapping: &Mapping,
    environment: &str,
    environments: &[&str],
    webhook: &str,
    now: DateTime<Utc>,
) -> Result<(Vec<Signal>, Vec<Problem>), Unreadable> {
    let (document, left_out) = read_bounded(body, &BOUNDS).map_err(|error| Unreadable::not_json(&error))?;
    let mut problems = Problems::default();
    if left_out.items + left_out.entries + left_out.too_deep > 0 {
        let (items, entries, deep) = (left_out.items, left_out.entries, left_out.too_deep);
        problems
            .add(None, format!("left out for their number: {items} items, {entries} fields; {deep} for their depth"));
    }
    let one = std::slice::from_ref(&document);
    let items = match &mapping.each {
        None => one,
        Some(pointer) => {
            let list = document.pointer(pointer).and_then(Value::as_array);
            let what = || format!("list at {}", shown(pointer));
            list.ok_or_else(|| Unreadable::Missing { what: what(), format: "the mapping" })?.as_slice()
        }
    };
    let reader = Reader { mapping, environment, environments, webhook, now, root: &document };
    let mut signals = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match reader.signal(item, index + 1, &mut problems) {
            Ok(signal) => signals.push(signal),
            Err(text) => problems.add(Some(index + 1), text),
        }
    }
    Ok((signals, problems.into_told()))
}

struct Reader<'a> {
    mapping: &'a Mapping,
    environment: &'a str,
    environments: &'a [&'a str],
    webhook: &'a str,
    now: DateTime<Utc>,
    root: &'a Value,
}

impl Reader<'_> {
    fn signal(&self, item: &Value, number: usize, problems: &mut Problems) -> Result<Signal, String> {
        let pick = |pick: Option<&Pick>| pick.and_then(|pick| pick.text(item, self.root));
        let name = pick(Some(&self.mapping.name)).filter(|name| !name.trim().is_empty());
        let name = redacted_head(&name.ok_or("it has no name where the mapping says, and was left out")?, NAME_CHARS);
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "");
        let status = self.status(pick(self.mapping.status.as_ref()))?;
        let environment = self.environment(pick(self.mapping.environment.as_ref()))?;
        let object = self.object(item).unwrap_or_else(|text| {
            problems.add(Some(number), text);
            None
        });
        let service = pick(self.mapping.service.as_ref()).filter(|service| !service.is_empty());
        let service = service.map(|service| redacted_head(&service, NAME_CHARS));
        let labels = self.labels(item);
        let began = self.mapping.started_at.as_ref().and_then(|pick| time(&pick.value(item, self.root)?));
        let started_at = plausible(began, self.now).unwrap_or(self.now);
        if self.mapping.started_at.is_some() && began.is_none() {
            problems.add(Some(number), "it has no time where the mapping says: taken as beginning now");
        }
        let mut signal = Signal {
            id: String::new(),
            fingerprint: self.fingerprint(&environment, &name, object.as_ref(), service.as_deref(), &labels),
            source: Source { kind: SourceKind::Webhook, name: self.webhook.to_owned() },
            environment,
            name,
            status,
            severity: self.severity(pick(self.mapping.severity.as_ref()), number, problems),
            object,
            service,
            labels,
            text: redacted_head(&pick(self.mapping.text.as_ref()).unwrap_or_default(), TEXT_CHARS),
            value: self.mapping.value.as_ref().and_then(|pick| pick.number(item, self.root)),
            query: None,
            started_at,
            seen_at: self.now,
        };
        let word = if status == Status::Firing { "firing" } else { "resolved" };
        signal.id = format!("{}:{:016x}:{}:{word}", self.webhook, signal.instance(), started_at.timestamp_millis());
        Ok(signal)
    }

    fn status(&self, word: Option<String>) -> Result<Status, String> {
        match (self.mapping.status.is_some(), word) {
            (false, _) => Ok(Status::Firing),
            (true, None) => Err("it has no status where the mapping says, and was left out".to_owned()),
            (true, Some(word)) => status(&word).ok_or_else(|| {
                format!(
                    "its status is {}: declare under values whether that is firing or resolved; left out",
                    shown(&word)
                )
            }),
        }
    }

    /// A severity that is not known is medium, and told: the mapping should declare it.
    fn severity(&self, word: Option<String>, number: usize, problems: &mut Problems) -> Severity {
        let Some(word) = word else { return Severity::Medium };
        severity(&word).unwrap_or_else(|| {
            problems
                .add(Some(number), format!("its severity is {}, which is not known: taken for medium", shown(&word)));
            Severity::Medium
        })
    }

    fn environment(&self, picked: Option<String>) -> Result<String, String> {
        if self.mapping.environment.is_none() {
            return Ok(self.environment.to_owned());
        }
        let picked = picked.ok_or("it has no environment where the mapping says, and was left out")?;
        if self.environments.contains(&picked.as_str()) {
            return Ok(picked);
        }
        Err(format!("its environment is {}, which is not declared: it was left out", shown(&picked)))
    }

    /// No object where nothing stands there; a problem where what stands there cannot be one.
    fn object(&self, item: &Value) -> Result<Option<ObjectRef>, String> {
        let Some(mapping) = &self.mapping.object else { return Ok(None) };
        let text = |pick: &Pick| pick.text(item, self.root).filter(|text| !text.is_empty());
        let (Some(kind), Some(name)) = (text(&mapping.kind), text(&mapping.name)) else { return Ok(None) };
        let namespace = mapping.namespace.as_ref().map(text);
        let is_kind =
            kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.chars().all(|c| c.is_ascii_alphanumeric());
        match namespace {
            Some(None) => Err("its object has no namespace where the mapping says: taken as of no object".to_owned()),
            Some(Some(namespace)) if is_kind && is_name(&namespace) && is_name(&name) => {
                Ok(Some(ObjectRef::namespaced(kind, namespace, name)))
            }
            None if is_kind && is_name(&name) => Ok(Some(ObjectRef::cluster(kind, name))),
            _ => Err("what stands for its object names none of Kubernetes: taken as of no object".to_owned()),
        }
    }

    fn labels(&self, item: &Value) -> BTreeMap<String, String> {
        let labels = self.mapping.labels.as_ref().and_then(|pointer| item.pointer(pointer)?.as_object());
        let texts = labels.into_iter().flatten().filter_map(|(label, value)| Some((label, scalar(value)?)));
        let cut = |text: &str| redacted_head(text, LABEL_CHARS);
        texts.take(LABELS).map(|(label, value)| (cut(label), cut(&value))).collect()
    }

    fn fingerprint(
        &self,
        environment: &str,
        name: &str,
        object: Option<&ObjectRef>,
        service: Option<&str>,
        labels: &BTreeMap<String, String>,
    ) -> String {
        let object = object.map(ToString::to_string).unwrap_or_default();
        let declared = self.mapping.identified_by.iter();
        let identifying = declared.filter_map(|label| Some((label.as_str(), labels.get(label)?.as_str())));
        // No label of a stranger can be taken for one of these: they hold a space.
        let own = [(" object", object.as_str()), (" service", service.unwrap_or_default()), (" webhook", self.webhook)];
        fingerprint(environment, name, identifying.chain(own))
    }
}
