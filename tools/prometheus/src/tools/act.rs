//! `silence_create` and `silence_expire`: what Alertmanager tells nobody for a while.
//!
//! Guarantees: a silence whose matchers choose nothing, or that would mute all of many alerts, is refused; which active alerts it mutes is told before and after;
//! a silence that is there already is not made twice. Alertmanager has no dry run, so that a rehearsal is checked here
//! alone, and says so.

use super::silences::no_alertmanager;
use crate::backend::Backend;
use crate::query::alerts::ManagedAlert;
use crate::query::requests;
use crate::query::silences::{self, Matcher, Silence};
use chrono::{DateTime, TimeDelta, Utc};
use domain::effect::{self, EffectClass};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::object::ObjectRef;
use domain::observed::acted::{Acted, Undo};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tools_common::act::Act;
use tools_common::{CallContext, ToolSpec, args, page, time};

/// Who makes our silences.
const AUTHOR: &str = "auto-devops";

/// A silence that ends so little earlier than the wanted one is the same, asked for again.
const SAME_END: TimeDelta = TimeDelta::minutes(1);

/// The longest silence that is made here: a week.
const MOST_MINUTES: u64 = 10_080;

/// Where more alerts than these are active, a silence of all of them is refused.
const FEW_ALERTS: usize = 5;

/// Names of muted alerts that are told.
const NAMED: usize = 8;

#[derive(Debug, Deserialize, JsonSchema)]
struct CreateArgs {
    /// All must fit: app=checkout, severity=~"warning|info".
    #[schemars(length(min = 1, max = 20))]
    matchers: Vec<String>,
    #[schemars(range(min = 1, max = MOST_MINUTES))]
    minutes: u64,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ExpireArgs {
    /// Id, from `silences`.
    #[schemars(length(min = 1, max = 64))]
    id: String,
}

pub(super) fn specs() -> Vec<ToolSpec> {
    vec![
        ToolSpec::act::<CreateArgs>("silence_create", "Silence", "Mutes the alerts that fit, for some minutes."),
        ToolSpec::act::<ExpireArgs>("silence_expire", "End silence", "Ends a silence now."),
    ]
}

pub(super) async fn create(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let act = context.act()?;
    let asked: CreateArgs = args::parse(arguments)?;
    let matchers = asked.matchers.iter().map(|text| Matcher::parse(text)).collect::<Result<Vec<_>, _>>()?;
    if matchers.iter().all(Matcher::chooses_nothing) {
        return Err(args::invalid("matchers", silences::show(&matchers), "at least one that not every alert fits"));
    }
    let end = minutes_after(context.now, asked.minutes);
    let (all, alerts) = tokio::join!(
        backend.ask_alertmanager::<Vec<Silence>>(silences::list(), context),
        backend.ask_alertmanager::<Vec<ManagedAlert>>(requests::alertmanager_alerts(), context),
    );
    let (all, alerts) = (all.ok_or_else(no_alertmanager)??, alerts.ok_or_else(no_alertmanager)??);
    refuse_all(&matchers, &alerts)?;
    let shown = silences::show(&matchers);
    let same = all.iter().find(|silence| {
        silence.status.state == "active" && silence.shown_matchers() == shown && silence.ends_at + SAME_END >= end
    });
    let mut acted = Acted {
        action: "silence_create".to_owned(),
        object: ObjectRef::cluster("Silence", same.map_or("new", |silence| silence.id.as_str())),
        class: effect::of_silence(asked.minutes),
        dry_run: act.is_dry_run(),
        complete: true,
        seen_resource_version: None,
        resource_version: None,
        diff: vec![format!("silence: added {shown} until {}", time::show_instant(end))],
        undo: None,
        warnings: vec![muted(&matchers, &alerts)],
        steps: Vec::new(),
    };
    if let Some(silence) = same {
        acted.diff.clear();
        acted.warnings.push(format!("such a silence is there already, until {}", time::show_instant(silence.ends_at)));
    } else if act.is_dry_run() {
        acted.warnings.push("Alertmanager has no dry run: this was checked here alone".to_owned());
    } else {
        let request = silences::create(&matchers, context.now, end, AUTHOR, act.reason());
        let id = backend.create_silence(act, request, context).await?;
        acted.object = ObjectRef::cluster("Silence", id.as_str());
        acted.undo = Some(undo(backend, "silence_expire", json!({"id": id})));
    }
    tell(&acted)
}

pub(super) async fn expire(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let act = context.act()?;
    let asked: ExpireArgs = args::parse(arguments)?;
    if !silences::is_id(&asked.id) {
        return Err(args::invalid("id", format!("{:?}", asked.id), "an id that `silences` told"));
    }
    let found = backend.silence(&asked.id, context).await.ok_or_else(no_alertmanager)??;
    let silence = found.ok_or_else(|| missing(&asked.id))?;
    hold(act, &silence)?;
    let again = again(&silence, context.now);
    let mut acted = Acted {
        action: "silence_expire".to_owned(),
        object: ObjectRef::cluster("Silence", silence.id.as_str()),
        class: EffectClass::W2,
        dry_run: act.is_dry_run(),
        complete: true,
        seen_resource_version: Some(silence.updated_at.clone()),
        resource_version: None,
        diff: vec![format!("silence: ended {}", silence.shown_matchers())],
        undo: again.as_ref().ok().map(|arguments| undo(backend, "silence_create", arguments.clone())),
        warnings: again.err().into_iter().collect(),
        steps: Vec::new(),
    };
    if silence.created_by != AUTHOR {
        acted.warnings.push(format!("it was made by {:?}, who may want it", silence.created_by));
    }
    if act.is_dry_run() {
        acted.warnings.push("Alertmanager has no dry run: this was checked here alone".to_owned());
    } else {
        backend.expire_silence(act, silences::expire(&silence.id), context).await?;
    }
    tell(&acted)
}

/// A silence that ended already, or is not the one that the caller saw, is not touched.
fn hold(act: &Act, silence: &Silence) -> Result<(), Failure> {
    if silence.status.state == "expired" {
        return Err(Failure::new(FailureKind::Conflict, format!("silence {} has ended already", silence.id)));
    }
    match act.expected_resource_version() {
        Some(expected) if expected != silence.updated_at => {
            let message =
                format!("silence {} was changed at {}, and {expected} was expected", silence.id, silence.updated_at);
            Err(Failure::new(FailureKind::Conflict, message).with_hint("look at it again, and decide anew"))
        }
        _ => Ok(()),
    }
}

fn missing(id: &str) -> Failure {
    Failure::new(FailureKind::NotFound, format!("there is no silence {id}")).with_hint("`silences` lists them")
}

/// Many alerts at once are seldom all of one cause, and whoever mutes them all sees nothing more.
fn refuse_all(matchers: &[Matcher], alerts: &[ManagedAlert]) -> Result<(), Failure> {
    let mut active = alerts.iter().filter(|alert| alert.status.state != "suppressed");
    let count = active.clone().count();
    if count <= FEW_ALERTS || !active.all(|alert| fits(matchers, alert)) {
        return Ok(());
    }
    let message = format!("the silence would mute all {count} active alerts: {}", silences::show(matchers));
    Err(Failure::new(FailureKind::Refused, message).with_hint("add a matcher that leaves out what shall still be told"))
}

fn fits(matchers: &[Matcher], alert: &ManagedAlert) -> bool {
    matchers.iter().all(|matcher| matcher.fits(&alert.labels))
}

/// The arguments that make a silence again which is ended now.
///
/// # Errors
/// Why no call of ours can.
fn again(silence: &Silence, now: DateTime<Utc>) -> Result<Value, String> {
    let left = u64::try_from((silence.ends_at - now).num_minutes()).unwrap_or(0).max(1);
    if silence.status.state == "pending" {
        let start = time::show_instant(silence.starts_at);
        return Err(format!("it cannot be taken back here: the silence would begin at {start}, and not at once"));
    }
    if left > MOST_MINUTES {
        let days = MOST_MINUTES / (24 * 60);
        return Err(format!("it cannot be taken back here: the silence has more than {days} days left"));
    }
    let matchers: Vec<String> = silence.matchers.iter().map(Matcher::to_string).collect();
    Ok(json!({"matchers": matchers, "minutes": left}))
}

/// The call that takes a change back, on the same instance.
fn undo(backend: &Backend, tool: &str, arguments: Value) -> Undo {
    let mut arguments = object(arguments);
    if let Some(instance) = backend.instance() {
        arguments.insert("instance".to_owned(), json!(instance));
    }
    Undo { tool: tool.to_owned(), arguments }
}

/// A sentence about the active alerts that fit.
fn muted(matchers: &[Matcher], alerts: &[ManagedAlert]) -> String {
    let fitting: Vec<&ManagedAlert> = alerts.iter().filter(|alert| fits(matchers, alert)).collect();
    if fitting.is_empty() {
        return "no active alert fits: nothing is muted now".to_owned();
    }
    let names: BTreeSet<&str> =
        fitting.iter().filter_map(|alert| alert.labels.get("alertname").map(String::as_str)).collect();
    let shown: Vec<&str> = names.iter().copied().take(NAMED).collect();
    let more = names.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} active alerts are muted: {}{more}", fitting.len(), shown.join(", "))
}

fn minutes_after(now: DateTime<Utc>, minutes: u64) -> DateTime<Utc> {
    let length = TimeDelta::try_minutes(i64::try_from(minutes).unwrap_or(i64::MAX)).unwrap_or(TimeDelta::MAX);
    now.checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn tell(acted: &Acted) -> Result<Envelope, Failure> {
    let hint = acted.dry_run.then(|| "A rehearsal: nothing was changed. Pass dry_run=false to do it.".to_owned());
    Ok(Envelope { hint, ..Envelope::whole(page::json(acted)?, 1) })
}
