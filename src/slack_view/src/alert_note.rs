//! What is said under an alert that another app posted, where nobody asked: short, and with how to be rid of it.

use crate::actions;
use crate::answer::{self, AnswerView, Link, Rendered};
use crate::mrkdwn::blocks::{button, context};
use chrono_tz::Tz;
use domain::answer::Answer;
use domain::preferences::Brevity;

/// An answer that nobody asked for.
#[derive(Debug, Clone, Copy)]
pub struct AlertNote<'a> {
    /// The answer.
    pub answer: &'a Answer,
    /// The turn's id.
    pub turn: &'a str,
    /// The answer's Markdown, in no voice: alerts are no place for one.
    pub spoken: &'a str,
    /// The channel's time zone.
    pub zone: Tz,
    /// The channel's Slack id, for its settings.
    pub channel: &'a str,
    /// Where more can be seen.
    pub links: &'a [Link],
}

/// The note: a short answer that addresses nobody, why it is there, and how to turn it off.
pub fn render(note: &AlertNote<'_>) -> Rendered {
    let view = AnswerView {
        answer: note.answer,
        turn: note.turn,
        spoken: note.spoken,
        brevity: Brevity::Short,
        zone: note.zone,
        asker: None,
        links: note.links,
        charts: 0,
    };
    let mut rendered = answer::render(&view);
    rendered.content.blocks.push(context(
        "Nobody asked: in this channel I look at alerts by myself. An admin turns this off with `/jamie settings` or here.",
    ));
    let configure = button(actions::CONFIGURE, "Channel settings", note.channel);
    rendered.content.blocks.push(crate::mrkdwn::blocks::actions(vec![configure]));
    rendered
}
