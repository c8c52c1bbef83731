//! Resolving the words of a question against objects that really exist.

use super::words::is_grammar;
use crate::object::ObjectRef;
use std::collections::BTreeSet;

/// What the words turned out to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// One object fits.
    One(Match),
    /// Several fit equally well: ask back.
    Several(Vec<ObjectRef>),
    /// A whole namespace.
    Namespace(String),
    /// Words that look like a name, and nothing that fits; the nearest names for the answer.
    Nothing {
        /// The word that was looked for.
        word: String,
        /// Names that are near.
        nearest: Vec<ObjectRef>,
    },
    /// The question names nothing.
    Unnamed,
}

/// One object, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The object.
    pub object: ObjectRef,
    /// The word or words that named it.
    pub word: String,
    /// Whether the spelling differed, so that the answer says what was understood.
    pub corrected: bool,
}

/// What can be named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Workloads, services, nodes, scrape jobs….
    pub objects: Vec<ObjectRef>,
    /// Namespaces.
    pub namespaces: BTreeSet<String>,
}

/// How well a word fits a name, higher is better; below `TYPO` nothing fits.
const EXACT: u32 = 100;
const SEGMENTS: u32 = 80;
const PREFIX: u32 = 70;
const PART: u32 = 60;
const TYPO: u32 = 50;

/// Which kind is meant when one name stands for several: the thing that runs, before what points at it.
pub(super) fn kind_rank(kind: &str) -> u32 {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" => 0,
        "CronJob" | "Job" => 1,
        "Node" => 2,
        "Service" => 3,
        "Pod" => 4,
        _ => 5,
    }
}

fn kind_of_word(word: &str) -> Option<&'static str> {
    Some(match word.strip_suffix('s').unwrap_or(word) {
        "deployment" => "Deployment",
        "statefulset" => "StatefulSet",
        "daemonset" => "DaemonSet",
        "cronjob" => "CronJob",
        "job" => "Job",
        "node" | "machine" | "host" => "Node",
        "service" => "Service",
        "pod" => "Pod",
        _ => return None,
    })
}

/// Resolves the words of a question. `words` are all words in order (grammar too: kinds steer the choice, and a
/// service may be called `search`); `namespace` narrows where the person gave one.
pub fn resolve(words: &[String], inventory: &Inventory, namespace: Option<&str>) -> Resolution {
    let wanted_kind = words.iter().find_map(|word| kind_of_word(word));
    let named_namespace = namespace.map(str::to_owned).or_else(|| {
        words.iter().find(|word| inventory.namespaces.contains(word.as_str()) && !is_grammar(word)).cloned()
    });
    let mut best: Vec<(u32, String, &ObjectRef)> = Vec::new();
    for (word, joined) in candidates(words) {
        for object in &inventory.objects {
            let score = fit(&word, object, joined);
            if score > 0 {
                best.push((score, word.clone(), object));
            }
        }
    }
    // A namespace that was named counts before the likeness of names: `cart in data` is `data/cart-redis`, not `shop/cart`.
    if named_namespace.is_some() && best.iter().any(|(.., object)| object.namespace == named_namespace) {
        best.retain(|(.., object)| object.namespace == named_namespace);
    }
    let top = best.iter().map(|(score, ..)| *score).max();
    let Some(top) = top else {
        return unresolved(words, inventory, named_namespace);
    };
    best.retain(|(score, ..)| *score == top);
    let of_kind: Vec<_> =
        best.iter().filter(|(.., object)| Some(object.kind.as_str()) == wanted_kind).cloned().collect();
    if !of_kind.is_empty() {
        best = of_kind;
    }
    drop_parts_of_longer_words(&mut best);
    let lowest = best.iter().map(|(.., object)| kind_rank(&object.kind)).min().unwrap_or(0);
    best.retain(|(.., object)| kind_rank(&object.kind) == lowest);
    let mut objects: Vec<ObjectRef> = best.iter().map(|(.., object)| (*object).clone()).collect();
    objects.sort();
    objects.dedup();
    match (objects.len(), best.first()) {
        (1, Some((_, word, object))) => {
            Resolution::One(Match { object: (*object).clone(), word: word.clone(), corrected: top < EXACT })
        }
        _ => Resolution::Several(objects),
    }
}

/// Single words, and neighbours joined by a dash (`orders db` for `orders-db`). Grammar words take part only when an
/// object is called exactly so.
fn candidates(words: &[String]) -> Vec<(String, bool)> {
    let single = words.iter().map(|word| (word.clone(), is_grammar(word)));
    let pairs =
        words.windows(2).filter(|pair| pair.iter().any(|word| !is_grammar(word))).map(|pair| (pair.join("-"), true));
    single.chain(pairs).collect()
}

fn fit(word: &str, object: &ObjectRef, exact_only: bool) -> u32 {
    let name = object.name.to_lowercase();
    let word = word.replace('_', "-");
    if word == name || word == object.path().to_lowercase() {
        return EXACT;
    }
    if let Some((kind, rest)) = word.split_once('/')
        && (kind == object.kind.to_lowercase() || object.namespace.as_deref() == Some(kind))
        && rest == name
    {
        return EXACT;
    }
    if exact_only || word.len() < 3 || word.chars().all(|c| c.is_ascii_digit()) {
        return 0;
    }
    let segments: Vec<&str> = name.split(['-', '.', ':']).collect();
    if segments.contains(&word.as_str()) {
        return SEGMENTS;
    }
    // A pod name asks for what the pod belongs to: `checkout-7d9f8b6c4-x2x1z` begins with `checkout-`.
    if word.len() > name.len()
        && word.starts_with(&format!("{name}-"))
        && word[name.len()..].chars().any(|c| c.is_ascii_digit())
    {
        return PREFIX;
    }
    if word.len() >= 4 && name.starts_with(&word) {
        return PREFIX;
    }
    if word.len() >= 4 && name.contains(&word) {
        return PART;
    }
    if is_typo(&word, &name)
        || (segments.len() > 1 && segments.iter().any(|segment| segment.len() >= 5 && is_typo(&word, segment)))
    {
        return TYPO;
    }
    0
}

fn is_typo(word: &str, name: &str) -> bool {
    let allowed = match word.len().min(name.len()) {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    allowed > 0 && strsim::damerau_levenshtein(word, name) <= allowed
}

/// Of matches with the same score a longer word is the more specific where it contains the shorter: `orders-db` before
/// `orders`. Two different words (`cart or checkout`) both stay.
fn drop_parts_of_longer_words(best: &mut Vec<(u32, String, &ObjectRef)>) {
    let words: Vec<String> = best.iter().map(|(_, word, _)| word.clone()).collect();
    best.retain(|(_, word, _)| !words.iter().any(|other| other.len() > word.len() && other.contains(word.as_str())));
}

fn unresolved(words: &[String], inventory: &Inventory, namespace: Option<String>) -> Resolution {
    let names: Vec<&String> = words.iter().filter(|word| !is_grammar(word) && word.len() > 2).collect();
    if let Some(namespace) = namespace
        && names.iter().all(|word| **word == namespace)
    {
        return Resolution::Namespace(namespace);
    }
    let Some(word) = names.into_iter().max_by_key(|word| word.len()) else {
        return Resolution::Unnamed;
    };
    let mut near: Vec<(usize, &ObjectRef)> = inventory
        .objects
        .iter()
        .filter(|object| kind_rank(&object.kind) < 3)
        .map(|object| (strsim::damerau_levenshtein(word, &object.name), object))
        .collect();
    near.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)));
    let nearest = near
        .into_iter()
        .filter(|(distance, _)| *distance <= word.len().max(4))
        .take(3)
        .map(|(_, o)| o.clone())
        .collect();
    Resolution::Nothing { word: word.clone(), nearest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::words::split;

    fn inventory() -> Inventory {
        let mut objects = vec![ObjectRef::cluster("Node", "worker-2")];
        for (namespace, name) in
            [("shop", "checkout"), ("shop", "cart"), ("shop", "search"), ("shop", "recommendation"), ("stage", "cart")]
        {
            objects.push(ObjectRef::namespaced("Deployment", namespace, name));
            objects.push(ObjectRef::namespaced("Service", namespace, name));
        }
        objects.push(ObjectRef::namespaced("StatefulSet", "data", "orders-db"));
        objects.push(ObjectRef::namespaced("StatefulSet", "data", "cart-redis"));
        Inventory { objects, namespaces: ["shop", "data", "stage"].map(str::to_owned).into() }
    }

    fn one(text: &str, expected: &str) {
        match resolve(&split(text), &inventory(), None) {
            Resolution::One(found) => assert_eq!(found.object.to_string(), expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn names_typos_parts_kinds_and_paths_resolve() {
        one("what is wrong with checkout?", "Deployment shop/checkout");
        one("what is wrong with chekcout?", "Deployment shop/checkout");
        one("why is recomendation slow", "Deployment shop/recommendation");
        one("is the orders db ok", "StatefulSet data/orders-db");
        one("is orders_db ok", "StatefulSet data/orders-db");
        one("what about the redis?", "StatefulSet data/cart-redis");
        one("what is wrong with search", "Deployment shop/search");
        one("why is service checkout down", "Service shop/checkout");
        one("why is shop/cart down", "Deployment shop/cart");
        one("why is cart in stage down", "Deployment stage/cart");
        one("what is wrong with cart in data", "StatefulSet data/cart-redis");
        one("logs of deployment/checkout", "Deployment shop/checkout");
        one("why does checkout-7d9f8b6c4-x2x1z crash", "Deployment shop/checkout");
        one("is node worker-2 ok", "Node worker-2");
    }

    #[test]
    fn two_that_fit_are_both_returned() {
        match resolve(&split("what is wrong with cart?"), &inventory(), None) {
            Resolution::Several(objects) => assert_eq!(objects.len(), 2),
            other => panic!("{other:?}"),
        }
        assert!(matches!(resolve(&split("what is wrong with cart?"), &inventory(), Some("shop")), Resolution::One(_)));
    }

    #[test]
    fn two_words_for_two_objects_are_both_returned() {
        match resolve(&split("is cart-redis or checkout broken?"), &inventory(), None) {
            Resolution::Several(objects) => assert_eq!(objects.len(), 2),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_fits_names_the_nearest() {
        match resolve(&split("what is wrong with billing"), &inventory(), None) {
            Resolution::Nothing { word, .. } => assert_eq!(word, "billing"),
            other => panic!("{other:?}"),
        }
        assert_eq!(resolve(&split("how is everything"), &inventory(), None), Resolution::Unnamed);
        assert_eq!(
            resolve(&split("how is the shop namespace"), &inventory(), None),
            Resolution::Namespace("shop".into())
        );
    }
}
