//! The collections that the suite works on.

use super::Collections;
use ports::store::collection::{Collection, Field, Retention};
use serde_json::{Value, json};

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

/// Documents with a field of each kind.
pub static ITEMS: Collection = Collection {
    name: "suite_items",
    fields: &[Field::text("colour"), Field::integer("rank"), Field::time("at")],
    indexes: &[&["colour", "rank"], &["rank"], &["at"]],
    ..PLAIN
};

/// Documents without any field.
pub static COUNTERS: Collection = Collection { name: "suite_counters", ..PLAIN };

/// Documents that are searched for.
pub static PAGES: Collection = Collection {
    name: "suite_pages",
    fields: &[Field::text("kind"), Field::time("at")],
    indexes: &[&["kind", "at"], &["at"]],
    searchable: true,
    ..PLAIN
};

/// Notes as the first version of a program wrote them: `{"said": ...}`.
pub static NOTES_OLD: Collection = Collection { name: "suite_notes", ..PLAIN };

/// Notes as the third version writes them: `{"text": ..., "length": ...}`, where the length can be asked for.
pub static NOTES_NEW: Collection = Collection {
    name: "suite_notes",
    schema: 3,
    upgrades: &[said_is_text, text_has_length],
    fields: &[Field::text("text"), Field::integer("length")],
    indexes: &[&["length"]],
    ..PLAIN
};

fn said_is_text(body: Value) -> Value {
    json!({"text": body["said"]})
}

fn text_has_length(body: Value) -> Value {
    let length = body["text"].as_str().unwrap_or_default().len();
    json!({"text": body["text"], "length": length})
}

/// What most cases are opened with.
pub static ALL: Collections = &[&ITEMS, &COUNTERS, &PAGES, &NOTES_OLD];

/// The same as a newer program declares them.
pub static ALL_NEWER: Collections = &[&ITEMS, &COUNTERS, &PAGES, &NOTES_NEW];
