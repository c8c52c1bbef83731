//! Bodies in protobuf, in which kubectl sends what it creates from flags: the envelope, and the few kinds without deep specs.
//!
//! Answers are always JSON, which every client reads. Other kinds are refused with the media types that are taken.

use serde_json::{Map, Value, json};

const MAGIC: &[u8] = b"k8s\0";

/// Whether a body is one.
pub fn is_protobuf(body: &[u8]) -> bool {
    body.starts_with(MAGIC)
}

/// One field of a message.
enum Field<'a> {
    Number,
    Bytes(&'a [u8]),
}

/// The fields of a message, in order; nothing when it is broken.
fn fields(mut message: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let (tag, rest) = number(message)?;
        let field = match tag & 7 {
            0 => {
                let (_, rest) = number(rest)?;
                message = rest;
                Field::Number
            }
            1 => {
                message = rest.get(8..)?;
                Field::Number
            }
            2 => {
                let (length, rest) = number(rest)?;
                let length = usize::try_from(length).ok()?;
                message = rest.get(length..)?;
                Field::Bytes(rest.get(..length)?)
            }
            5 => {
                message = rest.get(4..)?;
                Field::Number
            }
            _ => return None,
        };
        found.push((tag >> 3, field));
    }
    Some(found)
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * index as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

fn all(message: &[u8], wanted: u64) -> Vec<&[u8]> {
    let matching = |(tag, field)| match field {
        Field::Bytes(bytes) if tag == wanted => Some(bytes),
        _ => None,
    };
    fields(message).unwrap_or_default().into_iter().filter_map(matching).collect()
}

fn text(message: &[u8], wanted: u64) -> String {
    all(message, wanted).last().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
}

fn map(message: &[u8], wanted: u64, value: impl Fn(&[u8]) -> String) -> Map<String, Value> {
    let entry = |entry: &[u8]| (text(entry, 1), json!(value(all(entry, 2).last().copied().unwrap_or_default())));
    all(message, wanted).into_iter().map(entry).collect()
}

/// `apiVersion`, `kind` and the message inside the envelope.
pub fn envelope(body: &[u8]) -> Option<(String, String, &[u8])> {
    let message = body.strip_prefix(MAGIC)?;
    fields(message)?;
    let meta = all(message, 1).last().copied()?;
    Some((text(meta, 1), text(meta, 2), all(message, 2).last().copied().unwrap_or_default()))
}

/// The object, when it is of one of the simple kinds.
pub fn decode(body: &[u8]) -> Option<Value> {
    let (version, kind, message) = envelope(body)?;
    let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut object = Map::new();
    match kind.as_str() {
        "ConfigMap" => drop(object.insert("data".to_owned(), Value::Object(map(message, 2, plain)))),
        "Secret" => {
            object.insert("data".to_owned(), Value::Object(map(message, 2, crate::base64::encode)));
            object.insert("type".to_owned(), json!(text(message, 3)));
            let plain_data = map(message, 4, plain);
            if !plain_data.is_empty() {
                object.insert("stringData".to_owned(), Value::Object(plain_data));
            }
        }
        "Namespace" | "ServiceAccount" => {}
        _ => return None,
    }
    if text(message, 3).is_empty() {
        object.remove("type");
    }
    let metadata = all(message, 1).last().copied().unwrap_or_default();
    let mut described =
        json!({"name": text(metadata, 1), "labels": map(metadata, 11, plain), "annotations": map(metadata, 12, plain)});
    if let Some(described) = described.as_object_mut() {
        for (field, number) in [("generateName", 2), ("namespace", 3)] {
            if !text(metadata, number).is_empty() {
                described.insert(field.to_owned(), json!(text(metadata, number)));
            }
        }
        described.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
    }
    object.insert("metadata".to_owned(), described);
    object.insert("apiVersion".to_owned(), json!(version));
    object.insert("kind".to_owned(), json!(kind));
    Some(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
    }

    #[test]
    fn a_secret_from_flags_is_understood_and_a_broken_one_is_not() {
        let meta = [field(1, b"v1"), field(2, b"Secret")].concat();
        let entry = field(2, &[field(1, b"api-key"), field(2, b"canary")].concat());
        let secret = [field(1, &field(1, b"payments-provider-key")), entry, field(3, b"Opaque")].concat();
        let body = [MAGIC, &field(1, &meta), &field(2, &secret)].concat();
        let wanted = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": {"api-key": "Y2FuYXJ5"},
            "metadata": {"name": "payments-provider-key"}});
        assert_eq!(decode(&body), Some(wanted));
        assert_eq!(decode(&body[..body.len() - 3]), None);
    }
}
