//! Fuzzing of the tool servers: each is called over answers that no backend should give.
//!
//! The backend is a service in this process. It answers from a corpus of recorded answers, and changes them by a seeded
//! generator: bytes, JSON, status and headers. What a server may never do is listed in [`judge`]. Guarantee: a seed and
//! a corpus give the same answers to the same requests, in whatever order they come. Deliberately absent: the socket,
//! TLS and decompression, which are reqwest's and hyper's.

pub mod answer;
pub mod backend;
pub mod case;
pub mod chance;
pub mod corpus;
pub mod judge;
pub mod mutate;
pub mod panics;
pub mod record;
pub mod run;
pub mod servers;
mod watch;
