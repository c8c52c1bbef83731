//! What is asked and how answers are read: plain values and pure functions, no IO.

pub(crate) mod api;
pub(crate) mod image_tag;
pub(crate) mod job_log;
pub(crate) mod links;
pub(crate) mod names;
pub(crate) mod patches;
pub(crate) mod repository;
pub(crate) mod requests;
pub(crate) mod rows;
pub(crate) mod text;
