//! What the terminal told of a demo, read back: incidents with their causes, what was asked, allowed and done, their ends.
//!
//! Read line by line; what is not understood is left out. Incidents of Scarlet about herself are no troubles of the estate
//! and are left out too.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Signals that she raises about herself.
const HERSELF: &[&str] = &["confidence-low", "heals-failed", "cap-reached", "sense-away"];

/// A proposal that waits for people.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its id: `INC-1.1`.
    pub id: String,
    /// The first digits of its plan.
    pub digits: String,
    /// How many have to say yes.
    pub people: u32,
}

/// What happened to one incident, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Happened {
    Asked { what: String, people: u32 },
    Granted { what: String },
    Allowed { what: String },
    Waits { what: String },
    Did { what: String },
    Helped,
    DidNotHelp,
    Handed { why: String },
}

/// One incident.
#[derive(Debug, Clone, Default)]
struct Tale {
    state: String,
    cause: Option<String>,
    happened: Vec<Happened>,
    is_part: bool,
}

/// A demo.
#[derive(Debug, Default)]
pub struct Story {
    /// What was asked for, oldest first.
    pub questions: Vec<Question>,
    tales: BTreeMap<String, Tale>,
}

impl Story {
    /// Reads what was told.
    pub fn read(told: &str) -> Self {
        let mut story = Self::default();
        let (mut people, mut asked) = (1, String::new());
        for line in told.lines() {
            if let Some(why) = line.strip_prefix("  why it is asked: ") {
                people = people_of(why);
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [action, "in", "demo,", kind, name] => asked = format!("{action} {kind} {name}"),
                ["auto-devops", "actions", "approve", id, "--plan", digits, ..] => {
                    story.questions.push(Question { id: (*id).to_owned(), digits: (*digits).to_owned(), people });
                    story.tale_of(id).push(Happened::Asked { what: std::mem::take(&mut asked), people });
                    people = 1;
                }
                [id, "granted", action, "on", kind, name, ..] if id.starts_with("INC-") => {
                    story.tale_of(id).push(Happened::Granted { what: format!("{action} {kind} {name}") });
                }
                [id, ..] if is_incident(id) => story.line(id, line),
                _ => {}
            }
        }
        story
    }

    /// What happened to the incident of a proposal.
    fn tale_of(&mut self, proposal: &str) -> &mut Vec<Happened> {
        let incident = proposal.split('.').next().unwrap_or(proposal);
        &mut self.tales.entry(incident.to_owned()).or_default().happened
    }

    fn line(&mut self, id: &str, line: &str) {
        if let Some((_, title)) = line.split_once("  demo: ")
            && line.split_once("  scarlet: ").is_none()
        {
            if HERSELF.iter().any(|name| title.starts_with(name)) {
                return;
            }
            let state = line.trim_start_matches(id).trim().split("  ").next().unwrap_or_default();
            let tale = self.tales.entry(id.to_owned()).or_default();
            // One that is closed when it is told first was put into another before.
            (tale.state, tale.is_part) = (state.to_owned(), state == "closed");
            return;
        }
        let Some(tale) = self.tales.get_mut(id) else { return };
        if let Some(cause) = line.split_once("  the cause: ") {
            tale.cause = Some(cause.1.trim().to_owned());
        } else if let Some((_, text)) = line.split_once("  scarlet: ") {
            tale.is_part |= text.starts_with("it is part of ");
            tale.happened.extend(happened(text));
        } else if let Some(state) = line.split_once("  is ").and_then(|(_, rest)| rest.strip_suffix(" now")) {
            tale.state = state.trim().to_owned();
        }
    }

    /// Whether nothing is in hand: each incident is over or with people. The window of a demo comes soon.
    pub fn is_at_rest(&self) -> bool {
        let is_over = |tale: &Tale| matches!(tale.state.as_str(), "resolved" | "closed" | "escalated");
        !self.tales.is_empty() && self.tales.values().all(is_over)
    }

    /// Deeds that no verdict before them allowed.
    pub fn beyond_verdict(&self) -> Vec<String> {
        let mut beyond = Vec::new();
        for (id, tale) in &self.tales {
            let mut permitted: Vec<&str> = Vec::new();
            for (place, happened) in tale.happened.iter().enumerate() {
                match happened {
                    Happened::Allowed { what } => permitted.push(what),
                    Happened::Granted { what } if was_asked(&tale.happened[..place], what) => permitted.push(what),
                    Happened::Did { what } => match permitted.iter().position(|allowed| allowed == what) {
                        Some(index) => drop(permitted.remove(index)),
                        None => beyond.push(format!("{id}: {what}")),
                    },
                    _ => {}
                }
            }
        }
        beyond
    }

    /// The incidents that are told of: those in which something was done, else those with a cause, else all.
    fn told(&self) -> Vec<&Tale> {
        let whole: Vec<&Tale> = self.tales.values().filter(|tale| !tale.is_part).collect();
        let of = |is_wanted: fn(&Tale) -> bool| -> Vec<&Tale> {
            whole.iter().copied().filter(|tale| is_wanted(tale)).collect()
        };
        let done = of(|tale| tale.happened.iter().any(|happened| matches!(happened, Happened::Did { .. })));
        let known = of(|tale| tale.cause.is_some());
        [done, known].into_iter().find(|tales| !tales.is_empty()).unwrap_or(whole)
    }

    /// Whether something was done that helped, and nothing of it is with people.
    pub fn is_healed(&self) -> bool {
        let told = self.told();
        let helped = |tale: &&Tale| tale.happened.contains(&Happened::Helped);
        told.iter().any(helped) && told.iter().all(|tale| tale.state == "resolved" || tale.state == "closed")
    }

    /// The lines of the golden.
    pub fn golden(&self, scenario: &str) -> String {
        let mut lines: Vec<String> = Vec::new();
        let mut add = |line: String| {
            if !lines.contains(&line) {
                lines.push(line);
            }
        };
        for tale in self.told() {
            // Which of those that suffer raised the incident first, and so is named in the sentence, is a matter of moments.
            let object = tale.cause.as_deref().and_then(|cause| cause.split(": ").next());
            add(format!("  cause: {}", object.unwrap_or("not found")));
            for happened in &tale.happened {
                match happened {
                    Happened::Asked { what, people: 1 } => add(format!("  asked: {what}")),
                    Happened::Asked { what, people } => add(format!("  asked: {what}, of {people} people")),
                    Happened::Allowed { what } => add(format!("  allowed: {what}")),
                    Happened::Waits { what } => add(format!("  scheduled: {what}")),
                    Happened::Did { what } => add(format!("  done: {what}")),
                    Happened::Helped => add("  it helped".to_owned()),
                    Happened::DidNotHelp => add("  it did not help".to_owned()),
                    Happened::Handed { why } => add(format!("  for people: {why}")),
                    Happened::Granted { .. } => {}
                }
            }
        }
        let end = if self.is_healed() { "healed" } else { "not healed" };
        let mut text = String::new();
        let _ = writeln!(text, "{scenario}: {end}");
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

fn is_incident(word: &str) -> bool {
    word.strip_prefix("INC-").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn was_asked(before: &[Happened], what: &str) -> bool {
    before.iter().any(|happened| matches!(happened, Happened::Asked { what: asked, .. } if asked == what))
}

fn people_of(why: &str) -> u32 {
    let number = why.strip_prefix("asked of ").and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(1)
}

/// A sentence of the timeline.
fn happened(text: &str) -> Option<Happened> {
    let until = |text: &str, end: &str| text.split(end).next().unwrap_or(text).to_owned();
    if let Some(rest) = text.strip_prefix("Will ") {
        return Some(Happened::Allowed { what: until(rest, ": ") });
    }
    if let Some((_, rest)) = text.strip_prefix("Waits for ").and_then(|rest| rest.split_once(" to ")) {
        return Some(Happened::Waits { what: until(rest, ": ") });
    }
    if let Some(rest) = text.strip_prefix("Did ") {
        return Some(Happened::Did { what: until(rest, "; ") });
    }
    if let Some(rest) = text.strip_prefix("Handed over to people: ") {
        // Figures of the decision differ a little from run to run.
        let why = until(&until(rest, ", because of"), " (confidence");
        return Some(Happened::Handed { why: why.trim_end_matches('.').to_owned() });
    }
    match () {
        () if text.starts_with("Verified, it helped") => Some(Happened::Helped),
        () if text.starts_with("It did not help") => Some(Happened::DidNotHelp),
        () => None,
    }
}
