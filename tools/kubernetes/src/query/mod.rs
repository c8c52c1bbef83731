//! Requests as plain values: which resource, which path, which selection. Nothing here waits.

pub mod kinds;
pub mod names;
pub mod reference;
pub mod request;
