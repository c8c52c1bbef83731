//! State that outlives a process: one port, three stores.
//!
//! - [`memory`] for tests and simulation,
//! - [`sqlite`] embedded, the default, with the logs in files of their own ([`log_file`]),
//! - [`mongo`] for several processes.
//!
//! One conformance suite (`tests/it/suite`) holds them to the same behaviour. What works on any of them stands beside:
//! [`guards`], [`transfer`], [`upkeep`], [`waiting`].

pub mod bm25;
pub mod guards;
pub mod log_file;
pub mod memory;
pub mod mongo;
pub mod packing;
pub mod sqlite;
pub mod transfer;
pub mod upkeep;
pub mod waiting;
