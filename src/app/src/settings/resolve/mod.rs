//! From the winning values to [`Settings`].

mod environments;
mod focus;
mod model;
mod scarlet;
pub mod slack;
mod sources;
mod state;
mod webhooks;
mod windows;

use super::complete::undeclared;
use super::layers::Layers;
use super::origin::Origin;
use super::path::KeyPath;
use super::pick::Pick;
use super::problem::{Problem, Problems};
use super::surroundings::Surroundings;
use super::types::{Colour, Focus, IgnoreRule, OutputSettings, Settings, TelemetrySettings, TurnSettings};

/// What the command line adds to the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// `--env`.
    pub environment: Option<String>,
    /// `--context`.
    pub context: Option<String>,
    /// `--namespace`.
    pub namespace: Option<String>,
    /// `--no-model`.
    pub no_model: bool,
    /// How often `-v` was given.
    pub verbosity: u8,
}

/// Makes the settings.
///
/// # Errors
/// Every mistake, those of the layers included.
pub fn resolve(
    layers: &Layers,
    surroundings: &dyn Surroundings,
    narrowing: &Narrowing,
    notes: &mut Vec<String>,
) -> Result<Settings, Problems> {
    let pick = Pick::new(layers, surroundings);
    let mut clusters = sources::clusters(&pick, surroundings);
    let cluster = narrowing.context.as_ref().map(|context| focus::context(&mut clusters, context, surroundings));
    let environments = environments::environments(&pick);
    let model = model::model(&pick).filter(|_| !narrowing.no_model);
    let prometheus = sources::prometheus(&pick);
    let (loki, tempo) = (sources::sources(&pick, "loki"), sources::sources(&pick, "tempo"));
    let (github, acting) = (sources::github(&pick), sources::acting(&pick));
    let mcp_servers = sources::mcp_servers(&pick);
    let ignore = ignore(&pick);
    let state = state::state(&pick, surroundings, model.as_ref(), notes);
    let profile = pick.text(&KeyPath::of("profile"));
    let turn = turn(&pick);
    let output = output(&pick);
    let slack = slack::slack(&pick, output.as_ref().map(|output| output.time_zone));
    let scarlet = scarlet::scarlet(&pick, &environments);
    let slack_public_url = slack::public_url(&pick);
    let telemetry = telemetry(&pick, narrowing.verbosity);
    let playbook_directories = pick.folders(&KeyPath::of("playbooks.directories"));
    let recipe_directories = pick.folders(&KeyPath::of("golden_signals.directories"));
    let mut problems = layers.problems.clone();
    problems.extend(pick.into_problems());
    if let Some(problem) = narrowing.environment.as_ref().and_then(|name| undeclared_environment(layers, name)) {
        problems.push(problem);
    }
    let (Some(profile), Some(turn), Some(output), Some(telemetry), Some(state), Some(scarlet), true) =
        (profile, turn, output, telemetry, state, scarlet, problems.is_empty())
    else {
        return Err(Problems(problems));
    };
    let mut settings = Settings {
        profile,
        model,
        turn,
        environments,
        clusters,
        prometheus,
        loki,
        tempo,
        github,
        acting,
        mcp_servers,
        playbook_directories,
        recipe_directories,
        ignore,
        state,
        scarlet,
        slack,
        slack_public_url,
        output,
        telemetry,
        focus: Focus { environment: narrowing.environment.clone(), cluster, namespace: narrowing.namespace.clone() },
    };
    let wanted = narrowing.environment.as_ref().and_then(|name| settings.environments.get(name).cloned());
    if let Some(wanted) = wanted {
        focus::environment(&mut settings, &wanted);
    }
    Ok(settings)
}

/// The same settings narrowed to a declared environment, as `--env` narrows them; `None` where none of this name is there.
pub fn focused(settings: &Settings, environment: &str) -> Option<Settings> {
    let wanted = settings.environments.get(environment)?.clone();
    let mut focused = settings.clone();
    focused.focus.environment = Some(environment.to_owned());
    focus::environment(&mut focused, &wanted);
    Some(focused)
}

fn undeclared_environment(layers: &Layers, name: &str) -> Option<Problem> {
    let (accepted, hint) = undeclared(layers, "environments", name)?;
    let origin = Origin::Flag("--env");
    Some(Problem { hint, ..Problem::of_place(origin, format!("{name:?}, which is not declared"), accepted) })
}

fn turn(pick: &Pick<'_>) -> Option<TurnSettings> {
    let key = |name: &str| KeyPath::of("turn").key(name);
    Some(TurnSettings {
        max_steps: pick.count(&key("max_steps"))?,
        tools_offered: pick.count(&key("tools_offered"))?,
        result_tokens: pick.count(&key("result_tokens"))?,
        deadline: pick.seconds(&key("deadline_seconds"))?,
        tool_deadline: pick.seconds(&key("tool_deadline_seconds"))?,
        parallel_calls: pick.count(&key("parallel_calls"))?,
        cache: pick.seconds(&key("cache_seconds"))?,
    })
}

fn output(pick: &Pick<'_>) -> Option<OutputSettings> {
    let colour = match pick.text(&KeyPath::of("output.colour"))?.as_str() {
        "always" => Colour::Always,
        "never" => Colour::Never,
        _ => Colour::Auto,
    };
    Some(OutputSettings { colour, time_zone: pick.zone(&KeyPath::of("output.time_zone"))? })
}

fn telemetry(pick: &Pick<'_>, verbosity: u8) -> Option<TelemetrySettings> {
    let log = match verbosity {
        0 => pick.text(&KeyPath::of("telemetry.log"))?,
        1 => "info".to_owned(),
        2 => "debug".to_owned(),
        _ => "trace".to_owned(),
    };
    Some(TelemetrySettings { log, json: pick.text(&KeyPath::of("telemetry.format"))? == "json" })
}

fn ignore(pick: &Pick<'_>) -> Vec<IgnoreRule> {
    let list = KeyPath::of("ignore");
    let rule = |place: usize| {
        let entry = list.index(place);
        Some(IgnoreRule {
            check: pick.text(&entry.key("check"))?,
            object: pick.text(&entry.key("object"))?,
            reason: pick.text(&entry.key("reason"))?,
            expires: pick.date(&entry.key("expires"))?,
        })
    };
    pick.places(&list).into_iter().filter_map(rule).collect()
}
