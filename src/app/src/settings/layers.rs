//! The layers laid over each other: every value checked where it stands, the later one winning.
//!
//! Each layer is checked whole, so that a mistake is told even where a later layer would have hidden it. Lists of tables
//! (`[[ignore]]`) add up over the layers; every other value is replaced.

use super::check::{Base, Mismatch, Value, check};
use super::definition::{self, Definition, Place};
use super::origin::Origin;
use super::path::KeyPath;
use super::problem::{Problem, nearest};
use super::raw::{Raw, RawValue};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The value that won at a key.
#[derive(Clone)]
pub struct Entry {
    /// The key.
    pub definition: &'static Definition,
    /// Its value.
    pub value: Value,
    /// Who set it.
    pub origin: Origin,
}

/// Only what `config show` prints too: a URL may hold a password.
impl std::fmt::Debug for Entry {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({})", super::show::value(&self.value), self.origin)
    }
}

/// What all layers read so far add up to.
#[derive(Debug)]
pub struct Layers {
    /// The winning values.
    pub entries: BTreeMap<KeyPath, Entry>,
    /// The named sections and the entries of arrays of tables, with the place that declared them first.
    pub sections: BTreeMap<KeyPath, (String, Origin)>,
    /// Every mistake.
    pub problems: Vec<Problem>,
    folder: PathBuf,
    home: Option<PathBuf>,
    list_lengths: BTreeMap<KeyPath, usize>,
}

impl Layers {
    /// No layer yet; `folder` is the current one.
    pub fn new(folder: PathBuf, home: Option<PathBuf>) -> Self {
        Self {
            entries: BTreeMap::new(),
            sections: BTreeMap::new(),
            problems: Vec::new(),
            folder,
            home,
            list_lengths: BTreeMap::new(),
        }
    }

    /// Lays a document or one variable over what is there.
    pub fn lay(&mut self, root: &Raw) {
        let beside_file = match &root.origin {
            Origin::File { path, .. } => path.parent().map(Path::to_path_buf),
            _ => None,
        };
        let folder = match beside_file {
            Some(parent) => self.folder.join(parent),
            None => self.folder.clone(),
        };
        self.table(root, "", &KeyPath::root(), &folder);
    }

    /// Sets one key, unless a person has set it on purpose.
    pub fn fill(&mut self, path: &KeyPath, pattern: &str, origin: Origin, text: String) {
        let explicit = self.entries.get(path).is_some_and(|entry| entry.origin.is_explicit());
        if explicit {
            return;
        }
        if let Some(definition) = definition::find(pattern) {
            let raw = Raw { origin, value: RawValue::Untyped(text) };
            let folder = self.folder.clone();
            self.leaf(definition, &raw, path, &folder);
        }
    }

    /// Whether a section under this one is declared, such as any `[prometheus.NAME]`.
    pub fn declares_any(&self, section: &str) -> bool {
        let prefix = KeyPath::of(section);
        self.sections.keys().any(|path| path.name_under(&prefix).is_some())
    }

    fn table(&mut self, table: &Raw, pattern: &str, path: &KeyPath, folder: &Path) {
        let RawValue::Table(entries) = &table.value else {
            let names = definition::children(pattern);
            let accepted =
                if names.is_empty() { "a table".to_owned() } else { format!("a table with {}", names.join(", ")) };
            self.problems.push(Problem::at(&table.origin, path, table.value.type_name(), accepted));
            return;
        };
        for (key, child) in entries {
            self.child(key, child, pattern, path, folder);
        }
    }

    fn child(&mut self, key: &str, child: &Raw, pattern: &str, path: &KeyPath, folder: &Path) {
        let fixed = definition::join(pattern, key);
        match if key == "NAME" { Place::Unknown } else { definition::place(&fixed) } {
            Place::Leaf(definition) => self.leaf(definition, child, &path.key(key), folder),
            Place::Section => self.table(child, &fixed, &path.key(key), folder),
            Place::Entries => self.list(child, &fixed, &path.key(key), folder),
            Place::Unknown => {
                let named = definition::join(pattern, "NAME");
                if definition::place(&named) == Place::Section {
                    let name = self.known_name(path, key, &child.origin);
                    let path = path.key(name);
                    self.sections.entry(path.clone()).or_insert_with(|| (named.clone(), child.origin.clone()));
                    self.table(child, &named, &path, folder);
                } else {
                    self.unknown(key, child, pattern, path);
                }
            }
        }
    }

    fn leaf(&mut self, definition: &'static Definition, raw: &Raw, path: &KeyPath, folder: &Path) {
        let base = Base { folder, home: self.home.as_deref() };
        match check(definition.kind, raw, &base) {
            Ok(value) => {
                self.entries.insert(path.clone(), Entry { definition, value, origin: raw.origin.clone() });
            }
            Err(Mismatch { found, hint }) => {
                let problem = Problem::at(&raw.origin, path, found, definition.kind.accepted());
                self.problems.push(Problem { hint, ..problem });
            }
        }
    }

    fn list(&mut self, raw: &Raw, pattern: &str, path: &KeyPath, folder: &Path) {
        let RawValue::List(items) = &raw.value else {
            let accepted = format!("tables, each written as [[{path}]]");
            self.problems.push(Problem::at(&raw.origin, path, raw.value.type_name(), accepted));
            return;
        };
        let pattern = format!("{pattern}[]");
        for item in items {
            let next = self.list_lengths.entry(path.clone()).or_insert(0);
            let place = path.index(*next);
            *next += 1;
            self.sections.insert(place.clone(), (pattern.clone(), item.origin.clone()));
            self.table(item, &pattern, &place, folder);
        }
    }

    /// A variable cannot spell every name: `AUTO_DEVOPS__CLUSTERS__EU_WEST__CONTEXT` means a declared `eu-west`.
    fn known_name(&self, section: &KeyPath, written: &str, origin: &Origin) -> String {
        if !matches!(origin, Origin::Variable(_)) {
            return written.to_owned();
        }
        let spelled = |name: &str| name.to_lowercase().replace(['-', '.', ' '], "_");
        let mut declared = self.sections.keys().filter_map(|path| path.name_under(section));
        declared.find(|name| spelled(name) == spelled(written)).unwrap_or(written).to_owned()
    }

    fn unknown(&mut self, key: &str, child: &Raw, pattern: &str, path: &KeyPath) {
        let here = definition::children(pattern);
        let hint = match nearest(key, here.iter().copied()) {
            Some(name) => Some(format!("did you mean {:?}?", path.key(name).to_string())),
            None => elsewhere(key).map(|place| format!("there is a key of this name at {place}")),
        };
        let accepted = if here.is_empty() { "no key here".to_owned() } else { format!("one of {}", here.join(", ")) };
        let problem = Problem::at(&child.origin, &path.key(key), "a key that does not exist", accepted);
        self.problems.push(Problem { hint, ..problem });
    }
}

/// The path of a key of the same name in another section.
fn elsewhere(key: &str) -> Option<&'static str> {
    definition::all().map(|definition| definition.path).find(|path| path.rsplit('.').next() == Some(key))
}
