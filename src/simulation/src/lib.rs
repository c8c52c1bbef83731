//! Deterministic simulation: the whole of Scarlet on the store in memory, with clocks, chat, people, read tools and act
//! servers simulated from one seed.
//!
//! What runs is the product's own: intake, diagnosis, planning, policy, second reader, approvals, guards, leases, journal,
//! executor, verification, learning, the reconciler. It is cut at the ports Toolbox, Hands, Store, Chat and Clock, where faults
//! are injected; two processes work on one store. The [`invariants`] are looked at whenever something was called and at the
//! end of each seed.
//!
//! Guarantees: a run is a function of its seed and of the program; a seed that breaks an invariant breaks it again, alone,
//! with the same transcript; that the invariants can fail is shown by [`mischief`].
//!
//! Deliberately absent: the wire (MCP sessions, HTTP, grants' signatures), the real stores and buses, senses (alerts are
//! delivered to the intake as signals), conversations with Jamie, real time.

mod bus;
pub mod chronicle;
pub mod cluster;
pub mod dice;
pub mod evidence;
mod eyes;
pub mod faults;
mod hands;
pub mod house;
pub mod invariants;
pub mod life;
pub mod mischief;
mod outside;
mod outward;
mod people;
mod process;
mod replica;
pub mod report;
pub mod run;
mod shaky_store;
pub mod time;
pub mod weather;
pub mod world;
