//! Pages of instructions in Markdown, one page an alert.
//!
//! ```text
//! ---
//! alerts: KubePodCrashLooping, PodRestartsOften
//! codes: CrashLoopBackOff, exit code 1
//! ---
//! # A container crashes again and again
//!
//! ## Meaning
//! …
//! ```
//!
//! The header may be missing, have other lines, or give its values as a list. A page of somebody else whose title or
//! file is named like an alert (`KubePodCrashLooping.md`) is found by that name too. What cannot be read is a
//! [`Problem`] for whoever keeps the pages.

use super::entry::{Draft, Kind, TEXT_BYTES};
use super::words;
use crate::chain::hexadecimal;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Counts up when [`parse`] makes something else of the same page: what was learned before is then read anew.
const READING: u64 = 1;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// Alert names and error codes that it is about, in the order of the page, each once.
    pub names: Vec<String>,
    /// The title.
    pub title: String,
    /// What stands under each heading of the second level.
    pub sections: Vec<Section>,
    /// Everything under the title.
    pub body: String,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading; empty for what stands before the first.
    pub heading: String,
    /// Its text.
    pub text: String,
}

/// A set of pages that was taken in: by this it is known whether anything about it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSet {
    /// What the sources of its pages begin with.
    pub name: String,
    /// [`digest`] of its pages; empty where some could not be read, so that they are tried again.
    pub digest: String,
    /// Whether what was in it before and is not any more was forgotten.
    pub is_whole: bool,
    /// Whether the settings name it: it is forgotten when they do not any more. Otherwise somebody added it by hand.
    pub is_configured: bool,
}

impl KnownSet {
    /// The id of the set of this name.
    pub fn id_of(name: &str) -> String {
        hexadecimal(&Sha256::digest(name.as_bytes()))
    }
}

/// The digest of pages, each as its path and its text, in their order.
pub fn digest<'p>(pages: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let mut digest = Sha256::new();
    digest.update(READING.to_le_bytes());
    for part in pages.flat_map(|(path, text)| [path, text]) {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    hexadecimal(&digest.finalize())
}

/// A page that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the runbook {source_name} was left out: {fault}")]
pub struct Problem {
    /// Which page.
    pub source_name: String,
    /// Why.
    pub fault: Fault,
}

/// What is wrong with a page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The header has no end.
    #[error("its header begins with --- and has no second line of ---")]
    OpenHeader,
    /// There is no title.
    #[error("it has no title: give it a line that begins with `# `")]
    NoTitle,
    /// There is nothing but a title.
    #[error("it has no text under its title")]
    NoText,
    /// It is longer than what is remembered of one page.
    #[error("it has {bytes} bytes, at most {TEXT_BYTES} are remembered: split it, one page an alert")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The file could not be read.
    #[error("{message}")]
    Unreadable {
        /// What was tried and what came back.
        message: String,
    },
}

/// Reads a page. `source_name` is its path or address.
///
/// # Errors
/// A [`Problem`] that says what to mend.
pub fn parse(source_name: &str, page: &str) -> Result<Runbook, Problem> {
    read(source_name, page).map_err(|fault| Problem { source_name: source_name.to_owned(), fault })
}

impl Runbook {
    /// What is to be remembered of it.
    pub fn draft(self, source: String, written_at: DateTime<Utc>) -> Draft {
        let Self { names, title, body, .. } = self;
        Draft { kind: Kind::Runbook, title, text: body, names, source, person: None, created_at: written_at }
    }
}

fn read(source_name: &str, page: &str) -> Result<Runbook, Fault> {
    if page.len() > TEXT_BYTES {
        return Err(Fault::TooLarge { bytes: page.len() });
    }
    let page = page.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let (header, text) = split(&page)?;
    let header = Header::of(header);
    let (title, body) = titled(text);
    let title = title.or(header.title).filter(|title| !title.is_empty()).ok_or(Fault::NoTitle)?;
    if body.trim().is_empty() {
        return Err(Fault::NoText);
    }
    let mut names = header.names;
    let file = source_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.strip_suffix(".md").unwrap_or(file);
    names.extend([title.as_str(), stem].into_iter().filter(|name| is_like_an_alert(name)).map(str::to_owned));
    let mut once: Vec<String> = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    Ok(Runbook { names: once, title, sections: sections(&body), body: body.trim().to_owned() })
}

/// Header and text; a page without a header has an empty one.
fn split(page: &str) -> Result<(&str, &str), Fault> {
    let page = page.trim_start();
    let Some(rest) = page.strip_prefix("---\n") else { return Ok(("", page)) };
    if let Some(text) = rest.strip_prefix("---\n") {
        return Ok(("", text));
    }
    let (header, text) = rest.split_once("\n---").ok_or(Fault::OpenHeader)?;
    // What follows the second mark in its line is no text.
    Ok((header, text.split_once('\n').map_or("", |(_, text)| text)))
}

#[derive(Default)]
struct Header {
    title: Option<String>,
    names: Vec<String>,
}

impl Header {
    fn of(text: &str) -> Self {
        let mut header = Self::default();
        let mut key = "";
        for line in text.lines() {
            if let Some(item) = line.trim_start().strip_prefix("- ") {
                header.take(key, item);
            } else if let Some((name, value)) = line.split_once(':') {
                key = name.trim();
                header.take(key, value);
            }
        }
        header
    }

    fn take(&mut self, key: &str, value: &str) {
        let value = value.trim().trim_matches(['[', ']']);
        let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
        match key {
            "alerts" | "codes" => {
                self.names.extend(value.split(',').map(bare).filter(|name| !name.is_empty()));
            }
            "title" => self.title = Some(bare(value)),
            _ => {}
        }
    }
}

/// The first heading of the first level, and everything but it.
fn titled(text: &str) -> (Option<String>, String) {
    let mut title = None;
    let mut body = String::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        match line.strip_prefix("# ") {
            Some(heading) if title.is_none() && !is_code => title = Some(heading.trim().to_owned()),
            _ => {
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    (title, body)
}

fn sections(body: &str) -> Vec<Section> {
    let mut found = vec![Section { heading: String::new(), text: String::new() }];
    let mut is_code = false;
    for line in body.lines() {
        is_code ^= line.trim_start().starts_with("```");
        match (line.strip_prefix("## "), found.last_mut()) {
            (Some(heading), _) if !is_code => {
                found.push(Section { heading: heading.trim().to_owned(), text: String::new() });
            }
            (_, Some(section)) => {
                section.text.push_str(line);
                section.text.push('\n');
            }
            (_, None) => {}
        }
    }
    for section in &mut found {
        section.text = section.text.trim().to_owned();
    }
    found.retain(|section| !section.heading.is_empty() || !section.text.is_empty());
    found
}

/// `KubePodCrashLooping`: one word of several parts, the first letter a capital.
fn is_like_an_alert(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && name.bytes().all(|letter| letter.is_ascii_alphanumeric())
        && words::words(name).len() > 2
}

#[cfg(test)]
mod tests;
