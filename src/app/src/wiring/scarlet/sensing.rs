//! What is sensed in each environment: what the wiring makes of its sources, and what its file declares.

use super::rooms::{self, Room};
use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use domain::incident::Severity;
use domain::sense::declared::{AlertWatch, ClusterWatch, Declared};
use domain::sense::traces::TraceWatch;
use domain::signal::ignore::Ignore;
use std::collections::{BTreeMap, BTreeSet};
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
            Some(file) => read_for(settings, name, file)?,
            None => Default::default(),
        };
        sensing.ignores.extend(ignores.into_iter().map(|ignore| Ignore { environment: Some(name.clone()), ..ignore }));
        add_usual(&mut declared, room, every_seconds);
        sensing.declared.insert(name.clone(), declared);
    }
    Ok(sensing)
}

/// What is watched without being declared. A source that the file declares a watch of is left to it, and every other one is
/// watched.
fn add_usual(declared: &mut Declared, room: &Room, every_seconds: u32) {
    let clusters = Source { all: &room.clusters, named: declared.clusters.iter().map(|one| one.cluster.clone()) };
    declared.clusters.extend(clusters.unwatched().into_iter().map(|(name, cluster)| ClusterWatch {
        name,
        cluster,
        namespace: None,
        every_seconds,
        least: Severity::Medium,
    }));
    let servers = Source { all: &room.prometheus, named: declared.alerts.iter().map(|one| one.instance.clone()) };
    declared.alerts.extend(servers.unwatched().into_iter().map(|(name, instance)| AlertWatch {
        name,
        instance,
        every_seconds,
    }));
    if room.services.is_empty() {
        return;
    }
    let servers = Source { all: &room.tempo, named: declared.traces.iter().map(|one| one.instance.clone()) };
    declared.traces.extend(servers.unwatched().into_iter().map(|(name, instance)| TraceWatch {
        name,
        services: room.services.clone(),
        instance,
        every_seconds: every_seconds.max(60),
        window_minutes: 5,
        baseline_minutes: 60,
        shift: Default::default(),
        learns: false,
        severity: Severity::Medium,
    }));
}

/// The sources of one sort in an environment, and which of them watches name; a watch that names none looks at the first.
struct Source<'a, N> {
    all: &'a [String],
    named: N,
}

impl<N: Iterator<Item = Option<String>>> Source<'_, N> {
    /// Those of which no watch is declared, each with the name by which the tools know it where there are several.
    fn unwatched(self) -> Vec<(String, Option<String>)> {
        let first = self.all.first().cloned();
        let watched: BTreeSet<String> = self.named.filter_map(|named| named.or_else(|| first.clone())).collect();
        let own = self.all.iter().filter(|name| !watched.contains(*name));
        own.map(|name| (name.clone(), (self.all.len() > 1).then(|| name.clone()))).collect()
    }
}

/// The watches and the known noise of the file of an environment, each watch at a source that the environment has.
///
/// # Errors
/// As [`read`], and a source that is none of the environment's.
pub fn read_for(settings: &Settings, environment: &str, file: &Path) -> Result<(Declared, Vec<Ignore>), Stop> {
    let (mut declared, ignores) = read(file)?;
    let mistakes = name_sources(&mut declared, &rooms::focused(settings, environment));
    if mistakes.is_empty() {
        return Ok((declared, ignores));
    }
    Err(Stop::new(Exit::Usage, format!("{}: {}", file.display(), mistakes.join("\n"))))
}

/// Names the source of each watch as the tools of its environment know it: not at all where it is the only one. Answers with
/// the watches whose source is none of the environment's.
fn name_sources(declared: &mut Declared, focused: &Settings) -> Vec<String> {
    let prometheus: Vec<&String> = focused.prometheus.keys().collect();
    let (loki, tempo): (Vec<&String>, Vec<&String>) = (focused.loki.keys().collect(), focused.tempo.keys().collect());
    let mut mistakes = Vec::new();
    let mut name = |sort: &str, watch: &str, instance: &mut Option<String>, all: &[&String]| {
        let Some(named) = instance.as_ref() else { return };
        if !all.contains(&named) {
            let known: Vec<&str> = all.iter().map(|name| name.as_str()).collect();
            let accepted =
                if known.is_empty() { "none, as there is no such source".to_owned() } else { known.join(", ") };
            mistakes
                .push(format!("{sort}.{watch}.instance: {named:?} is none of the environment's; accepted: {accepted}"));
        } else if all.len() == 1 {
            *instance = None;
        }
    };
    declared.alerts.iter_mut().for_each(|one| name("alerts", &one.name, &mut one.instance, &prometheus));
    declared.rules.iter_mut().for_each(|one| name("rules", &one.name, &mut one.instance, &prometheus));
    declared.series.iter_mut().for_each(|one| name("series", &one.name, &mut one.instance, &prometheus));
    declared.forecasts.iter_mut().for_each(|one| name("forecasts", &one.name, &mut one.instance, &prometheus));
    declared.logs.iter_mut().for_each(|one| name("logs", &one.name, &mut one.instance, &loki));
    declared.traces.iter_mut().for_each(|one| name("traces", &one.name, &mut one.instance, &tempo));
    mistakes
}

/// The watches and the known noise of one file.
///
/// # Errors
/// It cannot be read, or has mistakes: all of them, exit 64.
pub fn read(file: &Path) -> Result<(Declared, Vec<Ignore>), Stop> {
    let unusable = |why: String| Stop::new(Exit::Usage, format!("{}: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| unusable(error.to_string()))?.len();
    if size > MOST_BYTES {
        return Err(unusable(format!("{size} bytes; {MOST_BYTES} are read")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| unusable(error.to_string()))?;
    parse(&text).map_err(|mistakes| unusable(mistakes.join("\n")))
}

/// The watches, and what stands under `ignores`. Every mistake is told: what cannot be read keeps nothing else from being
/// looked at.
fn parse(text: &str) -> Result<(Declared, Vec<Ignore>), Vec<String>> {
    let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| vec![error.to_string()])?;
    let noise = table.remove("ignores");
    let (declared, mut mistakes) = watches(table);
    let checked = declared.check().into_iter();
    mistakes.extend(checked.map(|mistake| format!("{}: {}", mistake.place, mistake.what)));
    let (ignores, wrong) = noise.map(ignores).unwrap_or_default();
    mistakes.extend(wrong);
    if mistakes.is_empty() { Ok((declared, ignores)) } else { Err(mistakes) }
}

/// The watches that can be read, and why the others cannot be. Each is read by itself, because reading ends at the first
/// mistake.
fn watches(table: toml::Table) -> (Declared, Vec<String>) {
    let (mut readable, mut mistakes) = (toml::Table::new(), Vec::new());
    for (sort, value) in table {
        match value {
            toml::Value::Array(items) => {
                let mut kept = Vec::new();
                for (place, item) in items.into_iter().enumerate() {
                    match alone(&sort, toml::Value::Array(vec![item.clone()])) {
                        Ok(_) => kept.push(item),
                        Err(error) => mistakes.push(format!("{sort}[{place}]: {error}")),
                    }
                }
                readable.insert(sort, toml::Value::Array(kept));
            }
            other => mistakes.extend(alone(&sort, other).err().map(|error| format!("{sort}: {error}"))),
        }
    }
    // Of a sort that nobody knows, nothing was kept, and it was told for each of its items.
    readable.retain(|_, items| items.as_array().is_some_and(|items| !items.is_empty()));
    match toml::Value::Table(readable).try_into() {
        Ok(declared) => (declared, mistakes),
        Err(error) => (Declared::default(), mistakes.into_iter().chain([error.to_string()]).collect()),
    }
}

/// One entry of the file, read as if it were the only one.
fn alone(sort: &str, value: toml::Value) -> Result<Declared, String> {
    let read = toml::Value::Table(toml::Table::from_iter([(sort.to_owned(), value)])).try_into();
    read.map_err(|error: toml::de::Error| error.to_string().trim().to_owned())
}

/// Known noise, and what is wrong with it. What has ended is told, and is no reason not to start.
fn ignores(value: toml::Value) -> (Vec<Ignore>, Vec<String>) {
    let toml::Value::Array(items) = value else {
        return (Vec::new(), vec!["ignores: accepted is a list of tables [[ignores]]".to_owned()]);
    };
    let now = chrono::Utc::now();
    let (mut ignores, mut mistakes) = (Vec::new(), Vec::new());
    for (place, item) in items.into_iter().enumerate() {
        let ignore: Ignore = match item.try_into() {
            Ok(ignore) => ignore,
            Err(error) => {
                mistakes.push(format!("ignores[{place}]: {}", error.to_string().trim()));
                continue;
            }
        };
        let wrong = ignore.check(now).into_iter().map(|what| format!("ignores[{place}]: {what}"));
        if ignore.until <= now {
            wrong.for_each(|what| tracing::warn!("{what}"));
        } else {
            mistakes.extend(wrong);
        }
        ignores.push(ignore);
    }
    (ignores, mistakes)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::settings::{Imagined, Request, load};
    use crate::wiring::scarlet::rooms::rooms;

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

    #[test]
    fn every_example_of_the_document_can_be_read() {
        let text = include_str!("../../../../../docs/senses.md");
        let blocks: Vec<&str> = text
            .split("```toml\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .filter(|one| one.starts_with("[["))
            .collect();
        // What is known noise has an end that some day has passed: that is told, and is another test.
        let (noise, watches): (Vec<&str>, Vec<&str>) =
            blocks.into_iter().partition(|block| block.starts_with("[[ignores"));
        let (declared, _) = parse(&watches.join("\n")).unwrap();
        assert_eq!((watches.len(), noise.len()), (7, 1));
        assert_eq!((declared.rules.len(), declared.series.len(), declared.forecasts.len()), (1, 2, 2));
        let told = parse(noise[0]).map_or_else(|told| told, |_| Vec::new());
        assert!(told.iter().all(|what| what.contains("it ended") || what.contains("366 days")), "{told:?}");
    }

    #[test]
    fn a_named_source_was_refused_by_the_tools_of_an_environment_that_has_only_this_one() {
        let text = r#"
            [prometheus.dev]
            url = "http://dev:9090"
            [prometheus.prod]
            url = "http://prod:9090"
            [environments.prod]
            prometheus = ["prod"]
            [environments.all]
        "#;
        let surroundings = Imagined::default().with_variable("HOME", "/home/ann").with_file("/x.toml", text);
        let request = Request { config: Some("/x.toml".into()), ..Request::default() };
        let settings =
            load(&request, &surroundings).map(|loaded| loaded.settings).map_err(|told| told.to_string()).unwrap();
        let named = |environment: &str, instance: &str| {
            let rule = format!(
                "[[rules]]\nname = \"a\"\nquery = \"up == 0\"\nseverity = \"low\"\ninstance = \"{instance}\"\n"
            );
            let (mut declared, _) = parse(&rule).unwrap();
            let mistakes = super::name_sources(&mut declared, &super::rooms::focused(&settings, environment));
            (declared.rules[0].instance.clone(), mistakes)
        };
        assert_eq!(named("prod", "prod"), (None, vec![]));
        assert_eq!(named("all", "prod"), (Some("prod".to_owned()), vec![]));
        let (_, mistakes) = named("prod", "dev");
        assert_eq!(mistakes, ["rules.a.instance: \"dev\" is none of the environment's; accepted: prod"]);
    }

    #[test]
    fn a_watch_of_one_cluster_turned_off_those_of_all_others() {
        let watches = |text: &str, clusters: &[&str]| {
            let (mut declared, _) = parse(text).unwrap();
            let clusters: String =
                clusters.iter().map(|name| format!("[clusters.{name}]\nkubeconfig = \"/k\"\n")).collect();
            let surroundings = Imagined::default()
                .with_variable("HOME", "/home/ann")
                .with_file("/x.toml", &clusters)
                .with_file("/k", "");
            let request = Request { config: Some("/x.toml".into()), ..Request::default() };
            let settings =
                load(&request, &surroundings).map(|loaded| loaded.settings).map_err(|told| told.to_string()).unwrap();
            let room = &rooms(&settings)["default"];
            super::add_usual(&mut declared, room, 30);
            declared.clusters.iter().map(|one| (one.name.clone(), one.cluster.clone())).collect::<Vec<_>>()
        };
        let own = "[[clusters]]\nname = \"own\"\ncluster = \"a\"\nnamespace = \"shop\"\n";
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(watches(own, &["a", "b"]), [("own".to_owned(), some("a")), ("b".to_owned(), some("b"))]);
        let unnamed = "[[clusters]]\nname = \"own\"\n";
        assert_eq!(watches(unnamed, &["a", "b"]), [("own".to_owned(), None), ("b".to_owned(), some("b"))]);
        assert_eq!(watches(unnamed, &["a"]), [("own".to_owned(), None)]);
        assert_eq!(watches("", &["a"]), [("a".to_owned(), None)]);
    }

    #[test]
    fn of_a_file_with_many_mistakes_only_the_first_was_told() {
        let told = parse(
            r#"
            [[rules]]
            name = "a"
            query = "up == 0"
            severity = "urgent"
            [[rules]]
            name = "b"
            query = ""
            severity = "low"
            every_seconds = 1
            [[endpoints]]
            name = "shop"
            url = "ftp://shop"
            [[endpoint]]
            name = "typo"
            [[ignores]]
            matchers = []
            reason = ""
            until = "2099-01-01T00:00:00Z"
            [[ignores]]
            why = "nothing"
            "#,
        )
        .unwrap_err();
        let places = ["rules[0]: ", "rules.b.query", "rules.b.every_seconds", "endpoints.shop.url", "endpoint[0]: "];
        for place in
            places.into_iter().chain(["ignores[0]: it matches nothing", "ignores[0]: it has no reason", "ignores[1]: "])
        {
            assert!(told.iter().any(|what| what.starts_with(place)), "{place}: {told:#?}");
        }
    }
}
