//! How many replicas, and between which bounds an autoscaler may choose.

use super::hold::{Objections, Reading};

/// Replicas change by at most this factor at once, up or down.
const MOST_FACTOR: u64 = 3;

/// No plan asks for more replicas.
const MOST_REPLICAS: u64 = 1_000;

pub(super) fn replicas(reading: Reading<'_>, said: &mut Objections) {
    let Some(to) = reading.number("replicas") else { return };
    let Some(from) = reading.seen_number("/spec/replicas") else {
        return said.say("how many replicas it has was not seen");
    };
    said.unless(to > 0, "scaling to 0 stops it");
    said.unless(from > 0, "it is scaled to 0: somebody stopped it");
    said.unless(to != from, format!("it has {from} replicas already"));
    said.unless(to <= MOST_REPLICAS, format!("{to} replicas are more than {MOST_REPLICAS}"));
    hold_factor("replicas", from, to, said);
    reading.object_to_owner(said);
}

pub(super) fn bounds(reading: Reading<'_>, said: &mut Objections) {
    let (Some(least), Some(most)) = (reading.number("min_replicas"), reading.number("max_replicas")) else { return };
    let Some(was_most) = reading.seen_number("/spec/maxReplicas") else {
        return said.say("the bounds that it has were not seen");
    };
    let was_least = reading.seen_number("/spec/minReplicas").unwrap_or(1);
    said.unless(least > 0, "a lower bound of 0 lets it stop");
    said.unless(least <= most, format!("the lower bound {least} is over the upper bound {most}"));
    said.unless(most <= MOST_REPLICAS, format!("{most} replicas are more than {MOST_REPLICAS}"));
    said.unless((least, most) != (was_least, was_most), "it has these bounds already");
    hold_factor("the lower bound", was_least, least, said);
    hold_factor("the upper bound", was_most, most, said);
    reading.object_to_owner(said);
}

fn hold_factor(what: &str, from: u64, to: u64, said: &mut Objections) {
    let is_near = to <= from.saturating_mul(MOST_FACTOR) && from <= to.saturating_mul(MOST_FACTOR);
    said.unless(is_near, format!("{what}: from {from} to {to} is more than {MOST_FACTOR} times at once"));
}
