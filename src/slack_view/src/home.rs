//! App Home: what waits, what is wrong, what was asked, what a person prefers.
//!
//! Guarantees: at most 100 blocks; a part that could not be looked at says so and is never shown as empty; a part that
//! the caller hides is not hinted at.

mod status;
pub(crate) mod zones;

pub use status::{Status, freezes, status};

use crate::actions;
use crate::cards::{button, choice, divider, heading, line, plain, section, section_with, small};
use crate::incident::{self, Links};
use crate::{approval, help};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::approval::Approval;
use domain::conversation::Conversation;
use domain::guard::Freeze;
use domain::incident::Incident;
use domain::person::Role;
use domain::preferences::{Brevity, Preferences, Voice};
use slack_morphism::prelude::*;

/// Approvals that are shown.
const APPROVALS: usize = 10;
/// Questions that are shown.
const QUESTIONS: usize = 10;
/// Blocks of a home tab.
const BLOCKS: usize = 100;
/// What stands below lists that a person sees a part of.
pub(crate) const PARTIAL: &str = "Environments that are not for your role are left out";
/// The option that takes a preference back.
pub const HOUSE: &str = "house";

/// One part of the page.
#[derive(Debug, Clone, PartialEq)]
pub enum Part<T> {
    /// The person may not see it.
    Hidden,
    /// It could not be looked at, and why.
    Unavailable(String),
    /// What there is.
    There(Vec<T>),
}

/// What is shown to one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// What they may; without one they are shown nothing but how to come by one.
    pub role: Option<Role>,
    /// What is frozen.
    pub freezes: Part<Freeze>,
    /// Open incidents, the worst first.
    pub incidents: Part<Incident>,
    /// Approvals that wait.
    pub approvals: Part<Approval>,
    /// Whether incidents and approvals of some environments are left out, because the person may not see them.
    pub is_partial: bool,
    /// Their conversations, the last used first.
    pub recent: Part<Conversation>,
    /// What they prefer.
    pub preferences: Preferences,
    /// Where more can be seen.
    pub links: Links,
    /// The workspace's address, `https://acme.slack.com/`, for links to threads.
    pub workspace: Option<String>,
}

/// The home tab.
pub fn render(home: &Home, zone: Tz, now: DateTime<Utc>) -> SlackView {
    let Some(role) = home.role else {
        return tab(vec![section(help::NO_ROLE)]);
    };
    let mut blocks = vec![heading("Jamie")];
    blocks.extend(part(&home.freezes, "", "", |freezes| vec![section(&freezes_text(freezes, zone, now))]));
    blocks.extend(part(&home.incidents, "Open incidents", "✅ No open incident", |incidents| {
        incident::list(incidents, &home.links, zone, now)
    }));
    blocks.extend(part(&home.approvals, "Waiting for approval", "Nothing waits for approval", |approvals| {
        approvals_list(approvals, zone, now)
    }));
    if home.is_partial {
        blocks.push(small(PARTIAL));
    }
    blocks.extend(part(&home.recent, "Your recent questions", "You have not asked anything yet", |recent| {
        recent_list(recent, home.workspace.as_deref(), zone, now)
    }));
    blocks.extend(preferences(&home.preferences));
    blocks.push(divider());
    blocks.push(section(&help::lines(role).join("\n")));
    blocks.push(small(&format!("As of {}", now.with_timezone(&zone).format("%-d %b %H:%M %Z"))));
    blocks.truncate(BLOCKS);
    tab(blocks)
}

fn tab(blocks: Vec<SlackBlock>) -> SlackView {
    SlackView::Home(SlackHomeView::new(blocks))
}

fn part<T>(part: &Part<T>, title: &str, empty: &str, show: impl Fn(&[T]) -> Vec<SlackBlock>) -> Vec<SlackBlock> {
    let mut blocks = match part {
        Part::Hidden => return Vec::new(),
        Part::Unavailable(why) => vec![section(&format!("⚠️ This could not be looked at: {}", line(why, 600)))],
        Part::There(items) if items.is_empty() && empty.is_empty() => return Vec::new(),
        Part::There(items) if items.is_empty() => vec![section(empty)],
        Part::There(items) => show(items),
    };
    if !title.is_empty() {
        blocks.insert(0, heading(title));
    }
    blocks
}

fn freezes_text(standing: &[Freeze], zone: Tz, now: DateTime<Utc>) -> String {
    freezes(standing, zone, now).join("\n")
}

fn approvals_list(approvals: &[Approval], zone: Tz, now: DateTime<Utc>) -> Vec<SlackBlock> {
    let mut blocks: Vec<SlackBlock> = approvals
        .iter()
        .take(APPROVALS)
        .map(|it| section_with(&approval::in_a_line(it, now, zone), button(actions::PLAN, "Whole plan", &it.id)))
        .collect();
    if let Some(more) = approvals.len().checked_sub(APPROVALS).filter(|more| *more > 0) {
        blocks.push(small(&format!("and {more} more")));
    }
    blocks
}

fn recent_list(recent: &[Conversation], workspace: Option<&str>, zone: Tz, now: DateTime<Utc>) -> Vec<SlackBlock> {
    let lines: Vec<String> = recent
        .iter()
        .take(QUESTIONS)
        .map(|it| {
            let at = crate::cards::moment(it.updated_at, zone, now);
            let title = line(&it.title, 200);
            match thread_link(&it.channel, workspace) {
                Some(link) => format!("• {at}: {title} (<{link}|thread>)"),
                None => format!("• {at}: {title}"),
            }
        })
        .collect();
    lines.chunks(5).map(|lines| section(&lines.join("\n"))).collect()
}

/// The address of a thread `slack:C123/1699.42`, as Slack makes it.
fn thread_link(channel: &str, workspace: Option<&str>) -> Option<String> {
    let workspace = crate::escape::address(workspace?)?;
    let (channel, ts) = channel.strip_prefix("slack:")?.split_once('/')?;
    let is_channel =
        !channel.is_empty() && channel.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_ts = !ts.is_empty() && ts.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let ts = ts.replace('.', "");
    (is_channel && is_ts).then(|| format!("{}/archives/{channel}/p{ts}", workspace.trim_end_matches('/')))
}

fn preferences(preferences: &Preferences) -> Vec<SlackBlock> {
    let brevity = preferences.brevity.map(|brevity| match brevity {
        Brevity::Short => "short",
        Brevity::Full => "full",
    });
    let voice = preferences.voice.map(|voice| match voice {
        Voice::Friendly => "friendly",
        Voice::Neutral => "neutral",
    });
    let house = ("As the house has it", HOUSE);
    vec![
        heading("Preferences"),
        section_with(
            "*Answers*",
            menu(actions::BREVITY, &[house, ("Short: the verdict", "short"), ("Whole", "full")], brevity),
        ),
        section_with(
            "*Voice*",
            menu(actions::VOICE, &[house, ("Friendly", "friendly"), ("Neutral", "neutral")], voice),
        ),
        section_with("*Time zone*", zones::menu(actions::ZONE, preferences.zone.as_deref())),
    ]
}

fn menu(action: &str, options: &[(&str, &str)], chosen: Option<&str>) -> SlackBlockStaticSelectElement {
    let options: Vec<_> = options.iter().map(|(label, value)| choice(label, value)).collect();
    let chosen = chosen.unwrap_or(HOUSE);
    let mut menu = SlackBlockStaticSelectElement::new()
        .with_action_id(SlackActionId::new(action.to_owned()))
        .with_placeholder(plain("Choose", 150));
    menu.initial_option = options.iter().find(|option| option.value == chosen).cloned();
    menu.options = Some(options);
    menu
}

/// The preferences with what was chosen in a menu of App Home.
///
/// # Errors
/// What is wrong with it, where the menu does not offer that.
pub fn chosen(preferences: &Preferences, action: &str, value: &str) -> Result<Preferences, String> {
    let mut next = preferences.clone();
    match (action, value) {
        (actions::BREVITY, HOUSE) => next.brevity = None,
        (actions::BREVITY, "short") => next.brevity = Some(Brevity::Short),
        (actions::BREVITY, "full") => next.brevity = Some(Brevity::Full),
        (actions::VOICE, HOUSE) => next.voice = None,
        (actions::VOICE, "friendly") => next.voice = Some(Voice::Friendly),
        (actions::VOICE, "neutral") => next.voice = Some(Voice::Neutral),
        (actions::ZONE, zone) if zone.parse::<Tz>().is_ok() => next.zone = Some(zone.to_owned()),
        _ => return Err(format!("{value:?} is nothing that can be chosen for {action:?}")),
    }
    Ok(next)
}
