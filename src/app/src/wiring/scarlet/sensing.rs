//! What is sensed in each environment: what the wiring makes of its sources, and what its file declares.

use super::rooms::Room;
use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use domain::incident::Severity;
use domain::sense::declared::{AlertWatch, ClusterWatch, Declared};
use domain::sense::traces::TraceWatch;
use domain::signal::ignore::Ignore;
use std::collections::BTreeMap;
use std::path::Path;

/// A file that is larger was not meant.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// What is sensed, and what is known noise.
#[derive(Debug, Clone, Default)]
pub struct Sensing {
    /// By environment.
    pub declared: BTreeMap<String, Declared>,
    /// Of all environments.
    pub ignores: Vec<Ignore>,
}

/// Reads the files, and adds a watch of each cluster, Prometheus and Tempo.
///
/// # Errors
/// A file that cannot be read, or whose content is none: exit 64.
pub fn sensing(settings: &Settings, rooms: &BTreeMap<String, Room>) -> Result<Sensing, Stop> {
    let every_seconds = u32::try_from(settings.scarlet.look.as_secs()).unwrap_or(u32::MAX);
    let mut sensing = Sensing::default();
    for (name, room) in rooms {
        let file = settings.environments.get(name).and_then(|environment| environment.senses.as_deref());
        let (mut declared, ignores) = match file {
            Some(file) => read(file)?,
            None => Default::default(),
        };
        sensing.ignores.extend(ignores.into_iter().map(|ignore| Ignore { environment: Some(name.clone()), ..ignore }));
        add_usual(&mut declared, settings, room, every_seconds);
        sensing.declared.insert(name.clone(), declared);
    }
    Ok(sensing)
}

/// What is watched without being declared. A source that the file declares a watch of is left to it.
fn add_usual(declared: &mut Declared, settings: &Settings, room: &Room, every_seconds: u32) {
    let named = |name: &String, all: usize| (all > 1).then(|| name.clone());
    if declared.clusters.is_empty() {
        declared.clusters.extend(room.clusters.iter().map(|name| ClusterWatch {
            name: name.clone(),
            cluster: named(name, settings.clusters.len()),
            namespace: None,
            every_seconds,
            least: Severity::Medium,
        }));
    }
    if declared.alerts.is_empty() {
        declared.alerts.extend(room.prometheus.iter().map(|name| AlertWatch {
            name: name.clone(),
            instance: named(name, settings.prometheus.len()),
            every_seconds,
        }));
    }
    if declared.traces.is_empty() && !room.services.is_empty() {
        declared.traces.extend(room.tempo.iter().map(|name| TraceWatch {
            name: name.clone(),
            services: room.services.clone(),
            instance: named(name, settings.tempo.len()),
            every_seconds: every_seconds.max(60),
            window_minutes: 5,
            baseline_minutes: 60,
            shift: Default::default(),
            severity: Severity::Medium,
        }));
    }
}

fn read(file: &Path) -> Result<(Declared, Vec<Ignore>), Stop> {
    let unusable = |why: String| Stop::new(Exit::Usage, format!("{}: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| unusable(error.to_string()))?.len();
    if size > MOST_BYTES {
        return Err(unusable(format!("{size} bytes; {MOST_BYTES} are read")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| unusable(error.to_string()))?;
    parse(&text).map_err(|mistakes| unusable(mistakes.join("\n")))
}

/// The watches, and what stands under `ignores`.
fn parse(text: &str) -> Result<(Declared, Vec<Ignore>), Vec<String>> {
    let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| vec![error.to_string()])?;
    let ignores = match table.remove("ignores") {
        Some(value) => ignores(value)?,
        None => Vec::new(),
    };
    let declared: Declared = toml::Value::Table(table).try_into().map_err(|error| vec![format!("{error}")])?;
    let mistakes: Vec<String> =
        declared.check().into_iter().map(|mistake| format!("{}: {}", mistake.place, mistake.what)).collect();
    if mistakes.is_empty() { Ok((declared, ignores)) } else { Err(mistakes) }
}

/// Known noise. What has ended is told, and is no reason not to start.
fn ignores(value: toml::Value) -> Result<Vec<Ignore>, Vec<String>> {
    let ignores: Vec<Ignore> = value.try_into().map_err(|error| vec![format!("ignores: {error}")])?;
    let now = chrono::Utc::now();
    let mut mistakes = Vec::new();
    for (place, ignore) in ignores.iter().enumerate() {
        let wrong = ignore.check(now).into_iter().map(|what| format!("ignores[{place}]: {what}"));
        if ignore.until <= now {
            wrong.for_each(|what| tracing::warn!("{what}"));
        } else {
            mistakes.extend(wrong);
        }
    }
    if mistakes.is_empty() { Ok(ignores) } else { Err(mistakes) }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_file_of_senses_is_read_whole_or_told_what_is_wrong() {
        let text = r#"
            [[rules]]
            name = "checkout-errors"
            query = "job:errors:ratio > 0.05"
            severity = "high"
            [[ignores]]
            matchers = [{ field = "name", how = "is", value = "Watchdog" }]
            reason = "it always fires"
            until = "2099-01-01T00:00:00Z"
        "#;
        let told = parse(text).unwrap_err();
        assert!(told.iter().any(|what| what.contains("366 days")), "{told:?}");
        let (declared, ignores) = parse(text.split("[[ignores]]").next().unwrap()).unwrap();
        assert_eq!((declared.rules.len(), ignores.len()), (1, 0));
        assert!(parse("[[rules]]\nname = \"a b\"\nquery = \"\"\nseverity = \"low\"").is_err());
        assert!(parse("[[rule]]\nname = \"a\"").is_err());
        assert!(parse("rules = 5").is_err());
    }
}
