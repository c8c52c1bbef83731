//! A replay in words, for people.

use super::compare::in_short;
use super::{Compared, Decided, Report, Verdict, Weighed};
use crate::redaction::redacted_head;
use std::fmt::Write as _;

/// Characters of one text at most.
const TEXT_CHARS: usize = 600;

impl Report {
    /// The whole report.
    pub fn told(&self) -> String {
        let mut text = format!("{} in {}: {}\n", line(&self.incident), line(&self.environment), line(&self.title));
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "  decided anew with {}, at the autonomy {}, by the settings of {}",
            line(&self.terms.policy),
            self.terms.autonomy,
            line(&self.terms.environment)
        );
        if let Some(missing) = &self.missing {
            let _ = writeln!(text, "  the recording is not whole: {}", line(missing));
        }
        if self.work.is_empty() {
            let _ = writeln!(text, "  nothing was decided");
        }
        self.work.iter().for_each(|work| work.tell(&mut text));
        for outcome in &self.outcome {
            let _ = writeln!(text, "  done then: {}", line(outcome));
        }
        let _ = writeln!(text, "  {}", self.summary());
        text
    }

    /// What would have become of it, in a sentence.
    pub fn summary(&self) -> String {
        match self.would_have_done() {
            None => "no plan was made then, and none can be told now".to_owned(),
            Some(Decided::Plan(plan)) => plan.would_have(),
            Some(Decided::Nothing { why }) => format!("nothing would have been done: {}", line(why)),
            Some(Decided::CannotTell { why }) => format!("what would have been done cannot be told: {}", line(why)),
            Some(cause @ Decided::Cause { .. }) => in_short(cause),
        }
    }
}

impl Weighed {
    /// `would have done rollout_undo Deployment shop/checkout by itself (allow)`.
    pub fn would_have(&self) -> String {
        let what = format!("{} {}", self.action, self.object);
        match self.verdict {
            Verdict::Allow => format!("would have done {what} by itself (allow)"),
            Verdict::Schedule => format!("would have waited for its window with {what} (schedule)"),
            Verdict::Ask if self.people_needed > 1 => {
                format!("would have asked {} people for {what} (ask)", self.people_needed)
            }
            Verdict::Ask => format!("would have asked for {what} (ask)"),
            Verdict::Escalate => format!("would have handed it to people instead of {what} (escalate)"),
            Verdict::Deny => format!("would not have done {what} (deny)"),
        }
    }
}

impl Compared {
    fn tell(&self, text: &mut String) {
        let at = self.at.format("%Y-%m-%d %H:%M:%S UTC");
        let _ = writeln!(text, "  {at} {}", line(&self.work));
        let _ = writeln!(text, "    then: {}", decided(&self.then));
        let _ = writeln!(text, "    now:  {}", decided(&self.now));
        if self.differs.is_empty() && !matches!(self.now, Decided::CannotTell { .. }) {
            let _ = writeln!(text, "    the same");
        }
        for difference in &self.differs {
            let _ = writeln!(text, "    differs: {}", line(difference));
        }
        for call in &self.not_recorded {
            let _ = writeln!(text, "    not recorded: {}", line(call));
        }
    }
}

fn decided(decided: &Decided) -> String {
    match decided {
        Decided::Plan(plan) => format!(
            "{} {} -> {}; row \"{}\", confidence {} per mille: {}",
            plan.action,
            plan.object,
            plan.verdict,
            line(&plan.row),
            plan.score,
            line(&plan.told)
        ),
        Decided::Nothing { why } => format!("nothing to do: {}", line(why)),
        Decided::Cause { told, .. } => line(told),
        Decided::CannotTell { why } => format!("cannot be told: {}", line(why)),
    }
}

/// On one line, without secrets.
fn line(text: &str) -> String {
    redacted_head(text, TEXT_CHARS).split_whitespace().collect::<Vec<_>>().join(" ")
}
