//! One call of the Web API: what it may say, what it says, and how Slack refuses.

use serde_json::{Map, Value, json};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// True or false.
    Flag,
    /// A whole number.
    Number,
    /// A list; in a form as JSON.
    List,
    /// An object; in a form as JSON.
    Object,
    /// Ids with commas between, or a list of them.
    Ids,
}

/// A field that a method reads.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub is_required: bool,
}

impl Field {
    const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, is_required: false }
    }

    /// Without it the call is refused.
    pub const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }
}

pub const fn text(name: &'static str) -> Field {
    Field::new(name, Shape::Text)
}

pub const fn flag(name: &'static str) -> Field {
    Field::new(name, Shape::Flag)
}

pub const fn number(name: &'static str) -> Field {
    Field::new(name, Shape::Number)
}

pub const fn list(name: &'static str) -> Field {
    Field::new(name, Shape::List)
}

pub const fn object(name: &'static str) -> Field {
    Field::new(name, Shape::Object)
}

pub const fn ids(name: &'static str) -> Field {
    Field::new(name, Shape::Ids)
}

/// How Slack refuses.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Slack's code.
    pub code: String,
    /// What stands beside it.
    pub beside: Map<String, Value>,
    /// What a test must hear of, because no working client sends it.
    pub violation: Option<String>,
}

impl Refusal {
    /// As it happens to a working client too.
    pub fn of(code: &str) -> Self {
        Self { code: code.to_owned(), beside: Map::new(), violation: None }
    }

    /// As it happens to a broken client only.
    pub fn broken(code: &str, why: &str) -> Self {
        let messages = json!({"messages": [format!("[ERROR] {why}")]});
        let beside = Map::from_iter([("response_metadata".to_owned(), messages)]);
        Self { code: code.to_owned(), beside, violation: Some(format!("{code}: {why}")) }
    }

    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.beside.insert(name.to_owned(), value);
        self
    }

    pub fn body(&self) -> Value {
        let mut body = self.beside.clone();
        body.insert("ok".to_owned(), json!(false));
        body.insert("error".to_owned(), json!(self.code));
        Value::Object(body)
    }
}

/// What a call that was not refused answers.
pub type Answer = Result<Value, Refusal>;

/// The arguments of a call, each in the shape of its field.
#[derive(Debug, Clone, Default)]
pub struct Arguments(Map<String, Value>);

impl Arguments {
    /// Reads what was sent against the fields that the method has.
    pub fn read(fields: &[Field], sent: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut read = Map::new();
        for (name, value) in sent {
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                return Err(Refusal::broken("invalid_arguments", &format!("unknown field: {name}")));
            };
            if !value.is_null() {
                read.insert(name.clone(), shaped(field, value)?);
            }
        }
        let missing = |field: &&Field| field.is_required && !read.contains_key(field.name);
        match fields.iter().find(missing) {
            Some(field) => {
                let why = format!("missing required field: {}", field.name);
                Err(Refusal::broken("invalid_arguments", &why))
            }
            None => Ok(Self(read)),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text; empty where it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A text that was sent and is not empty.
    pub fn optional(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> Option<usize> {
        self.0.get(name)?.as_u64().and_then(|number| usize::try_from(number).ok())
    }

    pub fn list(&self, name: &str) -> &[Value] {
        self.0.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub fn object(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| value.is_object())
    }

    pub fn ids(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

fn shaped(field: &Field, value: &Value) -> Result<Value, Refusal> {
    let shaped = match (field.shape, value) {
        (Shape::Text, Value::String(_))
        | (Shape::Flag, Value::Bool(_))
        | (Shape::List | Shape::Ids, Value::Array(_))
        | (Shape::Object, Value::Object(_)) => Some(value.clone()),
        (Shape::Number, Value::Number(number)) => number.as_u64().map(|number| json!(number)),
        (Shape::Number, Value::String(text)) => text.parse::<u64>().ok().map(|number| json!(number)),
        (Shape::Flag, Value::String(text)) => match text.as_str() {
            "true" | "1" => Some(json!(true)),
            "false" | "0" => Some(json!(false)),
            _ => None,
        },
        (Shape::Ids, Value::String(text)) => Some(text.split(',').map(|id| json!(id.trim())).collect()),
        (Shape::List, Value::String(text)) => serde_json::from_str(text).ok().filter(Value::is_array),
        (Shape::Object, Value::String(text)) => serde_json::from_str(text).ok().filter(Value::is_object),
        _ => None,
    };
    shaped.ok_or_else(|| {
        let code = if field.name == "blocks" { "invalid_blocks_format" } else { "invalid_arguments" };
        Refusal::broken(code, &format!("field {} is no {:?}", field.name, field.shape))
    })
}
