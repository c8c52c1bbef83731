//! Typed access to the winning values, with the secrets looked up.
//!
//! Guarantee: a wrong or missing value is already a problem when it is picked here, so that a missing pick never
//! needs a message of its own, except for secrets: only the ones that win are looked up.

use super::check::{SecretSource, Value};
use super::layers::{Entry, Layers};
use super::origin::Origin;
use super::path::KeyPath;
use super::problem::Problem;
use super::surroundings::Surroundings;
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::effect::EffectClass;
use domain::secret::Secret;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Picks values and collects the problems found on the way.
pub struct Pick<'a> {
    layers: &'a Layers,
    surroundings: &'a dyn Surroundings,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Pick<'a> {
    /// Picks from these layers.
    pub fn new(layers: &'a Layers, surroundings: &'a dyn Surroundings) -> Self {
        Self { layers, surroundings, problems: RefCell::new(Vec::new()) }
    }

    /// What was found wrong.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// Adds a problem of a key that is set.
    pub fn complain(&self, path: &KeyPath, found: &str, accepted: &str) {
        let declared = self.layers.sections.get(path).map(|(_, origin)| origin.clone());
        let origin = self.origin(path).cloned().or(declared).unwrap_or(Origin::Definition);
        self.problems.borrow_mut().push(Problem::at(&origin, path, found, accepted));
    }

    /// The entry at a path.
    pub fn entry(&self, path: &KeyPath) -> Option<&'a Entry> {
        self.layers.entries.get(path)
    }

    /// Who set the value at a path.
    pub fn origin(&self, path: &KeyPath) -> Option<&'a Origin> {
        self.entry(path).map(|entry| &entry.origin)
    }

    /// The names declared directly under a section.
    pub fn names(&self, section: &KeyPath) -> Vec<String> {
        let depth = section.segments().len() + 1;
        let own = self.layers.sections.keys().filter(|path| path.segments().len() == depth);
        own.filter_map(|path| path.name_under(section)).map(str::to_owned).collect()
    }

    /// The places of an array of tables.
    pub fn places(&self, list: &KeyPath) -> Vec<usize> {
        self.layers.sections.keys().filter_map(|path| path.index_under(list)).collect()
    }

    /// A text.
    pub fn text(&self, path: &KeyPath) -> Option<String> {
        match &self.entry(path)?.value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// A number.
    pub fn whole(&self, path: &KeyPath) -> Option<u64> {
        match self.entry(path)?.value {
            Value::Whole(number) => Some(number),
            _ => None,
        }
    }

    /// A number that counts things in memory.
    pub fn count(&self, path: &KeyPath) -> Option<usize> {
        usize::try_from(self.whole(path)?).ok()
    }

    /// True or false.
    pub fn flag(&self, path: &KeyPath) -> Option<bool> {
        match self.entry(path)?.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// A number of seconds.
    pub fn seconds(&self, path: &KeyPath) -> Option<Duration> {
        self.whole(path).map(Duration::from_secs)
    }

    /// A list, empty where none is set.
    pub fn list(&self, path: &KeyPath) -> Vec<String> {
        match self.entry(path).map(|entry| &entry.value) {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        }
    }

    /// A file or another path.
    pub fn file(&self, path: &KeyPath) -> Option<PathBuf> {
        match &self.entry(path)?.value {
            Value::File(path) | Value::Path(path) => Some(path.clone()),
            _ => None,
        }
    }

    /// Folders, none where none is set.
    pub fn folders(&self, path: &KeyPath) -> Vec<PathBuf> {
        match self.entry(path).map(|entry| &entry.value) {
            Some(Value::Folders(folders)) => folders.clone(),
            _ => Vec::new(),
        }
    }

    /// A time zone.
    pub fn zone(&self, path: &KeyPath) -> Option<Tz> {
        match self.entry(path)?.value {
            Value::Zone(zone) => Some(zone),
            _ => None,
        }
    }

    /// A day.
    pub fn date(&self, path: &KeyPath) -> Option<NaiveDate> {
        match self.entry(path)?.value {
            Value::Date(date) => Some(date),
            _ => None,
        }
    }

    /// Effect classes by tool.
    pub fn grades(&self, path: &KeyPath) -> BTreeMap<String, EffectClass> {
        match self.entry(path).map(|entry| &entry.value) {
            Some(Value::Grades(grades)) => grades.clone(),
            _ => BTreeMap::new(),
        }
    }

    /// A secret, looked up.
    pub fn secret(&self, path: &KeyPath) -> Option<Secret> {
        match &self.entry(path)?.value {
            Value::Secret(source) => self.look_up(path, source),
            _ => None,
        }
    }

    /// Texts with their variables in place; they may be secret then.
    pub fn templates(&self, path: &KeyPath) -> Vec<Secret> {
        match self.entry(path).map(|entry| &entry.value) {
            Some(Value::Templates(texts)) => {
                let sources = texts.iter().map(|text| SecretSource::Text(text.clone()));
                sources.filter_map(|source| self.look_up(path, &source)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Secrets by name, looked up.
    pub fn secrets(&self, path: &KeyPath) -> BTreeMap<String, Secret> {
        match self.entry(path).map(|entry| &entry.value) {
            Some(Value::Secrets(sources)) => {
                sources.iter().filter_map(|(name, source)| Some((name.clone(), self.look_up(path, source)?))).collect()
            }
            _ => BTreeMap::new(),
        }
    }

    fn look_up(&self, path: &KeyPath, source: &SecretSource) -> Option<Secret> {
        match source {
            SecretSource::Text(template) => match expand(template, |name| self.surroundings.variable(name)) {
                Ok(text) => Some(Secret::new(text)),
                Err(found) => {
                    self.complain(path, &found, "the name of a variable that is set, as \"${VARIABLE}\"");
                    None
                }
            },
            SecretSource::File(file) => match self.surroundings.read(file) {
                Ok(text) if !text.trim().is_empty() => Some(Secret::new(text.trim_end_matches(['\n', '\r']))),
                Ok(_) => {
                    self.complain(path, &format!("{}, which is empty", file.display()), "a file that holds the secret");
                    None
                }
                Err(error) => {
                    let found = format!("{}, which cannot be read: {error}", file.display());
                    self.complain(path, &found, "a file that holds the secret");
                    None
                }
            },
        }
    }
}

/// Puts variables in the place of `${NAME}`; `$${` stands for `${` itself. The error never holds more than a name.
fn expand(template: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = from.split_at(2).1;
            continue;
        }
        let Some(end) = from.find('}') else {
            return Err("\"${\" without its \"}\"".to_owned());
        };
        let (reference, after) = from.split_at(end + 1);
        let name = reference.trim_start_matches("${").trim_end_matches('}');
        let value = variable(name).ok_or_else(|| format!("${{{name}}}, a variable that is not set"))?;
        out.push_str(before);
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn variables_stand_in_for_their_names() {
        let known = |name: &str| (name == "TOKEN").then(|| "t0".to_owned());
        let cases = [
            ("plain $5", Ok("plain $5")),
            ("${TOKEN}", Ok("t0")),
            ("Bearer ${TOKEN}!", Ok("Bearer t0!")),
            ("$${TOKEN}", Ok("${TOKEN}")),
            ("${OTHER}", Err("${OTHER}, a variable that is not set")),
            ("${TOKEN", Err("\"${\" without its \"}\"")),
        ];
        for (template, expanded) in cases {
            assert_eq!(expand(template, known).as_deref().map_err(String::as_str), expanded, "{template}");
        }
    }
}
