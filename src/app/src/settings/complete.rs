//! What the layers leave open: defaults of named sections, required keys, names and files that must exist.

use super::check::Value;
use super::definition::{self, Definition};
use super::kind::Kind;
use super::layers::{Entry, Layers};
use super::origin::Origin;
use super::path::KeyPath;
use super::problem::{Problem, nearest};
use super::raw::{Raw, RawValue};
use super::surroundings::Surroundings;
use std::path::Path;

/// Completes every declared section and checks what a key alone cannot know.
pub fn complete(layers: &mut Layers, surroundings: &dyn Surroundings) {
    let sections: Vec<(KeyPath, String, Origin)> = layers
        .sections
        .iter()
        .map(|(path, (pattern, origin))| (path.clone(), pattern.clone(), origin.clone()))
        .collect();
    for (path, pattern, origin) in &sections {
        for (key, definition) in keys_of(pattern) {
            complete_key(layers, &path.key(key), definition, origin);
        }
    }
    let found: Vec<Problem> =
        layers.entries.iter().flat_map(|(path, entry)| broken_references(layers, surroundings, path, entry)).collect();
    layers.problems.extend(found);
}

/// The keys directly in a section.
fn keys_of(pattern: &str) -> impl Iterator<Item = (&'static str, &'static Definition)> {
    definition::all().filter_map(move |definition| {
        let key = definition.path.strip_prefix(pattern)?.strip_prefix('.')?;
        (!key.contains('.')).then_some((key, definition))
    })
}

fn complete_key(layers: &mut Layers, path: &KeyPath, definition: &'static Definition, section: &Origin) {
    if layers.entries.contains_key(path) || layers.problems.iter().any(|problem| problem.key.as_ref() == Some(path)) {
        return;
    }
    if definition.required {
        layers.problems.push(Problem::at(section, path, "nothing", definition.kind.accepted()));
    } else if let Some(text) = definition.default {
        let raw = Raw { origin: Origin::Definition, value: RawValue::Untyped(text.to_owned()) };
        let base = super::check::Base { folder: Path::new("."), home: None };
        if let Ok(value) = super::check::check(definition.kind, &raw, &base) {
            layers.entries.insert(path.clone(), Entry { definition, value, origin: Origin::Definition });
        }
    }
}

fn broken_references(layers: &Layers, surroundings: &dyn Surroundings, path: &KeyPath, entry: &Entry) -> Vec<Problem> {
    match (&entry.value, entry.definition.kind) {
        (Value::List(names), Kind::NamesOf(section)) => names
            .iter()
            .filter_map(|name| undeclared(layers, section, name).map(|(accepted, hint)| (name, accepted, hint)))
            .map(|(name, accepted, hint)| Problem {
                hint,
                ..Problem::at(&entry.origin, path, format!("{name:?}, which is not declared"), accepted)
            })
            .collect(),
        (Value::File(file), _) => missing(surroundings, path, entry, [file.as_path()]),
        (Value::Folders(folders), _) => missing(surroundings, path, entry, folders.iter().map(|path| path.as_path())),
        _ => Vec::new(),
    }
}

/// What is accepted and the nearest name, where a section of this name is not declared.
pub fn undeclared(layers: &Layers, section: &str, name: &str) -> Option<(String, Option<String>)> {
    let prefix = KeyPath::of(section);
    let declared: Vec<&str> = layers
        .sections
        .keys()
        .filter(|path| path.segments().len() == 2)
        .filter_map(|path| path.name_under(&prefix))
        .collect();
    if declared.contains(&name) {
        return None;
    }
    let hint = nearest(name, declared.iter().copied()).map(|near| format!("did you mean {near:?}?"));
    let accepted = if declared.is_empty() {
        format!("a name declared as [{section}.NAME]; none is declared")
    } else {
        format!("one of {}", declared.join(", "))
    };
    Some((accepted, hint))
}

fn missing<'a>(
    surroundings: &dyn Surroundings,
    path: &KeyPath,
    entry: &Entry,
    files: impl IntoIterator<Item = &'a Path>,
) -> Vec<Problem> {
    files
        .into_iter()
        .filter(|file| !surroundings.exists(file))
        .map(|file| {
            let found = format!("{}, which does not exist", file.display());
            Problem::at(&entry.origin, path, found, entry.definition.kind.accepted())
        })
        .collect()
}
