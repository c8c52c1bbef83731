//! Every mistake of a kubeconfig, with its file, its key, what was found and what is accepted.
//!
//! Works on the plain YAML, so that one wrong type does not hide the mistake after it. Files that are named are looked
//! at; nothing is run and nothing is connected. Values of credentials are never told.

use super::{Source, proxy};
use serde_yaml_ng::Value;
use std::fmt;
use std::path::{Path, PathBuf};

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Where in it: `clusters[prod].cluster.certificate-authority`; empty for the file itself.
    pub key: String,
    /// What stands there.
    pub found: String,
    /// What would do.
    pub accepted: String,
    /// Whether the context that is wanted cannot be used because of it.
    pub hinders: bool,
}

impl Problem {
    pub(super) fn new(file: &str, key: &str, found: &str, accepted: &str) -> Self {
        Self {
            file: file.to_owned(),
            key: key.to_owned(),
            found: found.to_owned(),
            accepted: accepted.to_owned(),
            hinders: true,
        }
    }
}

/// `config: current-context: found "prd"; accepted: prod, staging`
impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.file)?;
        if !self.key.is_empty() {
            write!(out, ": {}", self.key)?;
        }
        write!(out, ": found {}; accepted: {}", self.found, self.accepted)
    }
}

/// One named entry of `clusters`, `users` or `contexts`.
struct Entry<'a> {
    source: &'a Source,
    name: String,
    body: &'a Value,
}

/// All mistakes. `context` is the wanted context; `None` means the current one. Mistakes in entries that it does not
/// use do not hinder, unless the context itself cannot be found.
pub(super) fn all(sources: &[Source], context: Option<&str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let contexts = entries(sources, "contexts", "context", &mut problems);
    let clusters = entries(sources, "clusters", "cluster", &mut problems);
    let users = entries(sources, "users", "user", &mut problems);
    let wanted = wanted_context(sources, context, &contexts, &mut problems);
    let used = |section: &str, name: &str| match wanted {
        Some(entry) => text(entry.body, section).is_none_or(|used| used == name),
        None => true,
    };
    for entry in &contexts {
        let hinders = wanted.is_none_or(|wanted| wanted.name == entry.name);
        check_context(entry, &clusters, &users, hinders, &mut problems);
    }
    for entry in &clusters {
        let before = problems.len();
        check_cluster(entry, &mut problems);
        mark(&mut problems, before, used("cluster", &entry.name));
    }
    for entry in &users {
        let before = problems.len();
        check_user(entry, &mut problems);
        mark(&mut problems, before, used("user", &entry.name));
    }
    problems
}

fn mark(problems: &mut [Problem], from: usize, hinders: bool) {
    for problem in problems.iter_mut().skip(from) {
        problem.hinders = hinders;
    }
}

/// The entries of a section, the first of a name only, as merging has it.
fn entries<'a>(sources: &'a [Source], section: &str, body: &str, problems: &mut Vec<Problem>) -> Vec<Entry<'a>> {
    let mut found: Vec<Entry<'a>> = Vec::new();
    for source in sources {
        let list = match source.document.get(section) {
            None | Some(Value::Null) => continue,
            Some(Value::Sequence(list)) => list,
            Some(_) => {
                problems.push(Problem::new(&source.label, section, "no list", "a list of named entries"));
                continue;
            }
        };
        for (index, item) in list.iter().enumerate() {
            let Some(name) = text(item, "name") else {
                problems.push(Problem::new(&source.label, &format!("{section}[{index}].name"), "nothing", "a name"));
                continue;
            };
            let Some(value) = item.get(body).filter(|value| value.is_mapping()) else {
                let key = format!("{section}[{name}].{body}");
                problems.push(Problem::new(&source.label, &key, "nothing", "a mapping"));
                continue;
            };
            if !found.iter().any(|known| known.name == name) {
                found.push(Entry { source, name: name.to_owned(), body: value });
            }
        }
    }
    found
}

fn wanted_context<'a, 'b>(
    sources: &[Source],
    context: Option<&str>,
    contexts: &'b [Entry<'a>],
    problems: &mut Vec<Problem>,
) -> Option<&'b Entry<'a>> {
    let current = sources
        .iter()
        .find_map(|source| Some((source, text(&source.document, "current-context").filter(|c| !c.is_empty())?)));
    let (label, key, name) = match (context, current) {
        (Some(name), _) => ("settings".to_owned(), "context", name),
        (None, Some((source, name))) => (source.label.clone(), "current-context", name),
        (None, None) => {
            let label = sources.first().map_or("kubeconfig", |source| source.label.as_str());
            problems.push(Problem::new(label, "current-context", "nothing", &one_of(contexts)));
            return None;
        }
    };
    let found = contexts.iter().find(|entry| entry.name == name);
    if found.is_none() {
        problems.push(Problem::new(&label, key, &format!("{name:?}, which is no context"), &one_of(contexts)));
    }
    found
}

fn one_of(entries: &[Entry<'_>]) -> String {
    if entries.is_empty() {
        return "a named entry (there is none)".to_owned();
    }
    let names: Vec<&str> = entries.iter().take(12).map(|entry| entry.name.as_str()).collect();
    names.join(", ")
}

fn check_context(
    entry: &Entry<'_>,
    clusters: &[Entry<'_>],
    users: &[Entry<'_>],
    hinders: bool,
    problems: &mut Vec<Problem>,
) {
    for (field, known, needed) in [("cluster", clusters, true), ("user", users, false)] {
        let key = format!("contexts[{}].context.{field}", entry.name);
        let found = match text(entry.body, field) {
            Some(name) if known.iter().any(|entry| entry.name == name) => continue,
            Some(name) => format!("{name:?}, which is not in {field}s"),
            None if needed => "nothing".to_owned(),
            None => continue,
        };
        problems.push(Problem { hinders, ..Problem::new(&entry.source.label, &key, &found, &one_of(known)) });
    }
}

fn check_cluster(entry: &Entry<'_>, problems: &mut Vec<Problem>) {
    let key = |field: &str| format!("clusters[{}].cluster.{field}", entry.name);
    let accepted = "an http or https URL";
    match text(entry.body, "server") {
        None => problems.push(Problem::new(&entry.source.label, &key("server"), "nothing", accepted)),
        Some(server) => {
            let url: Option<http::Uri> = server.parse().ok();
            let fits =
                url.is_some_and(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some());
            if !fits {
                problems.push(Problem::new(&entry.source.label, &key("server"), &format!("{server:?}"), accepted));
            }
        }
    }
    check_material(entry, "certificate-authority", &key, "CERTIFICATE", problems);
    if let Some(url) = text(entry.body, "proxy-url").filter(|url| !url.is_empty())
        && let Err(error) = proxy::parse("it", url)
    {
        problems.push(Problem::new(
            &entry.source.label,
            &key("proxy-url"),
            &format!("an address of which {error}"),
            "http://host:port",
        ));
    }
}

fn check_user(entry: &Entry<'_>, problems: &mut Vec<Problem>) {
    let key = |field: &str| format!("users[{}].user.{field}", entry.name);
    check_material(entry, "client-certificate", &key, "CERTIFICATE", problems);
    check_material(entry, "client-key", &key, "PRIVATE KEY", problems);
    let has = |field: &str| {
        let data = format!("{field}-data");
        text(entry.body, field).or_else(|| text(entry.body, &data)).is_some_and(|value| !value.is_empty())
    };
    for (one, other) in [("client-certificate", "client-key"), ("client-key", "client-certificate")] {
        if has(one) && !has(other) {
            problems.push(Problem::new(
                &entry.source.label,
                &key(other),
                "nothing",
                &format!("the {other} that belongs to {one}"),
            ));
        }
    }
    if let Some(path) = text(entry.body, "tokenFile") {
        check_file(entry, path, &key("tokenFile"), problems);
    }
    check_exec(entry, &key, problems);
}

fn check_exec(entry: &Entry<'_>, key: &dyn Fn(&str) -> String, problems: &mut Vec<Problem>) {
    let Some(exec) = entry.body.get("exec").filter(|exec| !exec.is_null()) else { return };
    match text(exec, "command").filter(|command| !command.is_empty()) {
        None => problems.push(Problem::new(&entry.source.label, &key("exec.command"), "nothing", "a program")),
        Some(command) if command.contains('/') => {
            check_file(entry, command, &key("exec.command"), problems);
        }
        Some(_) => {}
    }
    let version = text(exec, "apiVersion").unwrap_or_default();
    if !matches!(version, "client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1") {
        let accepted = "client.authentication.k8s.io/v1 or v1beta1";
        problems.push(Problem::new(&entry.source.label, &key("exec.apiVersion"), &format!("{version:?}"), accepted));
    }
    if text(exec, "interactiveMode") == Some("Always") {
        let found = "Always: the plugin wants a terminal, and there is none here";
        problems.push(Problem::new(&entry.source.label, &key("exec.interactiveMode"), found, "IfAvailable or Never"));
    }
}

/// `FIELD-data` (base64) or the file that `FIELD` names; it must hold PEM of that label.
fn check_material(
    entry: &Entry<'_>,
    field: &str,
    key: &dyn Fn(&str) -> String,
    label: &str,
    problems: &mut Vec<Problem>,
) {
    let data_field = format!("{field}-data");
    if let Some(data) = text(entry.body, &data_field).filter(|data| !data.is_empty()) {
        let accepted = format!("base64 of PEM ({label})");
        match super::resolve::base64(data) {
            None => problems.push(Problem::new(&entry.source.label, &key(&data_field), "no base64", &accepted)),
            Some(bytes) if !holds_pem(&bytes, label) => {
                problems.push(Problem::new(
                    &entry.source.label,
                    &key(&data_field),
                    "base64 of something else",
                    &accepted,
                ));
            }
            Some(_) => {}
        }
    } else if let Some(path) = text(entry.body, field).filter(|path| !path.is_empty()) {
        let path = check_file(entry, path, &key(field), problems);
        if let Some(bytes) = path.and_then(|path| std::fs::read(path).ok()).filter(|bytes| !holds_pem(bytes, label)) {
            let found = format!("a file of {} bytes without such a block", bytes.len());
            problems.push(Problem::new(&entry.source.label, &key(field), &found, &format!("PEM ({label})")));
        }
    }
}

fn holds_pem(bytes: &[u8], label: &str) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.lines().any(|line| line.starts_with("-----BEGIN ") && line.contains(label))
}

fn check_file(entry: &Entry<'_>, path: &str, key: &str, problems: &mut Vec<Problem>) -> Option<PathBuf> {
    let resolved = match &entry.source.folder {
        Some(folder) if Path::new(path).is_relative() => folder.join(path),
        _ => PathBuf::from(path),
    };
    match std::fs::File::open(&resolved) {
        Ok(_) => Some(resolved),
        Err(error) => {
            let found = format!("{}, which cannot be read: {error}", resolved.display());
            problems.push(Problem::new(&entry.source.label, key, &found, "a readable file"));
            None
        }
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}
