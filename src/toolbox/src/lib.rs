//! The MCP client side: every declared server, started, merged into one catalogue, and called with care.
//!
//! Guarantees: a tool is offered only when our own table (for our servers) or the settings (for foreign ones) say that
//! it reads (invariants 2 and 4; a server's own hints are never believed); arguments are checked against the tool's
//! schema before they are sent; every wait ends at a deadline or with the caller's cancellation; what a foreign server
//! says is bounded and redacted before anybody sees it (invariant 8); one server that is away never stops the others.
//!
//! Deliberately absent: writes in the toolbox (the executor has clients of its own, in [`act`]), sampling and elicitation (a server cannot ask our
//! model or our people anything), expansion of variables in settings, and the choice of tools for a turn.
//!
//! A call goes through, in this order: [`Toolbox`] finds the tool in the `index`, checks the `arguments`, asks the
//! `cache`; `server` holds the connection that `connect` opens, and `result` turns what came back into our envelope.

pub mod act;
mod arguments;
mod cache;
mod connect;
mod failures;
mod index;
mod naming;
mod offer;
mod result;
mod server;
pub mod settings;
mod toolbox;

pub use toolbox::Toolbox;
