//! What is asked and how answers are read: plain values and pure functions.

pub(crate) mod api;
pub(crate) mod ask;
pub(crate) mod clean;
pub(crate) mod errors;
pub(crate) mod level;
pub(crate) mod lines;
pub(crate) mod logql;
pub(crate) mod numbers;
pub(crate) mod position;
pub(crate) mod requests;
pub(crate) mod size;
pub(crate) mod window;
