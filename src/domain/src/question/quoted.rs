//! What a text that somebody points at is about: the alert message of another app, a line of a log.
//!
//! Such a text is no question: most of its words name nothing, and none of them is asked back about. Only names that are
//! written exactly count, so that a word like `high` never becomes `high-memory-worker`. The text comes from outside: it
//! adds a place to look, no more (invariant 7).

use super::names::{Inventory, kind_rank};
use crate::object::ObjectRef;

/// Words of a text that are read; an alert's own text is shorter.
const WORDS: usize = 400;

/// What a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// One object.
    Object(ObjectRef),
    /// Only a namespace.
    Namespace(String),
}

/// The words of a text: labels such as `pod="cart-1"` and `namespace:shop` are taken apart.
pub fn words(text: &str) -> Vec<String> {
    let ends_word = |c: char| c.is_whitespace() || !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    let trimmed = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    text.split(ends_word).map(trimmed).filter(|word| !word.is_empty()).take(WORDS).collect()
}

/// What these words name: of several objects the one that runs before what points at it, then the one named most often,
/// then the one named first; objects of a namespace that is named come before others.
pub fn find(words: &[String], inventory: &Inventory) -> Option<Named> {
    let namespace = words.iter().find(|word| inventory.namespaces.contains(word.as_str()));
    let mut found: Vec<(usize, usize, &ObjectRef)> = Vec::new();
    for object in &inventory.objects {
        let mut named = words.iter().enumerate().filter(|(_, word)| names(word, object)).map(|(at, _)| at);
        if let Some(first) = named.next() {
            found.push((first, 1 + named.count(), object));
        }
    }
    if found.iter().any(|(.., object)| object.namespace.as_ref() == namespace) && namespace.is_some() {
        found.retain(|(.., object)| object.namespace.as_ref() == namespace);
    }
    // An object that is called like its namespace is meant by neither word alone.
    let is_more_than_namespace = |object: &&ObjectRef| Some(&object.name) != namespace;
    if found.iter().any(|(.., object)| is_more_than_namespace(object)) {
        found.retain(|(.., object)| is_more_than_namespace(object));
    }
    let best =
        found.into_iter().min_by_key(|(first, times, object)| (kind_rank(&object.kind), usize::MAX - times, *first));
    best.map(|(.., object)| Named::Object(object.clone())).or_else(|| namespace.cloned().map(Named::Namespace))
}

/// Whether a word is the object's name, its path, or the name of one of its pods.
fn names(word: &str, object: &ObjectRef) -> bool {
    let name = object.name.to_lowercase();
    word == name
        || word == object.path().to_lowercase()
        || word.strip_prefix(&name).and_then(|rest| rest.strip_prefix('-')).is_some_and(is_pod_suffix)
}

/// What stands behind a workload's name in the name of its pod: `7d9f8b6c4-x2x9k`, `x2x9k`, `0`.
fn is_pod_suffix(rest: &str) -> bool {
    let parts: Vec<&str> = rest.split('-').collect();
    let is_hash = |part: &str| {
        (5..=10).contains(&part.len())
            && part.chars().any(|c| c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
    };
    let is_five = |part: &str| part.len() == 5 && part.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase());
    match parts.as_slice() {
        [one] => one.chars().all(|c| c.is_ascii_digit()) || is_hash(one),
        [first, second] => is_hash(first) && is_five(second),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory() -> Inventory {
        let objects = [
            ("Deployment", "shop", "checkout"),
            ("Service", "shop", "checkout"),
            ("Deployment", "shop", "payments"),
            ("Deployment", "dev", "checkout"),
            ("StatefulSet", "data", "orders-db"),
            ("Deployment", "shop", "high-memory-worker"),
        ];
        Inventory {
            objects: objects
                .iter()
                .map(|(kind, namespace, name)| ObjectRef::namespaced(*kind, *namespace, *name))
                .collect(),
            namespaces: ["shop", "dev", "data"].map(str::to_owned).into(),
        }
    }

    #[test]
    fn an_alerts_text_names_what_it_is_about_only_where_it_is_written_exactly() {
        let object =
            |kind: &str, namespace: &str, name: &str| Some(Named::Object(ObjectRef::namespaced(kind, namespace, name)));
        for (text, expected) in [
            (
                "[FIRING:1] KubePodCrashLooping pod=\"checkout-7d9f8b6c4-x2x9k\", namespace=\"shop\" severity=critical",
                object("Deployment", "shop", "checkout"),
            ),
            ("*Alert:* orders-db-0 in `data` is not ready", object("StatefulSet", "data", "orders-db")),
            ("CRITICAL: shop/payments error rate 12 %", object("Deployment", "shop", "payments")),
            ("High memory on a worker in namespace:shop", Some(Named::Namespace("shop".to_owned()))),
            ("Disk almost full on the build machine", None),
            ("checkout-v2 is slow", None),
            ("checkout in dev restarts", object("Deployment", "dev", "checkout")),
            ("", None),
        ] {
            assert_eq!(find(&words(text), &inventory()), expected, "{text}");
        }
    }
}
