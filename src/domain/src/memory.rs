//! What is remembered, and how it is found again: by words, by meaning, by how it served and how old it is.
//!
//! Pure: stores keep the words, an endpoint makes the vectors, and what is found is weighed here. What is remembered is
//! told as memory with its date and source ([`recalled::Recalled`]), a type of its own: it never becomes evidence of a
//! claim about the present.
//!
//! Deliberately absent: learning of weights. Everything that orders is a constant with its reason, so that the same
//! memory gives the same order.

mod base64;
pub mod entry;
pub mod exact;
pub mod excerpt;
pub mod index;
pub mod rank;
pub mod recalled;
pub mod runbook;
pub mod vector;
pub mod word_index;
pub mod words;
