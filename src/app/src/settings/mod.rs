//! Settings: read in layers, checked whole, resolved into types.
//!
//! Two stages. The raw one lays the layers over each other, each value with its origin: the built-in defaults, the
//! profile, the variables of the ecosystem, the files of the user, `AUTO_DEVOPS__SECTION__KEY`, the flags. The second
//! resolves the winners into [`Settings`]. Guarantees: every mistake of every layer is told in one run (invariant 13),
//! no secret is printed, and nothing here touches the process's environment except through [`Surroundings`].
//! Deliberately absent: anything that connects, binds or asks a server.

pub mod check;
pub mod complete;
pub mod definition;
pub mod definitions;
pub mod kind;
pub mod layers;
pub mod origin;
pub mod path;
pub mod pick;
pub mod problem;
pub mod raw;
pub mod reference;
pub mod resolve;
pub mod schema;
pub mod secret;
pub mod show;
pub mod surroundings;
pub mod types;
pub mod variables;

pub use problem::{Problem, Problems};
pub use resolve::Narrowing;
pub use surroundings::{Imagined, Machine, Surroundings};
pub use types::*;

use layers::Layers;
use origin::Origin;
use raw::{Document, Raw, RawValue};
use std::path::{Path, PathBuf};

const DEFAULTS: (&str, &str) = ("config/default.toml", include_str!("../../../../config/default.toml"));
const PROFILES: &[(&str, &str, &str)] = &[
    ("dev", "config/dev.toml", include_str!("../../../../config/dev.toml")),
    ("staging", "config/staging.toml", include_str!("../../../../config/staging.toml")),
    ("prod", "config/prod.toml", include_str!("../../../../config/prod.toml")),
];

/// What to load: the part of the command line that concerns settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--config`; it must exist.
    pub config: Option<PathBuf>,
    /// What the flags narrow the run to.
    pub narrowing: Narrowing,
}

/// The settings with the story of their values.
#[derive(Debug)]
pub struct Loaded {
    /// For the program.
    pub settings: Settings,
    /// For `config show`.
    pub layers: Layers,
    /// The files that were read, in their order.
    pub files: Vec<PathBuf>,
    /// What is no mistake but worth telling.
    pub notes: Vec<String>,
}

/// Loads the settings.
///
/// # Errors
/// Every mistake of every layer.
pub fn load(request: &Request, surroundings: &dyn Surroundings) -> Result<Loaded, Problems> {
    let home = surroundings.variable("HOME").map(PathBuf::from);
    let mut layers = Layers::new(PathBuf::new(), home);
    let mut documents = Vec::new();
    let mut files = Vec::new();
    for path in settings_files(request, surroundings) {
        match surroundings.read(&path) {
            Ok(text) => {
                documents.push(raw::parse(&Document::File(path.clone()), &text));
                files.push(path);
            }
            Err(error) => layers.problems.push(unreadable(&path, &error)),
        }
    }
    let (profile, origin) = profile(request, surroundings, &documents);
    lay_built_in(&mut layers, DEFAULTS.0, DEFAULTS.1);
    if let Some((_, file, text)) = PROFILES.iter().find(|(name, _, _)| *name == profile) {
        lay_built_in(&mut layers, file, text);
    }
    for (document, broken) in documents {
        layers.problems.extend(broken);
        layers.lay(&document);
    }
    variables::lay_own(&mut layers, surroundings);
    layers.lay(&Raw {
        origin: origin.clone(),
        value: RawValue::Table(vec![("profile".to_owned(), Raw { origin, value: RawValue::Untyped(profile) })]),
    });
    let mut notes = variables::fill_from_ecosystem(&mut layers, surroundings);
    complete::complete(&mut layers, surroundings);
    let settings = resolve::resolve(&layers, surroundings, &request.narrowing, &mut notes)?;
    Ok(Loaded { settings, layers, files, notes })
}

fn lay_built_in(layers: &mut Layers, file: &'static str, text: &str) {
    let (document, broken) = raw::parse(&Document::BuiltIn(file), text);
    layers.problems.extend(broken);
    layers.lay(&document);
}

/// The files of the user that are there, and the one of `--config` whether it is there or not.
fn settings_files(request: &Request, surroundings: &dyn Surroundings) -> Vec<PathBuf> {
    let home = surroundings.variable("HOME").map(|home| PathBuf::from(home).join(".config"));
    let configuration = surroundings.variable("XDG_CONFIG_HOME").map(PathBuf::from).or(home);
    let usual = configuration.map(|folder| folder.join("auto-devops").join("config.toml"));
    let here = Some(PathBuf::from("auto-devops.toml"));
    let mut files: Vec<PathBuf> =
        [usual, here].into_iter().flatten().filter(|path| surroundings.exists(path)).collect();
    files.extend(request.config.clone());
    files
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    let origin = Origin::File { path: path.to_path_buf(), line: 1 };
    Problem::of_place(origin, format!("a file that cannot be read: {error}"), "a settings file in TOML, at most 1 MiB")
}

/// The profile: flag, variable, files (the last one wins), `dev`.
fn profile(request: &Request, surroundings: &dyn Surroundings, documents: &[(Raw, Vec<Problem>)]) -> (String, Origin) {
    if let Some(name) = &request.profile {
        return (name.clone(), Origin::Flag("--profile"));
    }
    for variable in ["AUTO_DEVOPS_PROFILE", "AUTO_DEVOPS__PROFILE"] {
        if let Some(name) = surroundings.variable(variable) {
            return (name, Origin::Variable(variable.to_owned()));
        }
    }
    let in_files = documents.iter().rev().find_map(|(document, _)| match &document.value {
        RawValue::Table(entries) => entries.iter().find_map(|(key, raw)| match (key.as_str(), &raw.value) {
            ("profile", RawValue::Text(name)) => Some((name.clone(), raw.origin.clone())),
            _ => None,
        }),
        _ => None,
    });
    in_files.unwrap_or_else(|| ("dev".to_owned(), Origin::BuiltIn { file: DEFAULTS.0, line: 3 }))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
