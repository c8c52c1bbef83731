//! Fields that Tempo's versions write in different ways: numbers as texts, enumerations by name or number, `null` for
//! an empty list.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Deserializer};

/// A text, number, boolean or anything else in its place.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Scalar {
    /// `true`.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// Nothing that can be read here.
    #[default]
    Nothing,
    /// A list or an object.
    Other(serde::de::IgnoredAny),
}

impl Scalar {
    /// As a whole number; what is too large is the largest.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Float(number) if number.is_finite() => Some(*number as i64),
            Self::Text(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| text.parse::<u64>().ok().map(|_| i64::MAX))
            }
            _ => None,
        }
    }

    /// As a number; `"NaN"` and infinities are none.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number| number.is_finite())
    }

    /// As a person would write it; `None` for what is no single value.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Nothing | Self::Other(_) => None,
        }
    }
}

/// A list, or `null` in its place.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A list that was told, if only as `null`; absent (by `default`) it is `None`.
pub(crate) fn told_list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    list(deserializer).map(Some)
}

/// A value that was told, if only as `null`; absent (by `default`) it is `None`.
pub(crate) fn told_value<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    value(deserializer).map(Some)
}

/// A value, or `null` in its place.
pub(crate) fn value<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// An id as lower-case hex, whether it came as hex or as base64; `None` for an empty one or one of zeros only.
pub(crate) fn id(text: &str) -> Option<String> {
    let is_hex = |length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let hex = if is_hex(16) || is_hex(32) {
        text.to_ascii_lowercase()
    } else {
        match BASE64_STANDARD.decode(text) {
            Ok(bytes) if matches!(bytes.len(), 8 | 16) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            _ => text.to_owned(),
        }
    };
    hex.bytes().any(|byte| byte != b'0').then_some(hex)
}
