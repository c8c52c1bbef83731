//! `docs/settings.md`, written from the definitions; a golden test holds the file to them.

use super::definition::{self, Definition};
use super::raw::{self, Document, RawValue};
use std::collections::BTreeMap;
use std::fmt::Write;

const HEAD: &str = "# Settings

This page is written from the program's own table of keys (`src/app/src/settings/definitions/`); a test fails when the two differ.
To write it anew: `UPDATE_EXPECT=1 cargo test -p app --lib settings::`.

## Where a value comes from

The last one that says something wins:

1. `config/default.toml`, built in;
2. the profile, built in: `config/dev.toml`, `config/staging.toml` or `config/prod.toml`, chosen by `--profile`, else
   `AUTO_DEVOPS_PROFILE`, else `profile = \"...\"` in a file, else `dev`;
3. variables that other programs read too (`PROMETHEUS_URL`, `OLLAMA_HOST`, ... in the tables below);
4. `$XDG_CONFIG_HOME/auto-devops/config.toml` (`~/.config/...` where that is unset), then `auto-devops.toml` in the current
   folder, each if it is there, then the file of `--config`;
5. `AUTO_DEVOPS__SECTION__KEY`, for instance `AUTO_DEVOPS__TURN__MAX_STEPS=30`; lists as `a,b`, tables as TOML
   (`{ tool = \"R0\" }`); `-` and `.` in a name are written `_`;
6. flags.

So a word of yours, in a file or in a variable that begins with `AUTO_DEVOPS__`, beats a variable that was set for other programs.
`PROMETHEUS_URL` and `ALERTMANAGER_URL` declare a server named `default`, and only where no `[prometheus.NAME]` is declared; the same
holds for `KUBECONFIG` and `~/.kube/config`. The model is named by `[model] endpoint`, else `OPENAI_BASE_URL`, else
`OLLAMA_HOST`; a key alone does nothing. `[[ignore]]` and `[[model.egress]]` of all files add up.

`auto-devops config show` prints every value that holds with the place that set it, `auto-devops config check` every mistake with its
file, line, key, what was found and what is accepted, and `auto-devops config schema` a JSON schema for editors. With a mistake,
every command stops with exit code 64 before it does anything else.

## Secrets

A secret may stand in the file as a text, but better as a reference: `\"${VARIABLE}\"` (also within a text, as in
`\"Bearer ${TOKEN}\"`; `$${` stands for `${` itself), or `{ file = \"/path\" }`. It is printed nowhere: `config show`, logs and
messages say `[secret]`.
";

/// The page.
pub fn page() -> String {
    let defaults = built_in();
    let mut out = HEAD.to_owned();
    let mut section = String::new();
    for definition in definition::all() {
        let (table, key) = definition.path.rsplit_once('.').unwrap_or(("", definition.path));
        if table != section || out.len() == HEAD.len() {
            section = table.to_owned();
            // Writing to a String cannot fail.
            let _ =
                write!(out, "\n## {}\n\n| key | accepted | default | what it is |\n|---|---|---|---|\n", title(table));
        }
        let _ = writeln!(
            out,
            "| `{key}` | {} | {} | {}{} |",
            definition.kind.accepted().replace('|', "\\|"),
            default(definition, &defaults),
            definition.doc,
            variables(definition)
        );
    }
    out
}

fn title(table: &str) -> String {
    match table.strip_suffix("[]") {
        Some(list) => format!("`[[{list}]]`"),
        None if table.is_empty() => "The top of the file".to_owned(),
        None => format!("`[{table}]`"),
    }
}

fn default(definition: &Definition, built_in: &BTreeMap<String, String>) -> String {
    match (
        definition.default.map(str::to_owned).or_else(|| built_in.get(definition.path).cloned()),
        definition.required,
    ) {
        (Some(value), _) => format!("`{value}`"),
        (None, true) => "must be given".to_owned(),
        (None, false) => "none".to_owned(),
    }
}

fn variables(definition: &Definition) -> String {
    match definition.variables {
        [] => String::new(),
        names => format!(" Filled by `{}`.", names.join("`, `")),
    }
}

/// The values of `config/default.toml` by dotted path, as they would be written.
fn built_in() -> BTreeMap<String, String> {
    let (root, _) = raw::parse(&Document::BuiltIn(super::DEFAULTS.0), super::DEFAULTS.1);
    let mut values = BTreeMap::new();
    collect("", &root.value, &mut values);
    values
}

fn collect(path: &str, value: &RawValue, values: &mut BTreeMap<String, String>) {
    match value {
        RawValue::Table(entries) => {
            for (key, inner) in entries {
                collect(&definition::join(path, key), &inner.value, values);
            }
        }
        other => {
            values.insert(path.to_owned(), other.shown());
        }
    }
}
