//! Jamie in Slack from outside: the built binary between the tests' own Slack, the simulated estate and, where a test wants
//! one, a scripted model.
//!
//! Each test ends with [`world::World::end`]: the server was sent nothing that no working client sends, nobody was pinged,
//! and the program stopped in order.

mod approvals;
mod asking;
mod deeds;
mod soak;
mod ways;
mod world;
