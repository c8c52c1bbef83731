//! Reading `state.values` of a submitted view, strictly.
//!
//! Fields are named the same as block and as action. Every mistake is told in one reading.

use serde_json::{Map, Value};

/// Why a submitted modal was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the form was not taken: {}", .problems.join("; "))]
pub struct Unreadable {
    /// One for each field.
    pub problems: Vec<String>,
}

/// Reads fields and keeps what is wrong with them.
pub(super) struct Reader<'a> {
    values: Option<&'a Map<String, Value>>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    /// A reader of values that hold these fields and no others.
    pub(super) fn new(values: &'a Value, fields: &[&str]) -> Self {
        let values = values.as_object();
        let mut problems = Vec::new();
        match values {
            None => problems.push("it holds no values".to_owned()),
            Some(values) => {
                let strange = values.keys().filter(|name| !fields.contains(&name.as_str()));
                problems.extend(strange.map(|name| format!("there is no field {name:?}")));
            }
        }
        Self { values, problems }
    }

    /// What came for a field; its block and its action have its name.
    fn field(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        let found = self.values.and_then(|values| values.get(name)).and_then(|block| block.get(name));
        let found = found.and_then(Value::as_object);
        if found.is_none() && self.values.is_some() {
            self.problem(name, "is missing");
        }
        found
    }

    /// Keeps a problem of a field.
    pub(super) fn problem(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{name} {what}"));
    }

    /// A written text, trimmed; it must not be empty.
    pub(super) fn text(&mut self, name: &str) -> String {
        let text = self.field(name).and_then(|field| field.get("value")).and_then(Value::as_str).map(str::trim);
        match text.filter(|text| !text.is_empty()) {
            Some(text) => text.to_owned(),
            None => {
                self.problem(name, "is empty");
                String::new()
            }
        }
    }

    /// The value of the chosen option; none where nothing was chosen.
    pub(super) fn chosen(&mut self, name: &str) -> Option<&'a str> {
        let option = self.field(name)?.get("selected_option").filter(|option| !option.is_null())?;
        let value = option.get("value").and_then(Value::as_str);
        if value.is_none() {
            self.problem(name, "holds a choice without a value");
        }
        value
    }

    /// The values of all chosen options.
    pub(super) fn all_chosen(&mut self, name: &str) -> Vec<&'a str> {
        let Some(options) = self.field(name).and_then(|field| field.get("selected_options")) else { return Vec::new() };
        let Some(options) = options.as_array() else {
            if !options.is_null() {
                self.problem(name, "holds choices that are no list");
            }
            return Vec::new();
        };
        let values: Vec<&str> = options.iter().filter_map(|option| option.get("value")?.as_str()).collect();
        if values.len() != options.len() {
            self.problem(name, "holds a choice without a value");
        }
        values
    }

    /// A time of day in minutes since midnight; none where none was chosen.
    pub(super) fn time(&mut self, name: &str) -> Option<u16> {
        let time = self.field(name)?.get("selected_time").filter(|time| !time.is_null())?;
        let minutes = time.as_str().and_then(minutes);
        if minutes.is_none() {
            self.problem(name, "is no time of day such as 22:00");
        }
        minutes
    }

    /// The value, where nothing was wrong.
    pub(super) fn done<T>(self, value: T) -> Result<T, Unreadable> {
        if self.problems.is_empty() { Ok(value) } else { Err(Unreadable { problems: self.problems }) }
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let is_two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_two(hours) || !is_two(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}
