//! The settings of a channel as a modal, and back.

use super::Unreadable;
use super::values::Reader;
use crate::actions::callbacks;
use crate::cards::{choice, form, plain, small};
use crate::home::zones;
use crate::incident::severity_word;
use domain::channel::{ChannelSettings, IncidentRule, QuietHours};
use domain::incident::Severity;
use serde_json::Value;
use slack_morphism::prelude::*;

/// The names of the fields, each of them block and action.
const ENVIRONMENT: &str = "environment";
const CLUSTER: &str = "cluster";
const SERVERS: &str = "servers";
const INCIDENTS: &str = "incidents";
const SEVERITY: &str = "least_severity";
const UNASKED: &str = "unasked";
const QUIET_FROM: &str = "quiet_from";
const QUIET_TO: &str = "quiet_to";
const QUIET_ZONE: &str = "quiet_zone";
const FIELDS: [&str; 9] =
    [ENVIRONMENT, CLUSTER, SERVERS, INCIDENTS, SEVERITY, UNASKED, QUIET_FROM, QUIET_TO, QUIET_ZONE];

/// The option that stands for all; no name of the settings can be it, because those are prefixed.
const ALL: &str = "all";
/// What a name is prefixed with in an option.
const NAMED: &str = "named:";
/// Options of a menu at most.
const OPTIONS: usize = 99;
/// Bytes of an option's value at most, without the prefix.
const OPTION_BYTES: usize = 140;

/// What of the settings said unasked can be switched.
const ALERTS: &str = "alerts";
const DAILY: &str = "daily";
const WEEKLY: &str = "weekly";

const RULES: [(IncidentRule, &str, &str); 3] = [
    (IncidentRule::Never, "never", "No incidents here"),
    (IncidentRule::Each, "each", "Each in a message of its own"),
    (IncidentRule::Grouped, "grouped", "All in one message, a line each"),
];

/// What the settings of the program offer for choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// Names of environments.
    pub environments: Vec<String>,
    /// Names of clusters.
    pub clusters: Vec<String>,
    /// Names of tool servers.
    pub servers: Vec<String>,
}

/// The modal of a channel's settings; the channel's id comes back with it.
pub fn channel_settings(settings: &ChannelSettings, offer: &Offer) -> SlackView {
    let quiet = settings.quiet.as_ref();
    let blocks = vec![
        input(
            ENVIRONMENT,
            "Environment of questions here",
            false,
            named(ENVIRONMENT, &offer.environments, settings.environment.as_deref()),
        ),
        input(CLUSTER, "Cluster", false, named(CLUSTER, &offer.clusters, settings.cluster.as_deref())),
        input_or_note(SERVERS, "Only these tools (none chosen: all)", servers(&offer.servers, &settings.servers)),
        input(INCIDENTS, "Incidents", false, rules(settings.incidents)),
        input(SEVERITY, "Least severity of incidents", false, severities(settings.least_severity)),
        input(UNASKED, "Said unasked", true, unasked(settings)),
        input(
            QUIET_FROM,
            "Quiet from (critical incidents come all the same)",
            true,
            time(QUIET_FROM, quiet.map(|quiet| quiet.from)),
        ),
        input(QUIET_TO, "Quiet until", true, time(QUIET_TO, quiet.map(|quiet| quiet.to))),
        input(
            QUIET_ZONE,
            "Time zone of the quiet hours",
            true,
            zones::menu(QUIET_ZONE, quiet.map(|quiet| quiet.zone.as_str())).into(),
        ),
    ];
    let channel = settings.channel.strip_prefix("slack:").unwrap_or(&settings.channel);
    form(callbacks::CHANNEL, channel, "Channel settings", "Save", blocks)
}

/// The settings that were submitted for a channel (`C123`, as the modal brought it back).
///
/// # Errors
/// Where a field is missing, strange, or holds what was not offered; all of it at once.
pub fn read_channel_settings(channel: &str, values: &Value, offer: &Offer) -> Result<ChannelSettings, Unreadable> {
    // Without tool servers there is nothing to choose of, and no field.
    let fields: Vec<&str> = FIELDS.into_iter().filter(|field| *field != SERVERS || !offer.servers.is_empty()).collect();
    let mut reader = Reader::new(values, &fields);
    let settings = ChannelSettings {
        channel: format!("slack:{channel}"),
        environment: read_named(&mut reader, ENVIRONMENT, &offer.environments),
        cluster: read_named(&mut reader, CLUSTER, &offer.clusters),
        servers: if offer.servers.is_empty() { Vec::new() } else { read_servers(&mut reader, &offer.servers) },
        quiet: read_quiet(&mut reader),
        incidents: read_rule(&mut reader),
        least_severity: read_severity(&mut reader),
        ..ChannelSettings::default()
    };
    let mut settings = read_unasked(&mut reader, settings);
    if settings.incidents == IncidentRule::Never {
        // The menu of severities cannot be left out of the modal; without incidents it says nothing.
        settings.least_severity = None;
    }
    for mistake in settings.mistakes() {
        reader.problem(mistake.field, &format!("cannot be so: {}", mistake.message));
    }
    reader.done(settings)
}

fn input(field: &str, label: &str, is_optional: bool, element: SlackInputBlockElement) -> SlackBlock {
    SlackInputBlock::new(plain(label, 200), element)
        .with_block_id(SlackBlockId::new(field.to_owned()))
        .with_optional(is_optional)
        .into()
}

fn input_or_note(field: &str, label: &str, element: Option<SlackInputBlockElement>) -> SlackBlock {
    match element {
        Some(element) => input(field, label, true, element),
        None => small("No tool servers are set up, so there is nothing to choose of"),
    }
}

/// The names that an option can carry.
fn carried(names: &[String]) -> impl Iterator<Item = &String> {
    names.iter().filter(|name| !name.is_empty() && name.len() <= OPTION_BYTES).take(OPTIONS)
}

fn select(
    field: &str,
    options: Vec<SlackBlockChoiceItem<SlackBlockPlainTextOnly>>,
    chosen: &str,
) -> SlackInputBlockElement {
    let mut menu = SlackBlockStaticSelectElement::new().with_action_id(SlackActionId::new(field.to_owned()));
    menu.initial_option = options.iter().find(|option| option.value == chosen).cloned();
    menu.options = Some(options);
    menu.into()
}

fn named(field: &str, names: &[String], chosen: Option<&str>) -> SlackInputBlockElement {
    let mut options = vec![choice("All", ALL)];
    options.extend(carried(names).map(|name| choice(name, &format!("{NAMED}{name}"))));
    let chosen = chosen.map_or_else(|| ALL.to_owned(), |name| format!("{NAMED}{name}"));
    // A name that the settings no longer know is shown as not chosen, not as "all".
    select(field, options, &chosen)
}

fn read_named(reader: &mut Reader<'_>, field: &str, names: &[String]) -> Option<String> {
    let Some(value) = reader.chosen(field) else {
        reader.problem(field, "was not chosen");
        return None;
    };
    let name = value.strip_prefix(NAMED).filter(|name| carried(names).any(|known| known == name));
    if name.is_none() && value != ALL {
        reader.problem(field, "is not one that was offered");
    }
    name.map(str::to_owned)
}

fn servers(names: &[String], chosen: &[String]) -> Option<SlackInputBlockElement> {
    let options: Vec<_> = carried(names).map(|name| choice(name, name)).collect();
    if options.is_empty() {
        return None;
    }
    let mut menu = SlackBlockMultiStaticSelectElement::new()
        .with_action_id(SlackActionId::new(SERVERS.to_owned()))
        .with_placeholder(plain("All tools", 150));
    let initial: Vec<_> = options.iter().filter(|option| chosen.contains(&option.value)).cloned().collect();
    menu.initial_options = (!initial.is_empty()).then_some(initial);
    menu.options = Some(options);
    Some(menu.into())
}

fn read_servers(reader: &mut Reader<'_>, names: &[String]) -> Vec<String> {
    let chosen: Vec<String> = reader.all_chosen(SERVERS).into_iter().map(str::to_owned).collect();
    if chosen.iter().any(|name| !carried(names).any(|known| known == name)) {
        reader.problem(SERVERS, "holds one that was not offered");
    }
    // In the order of the settings, whatever the order of the clicks.
    names.iter().filter(|name| chosen.contains(name)).cloned().collect()
}

fn rules(chosen: IncidentRule) -> SlackInputBlockElement {
    let options = RULES.iter().map(|(_, value, label)| choice(label, value)).collect();
    let chosen = RULES.iter().find(|(rule, ..)| *rule == chosen).map_or("never", |(_, value, _)| value);
    select(INCIDENTS, options, chosen)
}

fn read_rule(reader: &mut Reader<'_>) -> IncidentRule {
    let chosen = reader.chosen(INCIDENTS);
    let rule = RULES.iter().find(|(_, value, _)| Some(*value) == chosen);
    if rule.is_none() {
        reader.problem(INCIDENTS, "is not one that was offered");
    }
    rule.map_or(IncidentRule::Never, |(rule, ..)| *rule)
}

const SEVERITIES: [Severity; 4] = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

fn severities(chosen: Option<Severity>) -> SlackInputBlockElement {
    let mut options = vec![choice("All", ALL)];
    options.extend(SEVERITIES.iter().map(|severity| choice(severity_word(*severity), severity_word(*severity))));
    select(SEVERITY, options, chosen.map_or(ALL, severity_word))
}

fn read_severity(reader: &mut Reader<'_>) -> Option<Severity> {
    let chosen = reader.chosen(SEVERITY);
    let severity = SEVERITIES.into_iter().find(|severity| Some(severity_word(*severity)) == chosen);
    if severity.is_none() && chosen != Some(ALL) {
        reader.problem(SEVERITY, "is not one that was offered");
    }
    severity
}

fn unasked(settings: &ChannelSettings) -> SlackInputBlockElement {
    let options = [
        (settings.answers_alerts, "Answers to alerts that other apps post here", ALERTS),
        (settings.daily_digest, "The digest of the day", DAILY),
        (settings.weekly_digest, "The digest of the week", WEEKLY),
    ];
    let item = |label: &str, value: &str| {
        let label = SlackBlockText::Plain(SlackBlockPlainText::new(label.to_owned()));
        SlackBlockChoiceItem::new(label, value.to_owned())
    };
    let chosen: Vec<_> = options.iter().filter(|it| it.0).map(|(_, label, value)| item(label, value)).collect();
    let mut boxes =
        SlackBlockCheckboxesElement::new(options.iter().map(|(_, label, value)| item(label, value)).collect())
            .with_action_id(SlackActionId::new(UNASKED.to_owned()));
    boxes.initial_options = (!chosen.is_empty()).then_some(chosen);
    boxes.into()
}

fn read_unasked(reader: &mut Reader<'_>, settings: ChannelSettings) -> ChannelSettings {
    let chosen = reader.all_chosen(UNASKED);
    if chosen.iter().any(|value| ![ALERTS, DAILY, WEEKLY].contains(value)) {
        reader.problem(UNASKED, "holds one that was not offered");
    }
    let has = |value: &str| chosen.contains(&value);
    ChannelSettings { answers_alerts: has(ALERTS), daily_digest: has(DAILY), weekly_digest: has(WEEKLY), ..settings }
}

fn time(field: &str, minutes: Option<u16>) -> SlackInputBlockElement {
    let mut picker = SlackBlockTimePickerElement::new().with_action_id(SlackActionId::new(field.to_owned()));
    picker.initial_time = minutes.map(|minutes| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60));
    picker.into()
}

/// Both ends and their zone, or none of the ends.
fn read_quiet(reader: &mut Reader<'_>) -> Option<QuietHours> {
    let (from, to) = (reader.time(QUIET_FROM), reader.time(QUIET_TO));
    let zone = reader.chosen(QUIET_ZONE);
    if zone.is_some_and(|zone| zone.parse::<chrono_tz::Tz>().is_err()) {
        reader.problem(QUIET_ZONE, "is no time zone");
    }
    match (from, to, zone) {
        (None, None, _) => None,
        (Some(from), Some(to), Some(zone)) => Some(QuietHours { from, to, zone: zone.to_owned() }),
        (Some(_), Some(_), None) => {
            reader.problem(QUIET_ZONE, "was not chosen");
            None
        }
        (Some(_), None, _) => {
            reader.problem(QUIET_TO, "was not chosen, though a beginning was");
            None
        }
        (None, Some(_), _) => {
            reader.problem(QUIET_FROM, "was not chosen, though an end was");
            None
        }
    }
}
