//! Goes through a payload with the tables.

use super::limits::{BLOCKS, COLUMN, CONFIRMATION, ELEMENTS, GROUP, GROUPS, MARKDOWN, OPTION, Rule, TABLE, Thing};
use super::{Surface, rich_text};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The characters of a table's cells, wherever they are inside.
fn characters(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(characters).sum(),
        Value::Object(fields) => {
            let own = fields.get("text").and_then(Value::as_str).map_or(0, |text| text.chars().count());
            own + fields.values().filter(|value| value.is_array()).map(characters).sum::<usize>()
        }
        _ => 0,
    }
}

pub struct Walk {
    pub faults: Vec<String>,
    surface: Surface,
    block_ids: BTreeSet<String>,
    action_ids: BTreeSet<String>,
}

impl Walk {
    pub fn new(surface: Surface) -> Self {
        Self { faults: Vec::new(), surface, block_ids: BTreeSet::new(), action_ids: BTreeSet::new() }
    }

    pub fn fault(&mut self, path: &str, why: &str) {
        self.faults.push(format!("{why} [json-pointer:{path}]"));
    }

    pub fn blocks(&mut self, blocks: &[Value]) {
        let most = self.surface.blocks();
        if blocks.len() > most {
            self.fault("/blocks", &format!("{} blocks, {most} are allowed", blocks.len()));
        }
        let kinds: Vec<&str> = BLOCKS.iter().map(|thing| thing.kind).collect();
        for (index, block) in blocks.iter().enumerate() {
            self.action_ids.clear();
            self.thing(&format!("/blocks/{index}"), block, BLOCKS, &kinds);
        }
        let of = |kind: &'static str| blocks.iter().filter(move |block| block["type"] == kind);
        let markdown: usize = of("markdown").map(characters).sum();
        if markdown > MARKDOWN {
            self.fault("/blocks", &format!("{markdown} characters in markdown blocks, {MARKDOWN} are allowed"));
        }
        if of("table").count() > 1 {
            self.fault("/blocks", "only one table is allowed (only_one_table_allowed)");
        }
    }

    /// Something with a `type`, which is to be one of these kinds.
    pub fn thing(&mut self, path: &str, value: &Value, table: &[Thing], kinds: &[&str]) {
        let kind = value["type"].as_str().unwrap_or_default();
        let known = table.iter().find(|thing| thing.kind == kind).filter(|_| kinds.contains(&kind));
        match (known, value.as_object()) {
            (Some(thing), Some(fields)) => {
                let (in_messages, in_views) = thing.places;
                let may = if self.surface == Surface::Message { in_messages } else { in_views };
                if !may {
                    self.fault(path, &format!("{kind} may not stand here"));
                }
                self.fields(path, fields, thing, true);
            }
            _ => self.fault(path, &format!("unsupported type: {}", value["type"])),
        }
    }

    /// A composition object.
    fn object(&mut self, path: &str, value: &Value, thing: &Thing) {
        match value.as_object() {
            Some(fields) => self.fields(path, fields, thing, false),
            None => self.fault(path, &format!("{} must be an object", thing.kind)),
        }
    }

    fn fields(&mut self, path: &str, fields: &Map<String, Value>, thing: &Thing, has_type: bool) {
        for (name, _) in thing.required {
            if !fields.contains_key(*name) {
                self.fault(path, &format!("missing required field: {name}"));
            }
        }
        let count = |names: &[&str]| names.iter().filter(|name| fields.contains_key(**name)).count();
        if !thing.one_of.is_empty() && count(thing.one_of) != 1 {
            self.fault(path, &format!("exactly one is needed of {}", thing.one_of.join(", ")));
        }
        if !thing.some_of.is_empty() && count(thing.some_of) == 0 {
            self.fault(path, &format!("at least one is needed of {}", thing.some_of.join(", ")));
        }
        for (name, value) in fields {
            let rule = thing.required.iter().chain(thing.optional).find(|(known, _)| known == name);
            match rule {
                Some((_, rule)) => self.rule(&format!("{path}/{name}"), value, *rule),
                None if has_type && name == "type" => {}
                None => self.fault(path, &format!("unknown field: {name}")),
            }
        }
        self.check_initial(path, fields);
    }

    /// What is chosen at first must be one of the options.
    fn check_initial(&mut self, path: &str, fields: &Map<String, Value>) {
        let Some(options) = fields.get("options").and_then(Value::as_array) else { return };
        let one = fields.get("initial_option").into_iter();
        let many = fields.get("initial_options").and_then(Value::as_array).into_iter().flatten();
        for chosen in one.chain(many) {
            if !options.contains(chosen) {
                self.fault(path, "the initial option is none of the options");
            }
        }
    }

    fn rule(&mut self, path: &str, value: &Value, rule: Rule) {
        match rule {
            Rule::Plain(most) => self.text(path, value, &["plain_text"], most),
            Rule::Text(most) => self.text(path, value, &["plain_text", "mrkdwn"], most),
            Rule::Texts(count, most) => self.each(path, value, count, |walk, path, value| {
                walk.text(path, value, &["plain_text", "mrkdwn"], most);
            }),
            Rule::Words(most) => self.words(path, value, 1, most),
            Rule::Data(most) => self.words(path, value, 0, most),
            Rule::Link(most) => self.link(path, value, most),
            Rule::Flag if !value.is_boolean() => self.fault(path, "must be a boolean"),
            Rule::Whole(least, most) if !value.as_i64().is_some_and(|number| (least..=most).contains(&number)) => {
                self.fault(path, &format!("must be a whole number within {least} and {most}"));
            }
            Rule::One(names) if !value.as_str().is_some_and(|text| names.contains(&text)) => {
                self.fault(path, &format!("must be one of {}", names.join(", ")));
            }
            Rule::BlockId => self.id(path, value, true),
            Rule::ActionId => self.id(path, value, false),
            Rule::Elements(kinds, most) => self.each(path, value, most, |walk, path, value| {
                walk.thing(path, value, ELEMENTS, kinds);
            }),
            Rule::Element(kinds) => self.thing(path, value, ELEMENTS, kinds),
            Rule::Options(most) => {
                self.each(path, value, most, |walk, path, value| walk.object(path, value, &OPTION));
            }
            Rule::Choice => self.object(path, value, &OPTION),
            Rule::Groups => self.each(path, value, GROUPS, |walk, path, value| walk.object(path, value, &GROUP)),
            Rule::Confirm => self.object(path, value, &CONFIRMATION),
            Rule::Parts => rich_text::parts(self, path, value),
            Rule::RichText => {
                self.thing(path, value, BLOCKS, &["rich_text"]);
            }
            Rule::Rows => self.rows(path, value),
            Rule::Columns => self.each(path, value, TABLE.1, |walk, path, value| {
                if !value.is_null() {
                    walk.object(path, value, &COLUMN);
                }
            }),
            Rule::SlackFile if value["id"].is_string() == value["url"].is_string() => {
                self.fault(path, "a file has either an id or a url");
            }
            Rule::Strings if !value.as_array().is_some_and(|items| items.iter().all(Value::is_string)) => {
                self.fault(path, "must be a list of strings");
            }
            Rule::Object if !value.is_object() => self.fault(path, "must be an object"),
            Rule::Items | Rule::Blocks if !value.is_array() => self.fault(path, "must be a list"),
            _ => {}
        }
    }

    /// Each of one to so many items.
    pub fn each(&mut self, path: &str, value: &Value, most: usize, act: impl Fn(&mut Self, &str, &Value)) {
        let Some(items) = value.as_array() else { return self.fault(path, "must be a list") };
        if items.is_empty() || items.len() > most {
            self.fault(path, &format!("{} items, 1 to {most} are allowed", items.len()));
        }
        for (index, item) in items.iter().enumerate() {
            act(self, &format!("{path}/{index}"), item);
        }
    }

    fn text(&mut self, path: &str, value: &Value, kinds: &[&str], most: usize) {
        self.thing(path, value, ELEMENTS, kinds);
        let count = value["text"].as_str().unwrap_or_default().chars().count();
        if count > most {
            self.fault(path, &format!("must be less than {} characters, it has {count}", most + 1));
        }
    }

    fn words(&mut self, path: &str, value: &Value, least: usize, most: usize) {
        match value.as_str().map(|text| text.chars().count()) {
            None => self.fault(path, "must be a string"),
            Some(count) if count < least => self.fault(path, "must have at least one character"),
            Some(count) if count > most => {
                self.fault(path, &format!("must be less than {} characters, it has {count}", most + 1));
            }
            Some(_) => {}
        }
    }

    fn link(&mut self, path: &str, value: &Value, most: usize) {
        self.words(path, value, 1, most);
        let text = value.as_str().unwrap_or_default();
        let is_web = text.starts_with("https://") || text.starts_with("http://");
        if !is_web || text.contains(char::is_whitespace) {
            self.fault(path, "must be a web address");
        }
    }

    fn id(&mut self, path: &str, value: &Value, is_block: bool) {
        self.words(path, value, usize::from(!is_block), 255);
        let id = value.as_str().unwrap_or_default().to_owned();
        let known = if is_block { &mut self.block_ids } else { &mut self.action_ids };
        if !id.is_empty() && !known.insert(id.clone()) {
            self.fault(path, &format!("{id} is used twice"));
        }
    }

    fn rows(&mut self, path: &str, value: &Value) {
        let (rows, cells, most) = TABLE;
        self.each(path, value, rows, |walk, path, row| {
            walk.each(path, row, cells, |walk, path, cell| walk.cell(path, cell));
        });
        let count = characters(value);
        if count > most {
            self.fault(path, &format!("{count} characters in a table, {most} are allowed"));
        }
        let widths: BTreeSet<usize> =
            value.as_array().into_iter().flatten().filter_map(Value::as_array).map(Vec::len).collect();
        if widths.len() > 1 {
            self.fault(path, "all rows must have the same number of cells");
        }
    }

    fn cell(&mut self, path: &str, cell: &Value) {
        const RAW: &[Thing] = &[Thing {
            kind: "raw_text",
            required: &[("text", Rule::Words(10_000))],
            optional: &[],
            one_of: &[],
            some_of: &[],
            places: (true, false),
        }];
        match cell["type"].as_str() {
            Some("rich_text") => self.thing(path, cell, BLOCKS, &["rich_text"]),
            _ => self.thing(path, cell, RAW, &["raw_text"]),
        }
    }
}
