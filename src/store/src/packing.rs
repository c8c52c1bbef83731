//! The stored form of a document's body: JSON text, compressed where it is long.
//!
//! One form for all stores, so that an evidence of many megabytes fits where a document is limited to 16, and numbers
//! keep their digits, which BSON would not promise. Guarantee: what cannot be stored is refused with its size.

use domain::chain::hexadecimal;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use ports::store::document::BODY_BYTES;
use ports::store::error::StoreError;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::io::{Read as _, Write as _};

/// Texts longer than this are compressed.
const COMPRESSED_FROM_BYTES: usize = 8 * 1024;

/// Lists and objects within each other at most. Whoever reads JSON refuses 128, and an export puts a document into two.
const DEPTH: usize = 120;

/// A body as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packed {
    /// JSON text.
    Text(String),
    /// JSON text after DEFLATE (RFC 1951).
    Deflated(Vec<u8>),
}

/// Packs a body; `what` names it in errors.
///
/// # Errors
/// [`StoreError::Invalid`] for what is nested too deeply to be read back; [`StoreError::TooLarge`] for more than [`BODY_BYTES`], or more than `limit` after compression.
pub fn pack(what: &str, body: &Value, limit: usize) -> Result<Packed, StoreError> {
    if !is_within(body, DEPTH) {
        let message = format!("{what} is nested deeper than {DEPTH} lists and objects, and could not be read back");
        return Err(StoreError::Invalid { message });
    }
    let text = body.to_string();
    let too_large = |bytes, limit| StoreError::TooLarge { what: what.to_owned(), bytes, limit };
    if text.len() > BODY_BYTES {
        return Err(too_large(text.len(), BODY_BYTES));
    }
    if text.len() <= COMPRESSED_FROM_BYTES {
        return Ok(Packed::Text(text));
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let deflated = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    let deflated = deflated.map_err(|error| damaged(what, &error.to_string()))?;
    if deflated.len() > limit { Err(too_large(deflated.len(), limit)) } else { Ok(Packed::Deflated(deflated)) }
}

/// Whether no more than so many lists and objects are within each other.
fn is_within(value: &Value, depth: usize) -> bool {
    let within = |inner: &Value| depth.checked_sub(1).is_some_and(|left| is_within(inner, left));
    match value {
        Value::Array(list) => depth > 0 && list.iter().all(within),
        Value::Object(members) => depth > 0 && members.values().all(within),
        _ => true,
    }
}

/// Unpacks a body.
///
/// # Errors
/// [`StoreError::Corrupt`] for what [`pack`] did not make, and for what would unpack to more than [`BODY_BYTES`].
pub fn unpack(what: &str, packed: &Packed) -> Result<Value, StoreError> {
    let text = match packed {
        Packed::Text(text) => return serde_json::from_str(text).map_err(|error| damaged(what, &error.to_string())),
        Packed::Deflated(bytes) => {
            let mut text = String::new();
            let bound = u64::try_from(BODY_BYTES).unwrap_or(u64::MAX).saturating_add(1);
            DeflateDecoder::new(bytes.as_slice())
                .take(bound)
                .read_to_string(&mut text)
                .map_err(|error| damaged(what, &error.to_string()))?;
            text
        }
    };
    if text.len() > BODY_BYTES {
        return Err(damaged(what, "it unpacks to more than a document may have"));
    }
    serde_json::from_str(&text).map_err(|error| damaged(what, &error.to_string()))
}

/// SHA-256 of a body, hexadecimal; the same whatever store it is in, because members are in the order of their names.
pub fn fingerprint(body: &Value) -> String {
    hexadecimal(&Sha256::digest(body.to_string().as_bytes()))
}

fn damaged(what: &str, why: &str) -> StoreError {
    StoreError::Corrupt {
        message: format!("{what} cannot be read as it is stored: {why}; restore it from a backup, or remove it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_body_comes_back_as_it_was() {
        let long: String = (0..400_000).map(|number| format!("{number} ")).collect();
        for body in [json!({}), json!({"a": 18_446_744_073_709_551_615_u64, "b": 0.1}), json!({"long": long})] {
            let packed = pack("t/1", &body, usize::MAX).unwrap();
            assert_eq!(unpack("t/1", &packed).unwrap(), body);
        }
    }

    #[test]
    fn what_is_too_large_is_refused_with_its_size() {
        let body = json!({"long": "x".repeat(BODY_BYTES)});
        let refused = pack("evidence/1", &body, usize::MAX).unwrap_err();
        assert!(matches!(refused, StoreError::TooLarge { bytes, limit, .. } if bytes > limit && limit == BODY_BYTES));
        let refused = pack("evidence/1", &json!({"long": "x".repeat(100_000)}), 10).unwrap_err();
        assert!(matches!(refused, StoreError::TooLarge { limit: 10, .. }), "{refused}");
    }

    #[test]
    fn a_document_that_would_not_be_read_back_is_not_acknowledged() {
        let nested = |depth| {
            (0..depth).fold(json!(1), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({"a": inner}) })
        };
        let deepest = nested(DEPTH);
        assert_eq!(unpack("t/1", &pack("t/1", &deepest, usize::MAX).unwrap()).unwrap(), deepest);
        for depth in [DEPTH + 1, 128, 1_000] {
            let refused = pack("t/1", &nested(depth), usize::MAX).unwrap_err();
            assert!(matches!(&refused, StoreError::Invalid { message } if message.contains("t/1")), "{refused}");
        }
    }

    #[test]
    fn damage_is_told() {
        for packed in [Packed::Text("{".to_owned()), Packed::Deflated(vec![1, 2, 3])] {
            let told = unpack("t/1", &packed).unwrap_err();
            assert!(matches!(&told, StoreError::Corrupt { message } if message.contains("t/1")), "{told}");
        }
    }
}
