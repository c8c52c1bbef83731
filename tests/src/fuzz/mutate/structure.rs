//! Changes of JSON by its structure, so that most of it is still understood and the change reaches deep code.

use super::hostile;
use crate::fuzz::chance::Chance;
use serde_json::{Map, Value};

/// Stands before the key that shall be there twice.
const TWICE: &str = "@@twice@@";
/// An array is not repeated beyond this.
const MOST_ITEMS: usize = 2_000;
const COPIES: usize = 10;

/// The text of the JSON after so many changes.
pub fn mutated(mut json: Value, changes: usize, chance: &mut Chance) -> String {
    let whole = json.clone();
    let mut raws = Vec::new();
    for _ in 0..changes {
        let mut change = |place: &mut Value, chance: &mut Chance| change(place, &whole, &mut raws, chance);
        if chance.one_in(2) {
            at_depth(&mut json, chance, &mut change);
        } else {
            let mut left = chance.below(count(&json));
            at_number(&mut json, &mut left, chance, &mut change);
        }
    }
    let mut text = json.to_string().replace(TWICE, "");
    for (number, raw) in raws.iter().enumerate() {
        text = text.replace(&format!("\"{}\"", mark(number)), raw);
    }
    text
}

/// A text of lines (a log) with some of its lines changed.
pub fn mutated_lines(text: &str, chance: &mut Chance) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=chance.below(4) {
        let at = chance.below(lines.len());
        let line = lines.get(at).cloned().unwrap_or_default();
        match chance.below(5) {
            0 => lines.insert(at.min(lines.len()), hostile::text(chance)),
            1 => lines.extend(vec![line; chance.below(100)]),
            2 if !lines.is_empty() => drop(lines.remove(at)),
            _ => {
                if let Some(place) = lines.get_mut(at) {
                    *place = hostile::spliced(&line, chance);
                }
            }
        }
    }
    lines.join("\n")
}

fn mark(number: usize) -> String {
    format!("@@raw{number}@@")
}

type Change<'a> = &'a mut dyn FnMut(&mut Value, &mut Chance);

/// At a place found by walking down, a child at a time: each branch is as likely, however many leaves it has.
fn at_depth(value: &mut Value, chance: &mut Chance, change: Change<'_>) {
    let children = match &*value {
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        _ => 0,
    };
    if children == 0 || chance.one_in(6) {
        return change(value, chance);
    }
    let which = chance.below(children);
    let child = match value {
        Value::Array(items) => items.get_mut(which),
        Value::Object(fields) => fields.values_mut().nth(which),
        _ => None,
    };
    if let Some(child) = child {
        at_depth(child, chance, change);
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// At the node with this number: each node is as likely.
fn at_number(value: &mut Value, left: &mut usize, chance: &mut Chance, change: Change<'_>) -> bool {
    if *left == 0 {
        change(value, chance);
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| at_number(item, left, chance, change)),
        Value::Object(fields) => fields.values_mut().any(|field| at_number(field, left, chance, change)),
        _ => false,
    }
}

fn change(place: &mut Value, whole: &Value, raws: &mut Vec<String>, chance: &mut Chance) {
    match (chance.below(16), &mut *place) {
        (0..=5, Value::Array(items)) => of_array(items, chance),
        (0..=5, Value::Object(fields)) => of_object(fields, chance),
        (0..=3, Value::String(text)) => *text = hostile::spliced(text, chance),
        (4..=5, Value::String(text)) => *place = text.trim().parse::<i64>().map_or(Value::Null, Value::from),
        (0..=3, Value::Number(number)) => *place = near(number, chance),
        (4..=5, Value::Number(number)) => *place = Value::from(number.to_string()),
        (0..=5, Value::Bool(flag)) => *place = Value::from(flag.to_string()),
        (0..=6, _) => *place = Value::Null,
        (7, _) => *place = hostile::number(chance),
        (8 | 9, _) => *place = Value::from(hostile::text(chance)),
        (10, _) => *place = Value::from(hostile::time(chance)),
        (11, _) => {
            *place = Value::from(mark(raws.len()));
            raws.push(hostile::raw(chance));
        }
        (12, _) => *place = Value::Array(vec![place.take()]),
        (13, _) => *place = Value::Object(Map::from_iter([(hostile::text(chance), place.take())])),
        (14, _) => *place = if chance.one_in(2) { Value::Array(Vec::new()) } else { Value::Object(Map::new()) },
        (_, _) => {
            // A piece of another place: right in itself, wrong here.
            let mut other = Value::Null;
            let mut left = chance.below(count(whole));
            let mut copy = whole.clone();
            at_number(&mut copy, &mut left, chance, &mut |found, _| other = found.take());
            *place = other;
        }
    }
}

fn near(number: &serde_json::Number, chance: &mut Chance) -> Value {
    let value = number.as_f64().unwrap_or_default();
    match chance.below(6) {
        0 => Value::from(-value),
        1 => Value::from(value + 1.0),
        2 => Value::from(value * 1e9),
        3 => Value::from(value / 1e9),
        4 => number.as_i64().map_or(Value::Null, |whole| Value::from(whole.wrapping_neg())),
        _ => hostile::number(chance),
    }
}

fn of_array(items: &mut Vec<Value>, chance: &mut Chance) {
    let at = chance.below(items.len());
    match chance.below(5) {
        0 => items.clear(),
        1 => {
            for place in (1..items.len()).rev() {
                items.swap(place, chance.below(place + 1));
            }
        }
        2 if items.len() * COPIES <= MOST_ITEMS => {
            *items = std::iter::repeat_n(items.as_slice(), COPIES).flatten().cloned().collect();
        }
        3 if !items.is_empty() => drop(items.remove(at)),
        _ => items.insert(at.min(items.len()), Value::from(hostile::text(chance))),
    }
}

fn of_object(fields: &mut Map<String, Value>, chance: &mut Chance) {
    let which = chance.below(fields.len());
    let Some(key) = fields.keys().nth(which).cloned() else {
        fields.insert(hostile::text(chance), Value::Null);
        return;
    };
    match chance.below(4) {
        0 | 1 => drop(fields.remove(&key)),
        2 => {
            let value = if chance.one_in(2) { Value::Null } else { Value::from(hostile::text(chance)) };
            fields.insert(format!("{TWICE}{key}"), value);
        }
        _ => {
            let value = fields.remove(&key).unwrap_or_default();
            fields.insert(hostile::spliced(&key, chance), value);
        }
    }
}
