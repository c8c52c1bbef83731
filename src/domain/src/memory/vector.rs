//! Vectors of meaning in one byte a dimension.
//!
//! A vector is brought to length one and its values to -127..=127, which takes a quarter of the room of single
//! precision and keeps the order of neighbours but for near ties. Vectors of different models or lengths are never
//! compared.

use super::base64;
use serde::{Deserialize, Serialize};

/// Dimensions of a vector at most: more than any model in use has, and the dot product of two stays within 32 bits.
pub const DIMENSIONS_LIMIT: usize = 8_192;

const LARGEST: f32 = 127.0;

/// A quantised vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Int8Vector {
    /// The model that made it.
    pub model: String,
    /// What one step of a value is, in a vector of length one.
    pub scale: f32,
    values: Vec<i8>,
}

/// As it stands in JSON.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    model: String,
    scale: f32,
    values: String,
}

impl From<Int8Vector> for Written {
    fn from(vector: Int8Vector) -> Self {
        let bytes: Vec<u8> = vector.values.iter().map(|value| value.cast_unsigned()).collect();
        Self { model: vector.model, scale: vector.scale, values: base64::encoded(&bytes) }
    }
}

impl TryFrom<Written> for Int8Vector {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let bytes = base64::decoded(&written.values).ok_or("the values of a vector are no base64")?;
        let values: Vec<i8> = bytes.into_iter().map(u8::cast_signed).collect();
        if values.is_empty() || values.len() > DIMENSIONS_LIMIT {
            return Err("a vector has no dimensions, or too many");
        }
        Ok(Self { model: written.model, scale: written.scale, values })
    }
}

impl Int8Vector {
    /// Quantises a vector; `None` where it has no direction (empty, all zero, not finite) or too many dimensions.
    pub fn of(model: &str, vector: &[f32]) -> Option<Self> {
        if vector.len() > DIMENSIONS_LIMIT {
            return None;
        }
        let length = vector.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
        if !length.is_finite() || length <= 0.0 {
            return None;
        }
        let largest = vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        // The cast keeps to the range of the type, and the values are within it already.
        let values = vector.iter().map(|value| (value / largest * LARGEST).round() as i8).collect();
        Some(Self { model: model.to_owned(), scale: (f64::from(largest) / length) as f32 / LARGEST, values })
    }

    /// The values, one a dimension.
    pub fn values(&self) -> &[i8] {
        &self.values
    }

    /// How alike two vectors are, from -1 to 1; `None` for vectors that cannot be compared.
    pub fn cosine(&self, other: &Self) -> Option<f32> {
        if self.model != other.model || self.values.len() != other.values.len() {
            return None;
        }
        let wide = widened(&self.values);
        Some(dot(&wide, &other.values) as f32 * inverse_length(&self.values) * inverse_length(&other.values))
    }
}

/// The values in the width that the processor multiplies them in.
pub(super) fn widened(values: &[i8]) -> Vec<i16> {
    values.iter().map(|value| i16::from(*value)).collect()
}

/// The sum of the products. Blocks of a fixed size let the compiler use vector instructions.
pub(super) fn dot(wide: &[i16], values: &[i8]) -> i32 {
    const BLOCK: usize = 32;
    let (wide_blocks, wide_rest) = wide.as_chunks::<BLOCK>();
    let (blocks, rest) = values.as_chunks::<BLOCK>();
    let mut sum = 0_i32;
    for (left, right) in wide_blocks.iter().zip(blocks) {
        sum += left.iter().zip(right).map(|(left, right)| i32::from(*left) * i32::from(*right)).sum::<i32>();
    }
    sum + wide_rest.iter().zip(rest).map(|(left, right)| i32::from(*left) * i32::from(*right)).sum::<i32>()
}

/// One over the length; 0 for a vector without one.
pub(super) fn inverse_length(values: &[i8]) -> f32 {
    let square = dot(&widened(values), values);
    if square > 0 { 1.0 / (square as f32).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(left: &[f32], right: &[f32]) -> f32 {
        let dot = |left: &[f32], right: &[f32]| left.iter().zip(right).map(|(left, right)| left * right).sum::<f32>();
        dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
    }

    #[test]
    fn what_has_no_direction_has_no_vector() {
        let too_long = vec![1.0; DIMENSIONS_LIMIT + 1];
        for bad in [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY], &too_long] {
            assert_eq!(Int8Vector::of("m", bad), None);
        }
    }

    #[test]
    fn vectors_of_two_models_or_lengths_are_not_compared() {
        let vector = |model, values: &[f32]| Int8Vector::of(model, values).unwrap();
        let one = vector("m", &[1.0, 0.0]);
        assert_eq!(one.cosine(&vector("m", &[5.0, 0.0])), Some(1.0));
        assert_eq!(one.cosine(&vector("m", &[-5.0, 0.0])), Some(-1.0));
        assert_eq!(one.cosine(&vector("other", &[1.0, 0.0])), None);
        assert_eq!(one.cosine(&vector("m", &[1.0, 0.0, 0.0])), None);
    }

    #[test]
    fn a_damaged_vector_is_refused() {
        for values in ["", "A", "AA=A"] {
            let text = format!(r#"{{"model": "m", "scale": 1.0, "values": "{values}"}}"#);
            assert!(serde_json::from_str::<Int8Vector>(&text).is_err(), "{values}");
        }
    }

    #[test]
    fn the_largest_vectors_do_not_overflow() {
        let vector = Int8Vector::of("m", &vec![1.0; DIMENSIONS_LIMIT]).unwrap();
        assert!((vector.cosine(&vector).unwrap() - 1.0).abs() < 1e-5);
    }

    proptest! {
        #[test]
        fn the_cosine_is_near_the_exact_one(
            pairs in proptest::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 8..200),
        ) {
            let (left, right): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            let quantised = |values: &[f32]| Int8Vector::of("m", values);
            if let (Some(one), Some(two)) = (quantised(&left), quantised(&right)) {
                let cosine = one.cosine(&two).unwrap();
                prop_assert!((cosine - exact(&left, &right)).abs() < 0.03, "{cosine} {}", exact(&left, &right));
            }
        }
    }
}
