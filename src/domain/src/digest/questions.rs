//! What was asked and answered.

use super::counting::count;
use super::{Asked, Period, Questions, Scope, Top};
use crate::conversation::turn::{Thumb, Turn};
use crate::object::ObjectRef;
use crate::usage::{self, Sum, UsageRecord};
use std::collections::{BTreeMap, BTreeSet};

/// Counts the turns of a period.
pub(super) fn of(period: &Period, scope: &Scope, turns: &[Turn], usage: &[UsageRecord]) -> Questions {
    let is_here = |place: &str| scope.channel.as_deref().is_none_or(|wanted| usage::channel(place) == wanted);
    let turns: Vec<&Turn> = turns.iter().filter(|turn| period.holds(turn.asked_at) && is_here(&turn.channel)).collect();
    let people: BTreeSet<&str> = turns.iter().map(|turn| turn.person.as_str()).collect();
    let thumbs = |thumb| turns.iter().map(|turn| thumbs(turn, thumb)).sum();
    Questions {
        answered: count(turns.len()),
        people: count(people.len()),
        could_not_look: count(turns.iter().filter(|turn| turn.could_not_look).count()),
        thumbs_up: thumbs(Thumb::Up),
        thumbs_down: thumbs(Thumb::Down),
        not_helpful: if scope.channel.is_some() { not_helpful(&turns) } else { Top::of(Vec::new()) },
        about: about(&turns),
        cost: Sum::of(usage.iter().filter(|record| period.holds(record.at) && is_here(&record.channel))),
    }
}

fn thumbs(turn: &Turn, thumb: Thumb) -> u64 {
    count(turn.feedback.iter().filter(|word| word.thumb == thumb).count())
}

fn not_helpful(turns: &[&Turn]) -> Top<Asked> {
    let helped_nobody = |turn: &&&Turn| thumbs(turn, Thumb::Down) > thumbs(turn, Thumb::Up);
    let asked = |turn: &&Turn| Asked { turn: turn.id.clone(), question: turn.question.clone(), at: turn.asked_at };
    let mut found: Vec<Asked> = turns.iter().filter(helped_nobody).map(asked).collect();
    found.sort_by(|left, right| right.at.cmp(&left.at).then_with(|| left.turn.cmp(&right.turn)));
    Top::of(found)
}

fn about(turns: &[&Turn]) -> Top<(ObjectRef, u64)> {
    let mut counts: BTreeMap<&ObjectRef, u64> = BTreeMap::new();
    for object in turns.iter().filter_map(|turn| turn.subject.as_ref()) {
        *counts.entry(object).or_default() += 1;
    }
    let mut counts: Vec<(ObjectRef, u64)> = counts.into_iter().map(|(object, times)| (object.clone(), times)).collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    Top::of(counts)
}
