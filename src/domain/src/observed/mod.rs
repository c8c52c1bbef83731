//! The typed contents of tool results: written by the tool servers, read by the diagnosis.
//!
//! One definition for both sides, so that a field cannot be renamed on one of them alone. Rows travel as a
//! [`Table`], which names its columns once: a list costs a model about half the tokens of an array of objects.

pub mod acted;
pub mod github;
pub mod kubernetes;
pub mod loki;
pub mod prometheus;
mod table;
pub mod tempo;

pub use table::Table;
