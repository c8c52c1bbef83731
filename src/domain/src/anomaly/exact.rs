//! Floats in saved state, kept bit by bit: written in decimal, a reader may give back a neighbour of the number.
//!
//! Guarantee: a finite number comes back as it was. What is not finite can only come from a damaged state and becomes 0.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

fn number(bits: u64) -> f64 {
    Some(f64::from_bits(bits)).filter(|number| number.is_finite()).unwrap_or_default()
}

/// For one number.
pub(super) mod one {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        number.to_bits().serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        u64::deserialize(deserializer).map(super::number)
    }
}

/// For a list of numbers.
pub(super) mod many {
    use super::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<'a, L, S>(numbers: &'a L, serializer: S) -> Result<S::Ok, S::Error>
    where
        &'a L: IntoIterator<Item = &'a f64>,
        S: Serializer,
    {
        serializer.collect_seq(numbers.into_iter().map(|number| number.to_bits()))
    }

    pub(in super::super) fn deserialize<'de, L, D>(deserializer: D) -> Result<L, D::Error>
    where
        L: FromIterator<f64>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<u64>::deserialize(deserializer)?.into_iter().map(super::number).collect())
    }
}
