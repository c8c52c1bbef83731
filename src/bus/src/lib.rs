//! What several processes share in passing: events, live views, cached responses, request rates.
//!
//! - [`in_process`]: within one process, with or without an outbox in the store,
//! - [`redis`]: on Redis or Valkey, for several,
//! - [`resilient`]: on Redis while it is there, and from this process while it is away.
//!
//! One conformance suite (`tests/it/suite`) holds them to the same behaviour. Deliberately absent: whatever guards an
//! action; that is counted in the store (`ports::bus` says why).

mod flights;
mod handled;
pub mod in_process;
pub mod limits;
mod live;
mod outbox;
mod queues;
mod rates;
pub mod redis;
pub mod resilient;

pub use in_process::InProcess;
pub use limits::Limits;
pub use redis::{Redis, RedisSettings};
pub use resilient::Resilient;
