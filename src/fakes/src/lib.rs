//! Stand-ins for what lies outside the process, for tests.
//!
//! Guarantee: every fake records what it was asked and fails the test, saying why, when it is used against the rules
//! of its port. Only ever a dev-dependency. Deliberately absent: any behaviour that a script did not ask for.

pub mod clock;
pub mod fault_proxy;
pub mod hands;
pub mod model;
pub mod model_server;
pub mod slack_server;
pub mod toolbox;

pub use clock::ManualClock;
pub use fault_proxy::FaultProxy;
pub use hands::ScriptedHands;
pub use model::{ScriptedModel, Step};
pub use model_server::{ModelServer, Script, ServerStep};
pub use toolbox::ScriptedToolbox;
