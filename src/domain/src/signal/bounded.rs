//! JSON from strangers, read into bounds: depth, entries, lengths and the number of values altogether.
//!
//! Guarantees: what lies beyond a bound is skipped while it is read, never kept, and counted; the memory taken is bounded
//! by the bounds, whatever the body holds; no nesting overflows the stack.
//!
//! Deliberately absent: a bound of the body itself, which whoever receives it keeps.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// How much of a document is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Levels of objects and lists.
    pub depth: usize,
    /// Entries of one object.
    pub entries: usize,
    /// Items of one list.
    pub items: usize,
    /// Characters of one text.
    pub characters: usize,
    /// Values altogether.
    pub values: usize,
}

/// What was left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Entries of objects.
    pub entries: u64,
    /// Items of lists.
    pub items: u64,
    /// Values that lay too deep.
    pub too_deep: u64,
    /// Texts that were cut.
    pub cut: u64,
}

/// The document within its bounds, and what was left out.
///
/// # Errors
/// It is no JSON, or not UTF-8: the position, without any of the content.
pub fn read(body: &[u8], bounds: &Bounds) -> Result<(Value, LeftOut), serde_json::Error> {
    let mut state = State { bounds: *bounds, values_left: bounds.values, left_out: LeftOut::default() };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Level { state: &mut state, depth_left: bounds.depth }.deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, state.left_out))
}

struct State {
    bounds: Bounds,
    values_left: usize,
    left_out: LeftOut,
}

struct Level<'a> {
    state: &'a mut State,
    depth_left: usize,
}

impl Level<'_> {
    fn below(&mut self) -> Level<'_> {
        Level { state: self.state, depth_left: self.depth_left.saturating_sub(1) }
    }

    /// Whether there is room for one more value, which it then takes.
    fn takes(&mut self, kept: usize, at_most: usize) -> bool {
        let has_room = kept < at_most && self.state.values_left > 0;
        self.state.values_left = self.state.values_left.saturating_sub(usize::from(has_room));
        has_room
    }

    fn text(&mut self, text: &str) -> String {
        match text.char_indices().nth(self.state.bounds.characters) {
            Some((at, _)) => {
                self.state.left_out.cut += 1;
                text.get(..at).unwrap_or_default().to_owned()
            }
            None => text.to_owned(),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(mut self, value: &str) -> Result<Value, E> {
        Ok(Value::String(self.text(value)))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        if self.depth_left == 0 {
            self.state.left_out.too_deep += 1;
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        }
        loop {
            if self.takes(kept.len(), self.state.bounds.items) {
                match list.next_element_seed(self.below())? {
                    Some(value) => kept.push(value),
                    None => return Ok(Value::Array(kept)),
                }
            } else if list.next_element::<IgnoredAny>()?.is_some() {
                self.state.left_out.items += 1;
            } else {
                return Ok(Value::Array(kept));
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        if self.depth_left == 0 {
            self.state.left_out.too_deep += 1;
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        }
        loop {
            if self.takes(kept.len(), self.state.bounds.entries) {
                let Some(key) = map.next_key_seed(Key { level: &mut self })? else { return Ok(Value::Object(kept)) };
                let value = map.next_value_seed(self.below())?;
                kept.insert(key, value);
            } else if map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                self.state.left_out.entries += 1;
            } else {
                return Ok(Value::Object(kept));
            }
        }
    }
}

/// The name of an entry, cut like any text.
struct Key<'a, 'b> {
    level: &'a mut Level<'b>,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<String, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_, '_> {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of an entry")
    }

    fn visit_str<E>(self, value: &str) -> Result<String, E> {
        Ok(self.level.text(value))
    }
}
