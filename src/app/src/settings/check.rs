//! From a raw value to a typed one: the checks of a single key.
//!
//! Guarantee: the texts of a mismatch never hold the content of a secret.

use super::kind::Kind;
use super::raw::{Raw, RawValue};
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::effect::EffectClass;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A value of the right type. Secrets are still references here; only the ones that win are looked up.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, word, URL, endpoint or log filter.
    Text(String),
    /// A number or seconds.
    Whole(u64),
    /// True or false.
    Flag(bool),
    /// Texts or names.
    List(Vec<String>),
    /// A file that must be there.
    File(PathBuf),
    /// A path at which nothing need be yet.
    Path(PathBuf),
    /// Folders.
    Folders(Vec<PathBuf>),
    /// Texts in which `${NAME}` stands for a variable.
    Templates(Vec<String>),
    /// Where a secret is.
    Secret(SecretSource),
    /// Where secrets are, by name.
    Secrets(BTreeMap<String, SecretSource>),
    /// Tools with their classes.
    Grades(BTreeMap<String, EffectClass>),
    /// A time zone.
    Zone(Tz),
    /// A day.
    Date(NaiveDate),
}

/// Where a secret is.
#[derive(Clone, PartialEq)]
pub enum SecretSource {
    /// A text in which `${NAME}` stands for a variable.
    Text(String),
    /// A file that holds it.
    File(PathBuf),
}

impl std::fmt::Debug for SecretSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => out.write_str(domain::secret::HIDDEN),
            Self::File(path) => write!(out, "file {}", path.display()),
        }
    }
}

/// What was found instead of what is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// In words; hides secrets.
    pub found: String,
    /// What to do, where more can be said than what is accepted.
    pub hint: Option<String>,
}

/// What relative paths are relative to.
#[derive(Debug, Clone)]
pub struct Base<'a> {
    /// The folder of the file that holds the value, or the current one.
    pub folder: &'a Path,
    /// What `~/` stands for.
    pub home: Option<&'a Path>,
}

impl Base<'_> {
    fn path(&self, written: &str) -> PathBuf {
        match (written.strip_prefix("~/"), self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.folder.join(written),
        }
    }
}

/// Checks one value against the type of its key.
///
/// # Errors
/// What was found, when it is not accepted.
pub fn check(kind: Kind, raw: &Raw, base: &Base<'_>) -> Result<Value, Mismatch> {
    match kind {
        Kind::Text => text(raw).map(Value::Text),
        Kind::OneOf(words) => one_of(words, raw),
        Kind::Whole { min, max } | Kind::Seconds { min, max } => whole(raw, min, max).map(Value::Whole),
        Kind::Flag => flag(raw).map(Value::Flag),
        Kind::Url => url(raw),
        Kind::Endpoint => endpoint(raw),
        Kind::File => text(raw).map(|written| Value::File(base.path(&written))),
        Kind::Path => text(raw).map(|written| Value::Path(base.path(&written))),
        Kind::Folders => list(raw).map(|items| Value::Folders(items.iter().map(|item| base.path(item)).collect())),
        Kind::TextList | Kind::NamesOf(_) => list(raw).map(Value::List),
        Kind::Templates => list(raw).map(Value::Templates),
        Kind::Secret => secret(raw, base).map(Value::Secret),
        Kind::SecretMap => secrets(raw, base),
        Kind::Grades => grades(raw),
        Kind::TimeZone => time_zone(raw),
        Kind::Date => date(raw),
        Kind::LogFilter => log_filter(raw),
    }
}

fn mismatch(raw: &Raw) -> Mismatch {
    Mismatch { found: raw.value.shown(), hint: None }
}

fn text(raw: &Raw) -> Result<String, Mismatch> {
    match &raw.value {
        RawValue::Text(text) | RawValue::Untyped(text) if !text.trim().is_empty() => Ok(text.clone()),
        _ => Err(mismatch(raw)),
    }
}

fn one_of(words: &'static [&'static str], raw: &Raw) -> Result<Value, Mismatch> {
    let written = text(raw)?;
    if words.contains(&written.as_str()) {
        return Ok(Value::Text(written));
    }
    let near = super::problem::nearest(&written.to_lowercase(), words.iter().copied());
    Err(Mismatch { hint: near.map(|word| format!("did you mean {word:?}?")), ..mismatch(raw) })
}

fn whole(raw: &Raw, min: u64, max: u64) -> Result<u64, Mismatch> {
    let number = match &raw.value {
        RawValue::Whole(number) => u64::try_from(*number).ok(),
        RawValue::Untyped(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| (min..=max).contains(number)).ok_or_else(|| mismatch(raw))
}

fn flag(raw: &Raw) -> Result<bool, Mismatch> {
    match &raw.value {
        RawValue::Flag(flag) => Ok(*flag),
        RawValue::Untyped(text) => match text.trim() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(mismatch(raw)),
        },
        _ => Err(mismatch(raw)),
    }
}

fn url(raw: &Raw) -> Result<Value, Mismatch> {
    let written = text(raw)?;
    if is_http_url(&written) { Ok(Value::Text(written)) } else { Err(mismatch(raw)) }
}

fn endpoint(raw: &Raw) -> Result<Value, Mismatch> {
    let written = text(raw)?;
    if is_http_url(&written) {
        return Ok(Value::Text(written));
    }
    let assumed = format!("http://{written}");
    if !written.contains("://") && is_http_url(&assumed) { Ok(Value::Text(assumed)) } else { Err(mismatch(raw)) }
}

/// Whether a text is an absolute `http` or `https` URL with a host.
fn is_http_url(written: &str) -> bool {
    let Ok(uri) = written.parse::<http::Uri>() else { return false };
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
}

/// A list; from a variable also `a,b` or TOML in brackets.
fn list(raw: &Raw) -> Result<Vec<String>, Mismatch> {
    match &raw.value {
        RawValue::List(items) => items.iter().map(|item| text(item).map_err(|_| mismatch(raw))).collect(),
        RawValue::Untyped(written) if written.trim_start().starts_with('[') => list(&inline(raw, written)?),
        RawValue::Untyped(written) => {
            Ok(written.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
        }
        _ => Err(mismatch(raw)),
    }
}

/// A variable's text that holds TOML.
fn inline(raw: &Raw, written: &str) -> Result<Raw, Mismatch> {
    let document = super::raw::Document::BuiltIn("variable");
    let (root, problems) = super::raw::parse(&document, &format!("value = {written}"));
    match root.value {
        RawValue::Table(entries) if problems.is_empty() && entries.len() == 1 => entries
            .into_iter()
            .next()
            .map(|(_, inner)| Raw { origin: raw.origin.clone(), value: inner.value })
            .ok_or_else(|| mismatch(raw)),
        _ => Err(Mismatch { found: "a text that begins like TOML and is none".to_owned(), hint: None }),
    }
}

fn secret(raw: &Raw, base: &Base<'_>) -> Result<SecretSource, Mismatch> {
    let hidden = || Mismatch { found: raw.value.type_name().to_owned(), hint: None };
    match &raw.value {
        RawValue::Text(text) | RawValue::Untyped(text) if text.trim().is_empty() => {
            Err(Mismatch { found: "an empty text".to_owned(), hint: None })
        }
        RawValue::Text(text) => Ok(SecretSource::Text(text.clone())),
        // A variable's own content is taken as it is: a password may contain "${".
        RawValue::Untyped(text) => Ok(SecretSource::Text(text.replace("${", "$${"))),
        RawValue::Table(entries) => match entries.as_slice() {
            [(key, file)] if key == "file" => {
                text(file).map(|written| SecretSource::File(base.path(&written))).map_err(|_| hidden())
            }
            _ => Err(Mismatch { found: "a table with other keys than \"file\"".to_owned(), hint: None }),
        },
        _ => Err(hidden()),
    }
}

fn secrets(raw: &Raw, base: &Base<'_>) -> Result<Value, Mismatch> {
    let entries = match &raw.value {
        RawValue::Table(entries) => entries.clone(),
        RawValue::Untyped(written) => match inline(raw, written)?.value {
            RawValue::Table(entries) => entries,
            other => return Err(Mismatch { found: other.type_name().to_owned(), hint: None }),
        },
        other => return Err(Mismatch { found: other.type_name().to_owned(), hint: None }),
    };
    let mut sources = BTreeMap::new();
    for (name, value) in &entries {
        let source =
            secret(value, base).map_err(|inner| Mismatch { found: format!("{name:?} is {}", inner.found), ..inner })?;
        sources.insert(name.clone(), source);
    }
    Ok(Value::Secrets(sources))
}

fn grades(raw: &Raw) -> Result<Value, Mismatch> {
    let entries = match &raw.value {
        RawValue::Table(entries) => entries.clone(),
        RawValue::Untyped(written) => match inline(raw, written)?.value {
            RawValue::Table(entries) => entries,
            _ => return Err(mismatch(raw)),
        },
        _ => return Err(mismatch(raw)),
    };
    let mut classes = BTreeMap::new();
    for (tool, class) in &entries {
        let found = || Mismatch { found: format!("{tool} = {}", class.value.shown()), hint: None };
        let class = text(class).ok().and_then(|word| EffectClass::parse(&word)).ok_or_else(found)?;
        classes.insert(tool.clone(), class);
    }
    Ok(Value::Grades(classes))
}

fn time_zone(raw: &Raw) -> Result<Value, Mismatch> {
    let written = text(raw)?;
    if let Ok(zone) = written.parse::<Tz>() {
        return Ok(Value::Zone(zone));
    }
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let near = super::problem::nearest(&written, names);
    Err(Mismatch { hint: near.map(|name| format!("did you mean {name:?}?")), ..mismatch(raw) })
}

fn date(raw: &Raw) -> Result<Value, Mismatch> {
    let written = match &raw.value {
        RawValue::Date(written) | RawValue::Text(written) | RawValue::Untyped(written) => written,
        _ => return Err(mismatch(raw)),
    };
    written.trim().parse().map(Value::Date).map_err(|_| mismatch(raw))
}

fn log_filter(raw: &Raw) -> Result<Value, Mismatch> {
    let written = text(raw)?;
    match tracing_subscriber::EnvFilter::builder().parse(&written) {
        // A mistyped level parses as the name of a crate: a single word must be a level.
        Ok(_) if !is_lone_unknown_word(&written) => Ok(Value::Text(written)),
        _ => Err(mismatch(raw)),
    }
}

fn is_lone_unknown_word(written: &str) -> bool {
    let lone = written.chars().all(|character| character.is_ascii_alphanumeric());
    lone && written.parse::<tracing_subscriber::filter::LevelFilter>().is_err()
}

#[cfg(test)]
mod tests;
