//! Every collection of the product, in one table. Stores make their tables and indexes of it at start.

use super::collection::{Collection, Field, Retention};

/// What most collections are; each says where it differs.
const PLAIN: Collection = Collection {
    name: "",
    schema: 1,
    upgrades: &[],
    fields: &[],
    indexes: &[],
    searchable: false,
    person: None,
    retention: Retention::Forever,
    aged_by: None,
    only: None,
    may_wait: false,
};

/// Conversations of a thread, a terminal or the portal.
pub static CONVERSATIONS: Collection = Collection {
    name: "conversations",
    fields: &[Field::text("person"), Field::text("channel"), Field::time("updated_at")],
    indexes: &[&["person", "updated_at"], &["channel", "updated_at"], &["updated_at"]],
    person: Some("person"),
    retention: Retention::Conversations,
    aged_by: Some("updated_at"),
    may_wait: true,
    ..PLAIN
};

/// Turns of conversations: question, answer, what it cost, what people thought of it.
pub static TURNS: Collection = Collection {
    name: "turns",
    fields: &[Field::text("conversation"), Field::integer("number"), Field::text("person"), Field::time("asked_at")],
    indexes: &[&["conversation", "number"], &["person", "asked_at"], &["asked_at"]],
    person: Some("person"),
    retention: Retention::Conversations,
    aged_by: Some("asked_at"),
    may_wait: true,
    ..PLAIN
};

/// Tool results, whole, that turns and incidents rest on.
pub static EVIDENCE: Collection = Collection {
    name: "evidence",
    fields: &[Field::text("owner"), Field::text("person"), Field::time("taken_at")],
    indexes: &[&["owner"], &["person"], &["taken_at"]],
    person: Some("person"),
    retention: Retention::Evidence,
    aged_by: Some("taken_at"),
    may_wait: true,
    ..PLAIN
};

/// What each turn cost: by person, channel and day.
pub static USAGE: Collection = Collection {
    name: "usage",
    fields: &[Field::text("person"), Field::text("channel"), Field::text("day"), Field::time("at")],
    indexes: &[&["person", "day"], &["channel", "day"], &["day"], &["at"]],
    person: Some("person"),
    retention: Retention::Conversations,
    aged_by: Some("at"),
    may_wait: true,
    ..PLAIN
};

/// Preferences of a person.
pub static PREFERENCES: Collection = Collection {
    name: "preferences",
    fields: &[Field::text("person")],
    indexes: &[&["person"]],
    person: Some("person"),
    ..PLAIN
};

/// What is settled for channels.
pub static CHANNELS: Collection = Collection { name: "channels", ..PLAIN };

/// What came in from a chat system and is not handled yet, a document a thread.
pub static LANES: Collection = Collection {
    name: "lanes",
    fields: &[Field::integer("waiting"), Field::time("changed_at")],
    indexes: &[&["waiting", "changed_at"], &["changed_at"]],
    retention: Retention::Conversations,
    aged_by: Some("changed_at"),
    ..PLAIN
};

/// What was or will be posted in a chat system, so that nothing is lost or posted twice.
pub static POSTS: Collection = Collection {
    name: "posts",
    fields: &[Field::integer("waiting"), Field::text("place"), Field::text("message"), Field::time("changed_at")],
    indexes: &[&["waiting", "changed_at"], &["place", "message"], &["changed_at"]],
    retention: Retention::Conversations,
    aged_by: Some("changed_at"),
    ..PLAIN
};

/// What is remembered: past turns, incidents, post-mortems, runbook pages, notes. Only past turns age.
pub static MEMORY: Collection = Collection {
    name: "memory",
    fields: &[Field::text("kind"), Field::text("source"), Field::text("person"), Field::time("changed_at")],
    indexes: &[&["kind", "changed_at"], &["source"], &["person"], &["changed_at"]],
    searchable: true,
    person: Some("person"),
    retention: Retention::Conversations,
    aged_by: Some("changed_at"),
    only: Some(("kind", &["turn"])),
    ..PLAIN
};

/// Which sets of runbook pages were taken into the memory, with their digests.
pub static MEMORY_SETS: Collection = Collection { name: "memory_sets", ..PLAIN };

/// History: signals, changes, incidents' events, in the order of their time.
pub static EVENTS: Collection = Collection {
    name: "events",
    fields: &[Field::text("incident"), Field::text("kind"), Field::time("at")],
    indexes: &[&["incident", "at"], &["kind", "at"], &["at"]],
    searchable: true,
    retention: Retention::Incidents,
    aged_by: Some("at"),
    ..PLAIN
};

/// Incidents.
pub static INCIDENTS: Collection = Collection {
    name: "incidents",
    fields: &[Field::text("state"), Field::text("environment"), Field::time("opened_at"), Field::time("changed_at")],
    indexes: &[&["state", "changed_at"], &["environment", "changed_at"], &["opened_at"], &["changed_at"]],
    retention: Retention::Incidents,
    aged_by: Some("changed_at"),
    ..PLAIN
};

/// Signals, from before they are acknowledged until a week after they were handled.
pub static SIGNALS: Collection = Collection {
    name: "signals",
    fields: &[
        Field::text("stand"),
        Field::integer("order"),
        Field::text("fingerprint"),
        Field::text("incident"),
        Field::time("due_at"),
    ],
    indexes: &[&["stand", "order"], &["stand", "due_at"], &["fingerprint", "stand"], &["incident", "order"]],
    ..PLAIN
};

/// What is decided of signals and the counter of incidents (one document), and when sources were last heard (one).
pub static INTAKE: Collection = Collection { name: "intake", ..PLAIN };

/// What each sense has told; ids are those of senses.
pub static SENSES: Collection = Collection { name: "senses", ..PLAIN };

/// Plans of actions.
pub static PLANS: Collection = Collection {
    name: "plans",
    fields: &[Field::text("incident"), Field::text("state"), Field::time("changed_at")],
    indexes: &[&["incident", "changed_at"], &["state", "changed_at"], &["changed_at"]],
    retention: Retention::Incidents,
    aged_by: Some("changed_at"),
    ..PLAIN
};

/// Approvals.
pub static APPROVALS: Collection = Collection {
    name: "approvals",
    fields: &[Field::text("plan"), Field::text("state"), Field::time("changed_at")],
    indexes: &[&["plan"], &["state", "changed_at"], &["changed_at"]],
    retention: Retention::Incidents,
    aged_by: Some("changed_at"),
    ..PLAIN
};

/// How far the healing of each incident is, and what was tried; ids are those of incidents.
pub static HEALS: Collection = Collection {
    name: "heals",
    fields: &[Field::text("state"), Field::text("environment"), Field::time("next_at"), Field::time("changed_at")],
    indexes: &[&["state", "next_at"], &["environment", "changed_at"], &["changed_at"]],
    retention: Retention::Incidents,
    aged_by: Some("changed_at"),
    ..PLAIN
};

/// What the decisions of each incident rested on, for replays; ids are those of incidents.
pub static RECORDINGS: Collection = Collection {
    name: "recordings",
    fields: &[Field::text("environment"), Field::time("changed_at")],
    indexes: &[&["environment", "changed_at"], &["changed_at"]],
    retention: Retention::Evidence,
    aged_by: Some("changed_at"),
    ..PLAIN
};

/// What people are told until somebody was told: exactly what, where it was tried, what came back.
pub static ESCALATIONS: Collection = Collection {
    name: "escalations",
    fields: &[Field::text("state"), Field::time("next_at"), Field::time("changed_at")],
    indexes: &[&["state", "next_at"], &["state", "changed_at"], &["changed_at"]],
    retention: Retention::Incidents,
    aged_by: Some("changed_at"),
    ..PLAIN
};

/// What Scarlet found about herself and the estate, and what of it was told (one document).
pub static SELF_WATCH: Collection = Collection { name: "self_watch", ..PLAIN };

/// What was learned of actions and their outcomes.
pub static LESSONS: Collection = Collection {
    name: "lessons",
    fields: &[Field::text("kind"), Field::time("changed_at")],
    indexes: &[&["kind", "changed_at"]],
    ..PLAIN
};

/// What guards actions: freeze, rate cap, cool-downs, chain locks (one document), and leases.
pub static GUARDS: Collection = Collection { name: "guards", ..PLAIN };

/// Events that wait for the bus.
pub static OUTBOX: Collection = Collection {
    name: "outbox",
    fields: &[Field::text("topic"), Field::integer("order")],
    indexes: &[&["topic", "order"], &["order"]],
    ..PLAIN
};

/// Ids of what was handled already, until they expire.
pub static HANDLED: Collection = Collection { name: "handled", ..PLAIN };

/// Personal data beside the audit trail; the trail holds its salted hash.
pub static PERSONAL: Collection = Collection {
    name: "personal",
    fields: &[Field::text("person"), Field::time("at")],
    indexes: &[&["person"], &["at"]],
    person: Some("person"),
    retention: Retention::Audit,
    aged_by: Some("at"),
    ..PLAIN
};

/// All collections.
pub static ALL: &[&Collection] = &[
    &CONVERSATIONS,
    &TURNS,
    &EVIDENCE,
    &USAGE,
    &PREFERENCES,
    &CHANNELS,
    &LANES,
    &POSTS,
    &MEMORY,
    &MEMORY_SETS,
    &EVENTS,
    &INCIDENTS,
    &SIGNALS,
    &INTAKE,
    &SENSES,
    &PLANS,
    &APPROVALS,
    &HEALS,
    &RECORDINGS,
    &ESCALATIONS,
    &SELF_WATCH,
    &LESSONS,
    &GUARDS,
    &OUTBOX,
    &HANDLED,
    &PERSONAL,
];
