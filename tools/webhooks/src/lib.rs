//! Declared webhooks: the MCP server `webhooks` with the one tool `call_webhook`, for Scarlet's executor alone, and the
//! [`Notifier`] that tells people by a webhook of the same shape.
//!
//! Layout: `parameter` and `template` make the body as values, `address` and `status` read what is declared, `sending` does
//! the one request, `server` and `notifier` are the two who ask for it.
//!
//! Guarantees: only what the settings declare is called, with a body whose values are put in as JSON values of a declared type
//! and within declared bounds, never as pasted text; an action is sent once, with its grant's id as `Idempotency-Key`, and
//! whatever leaves its effect open says so; redirects are not followed; an answer is read up to a bound and told without
//! secrets; neither headers nor the address beyond the host are ever told, since hosts that take webhooks put secrets there.
//!
//! Deliberately absent: reading tools (no model ever holds a tool of this server), repetition of an action, values that a
//! caller chooses: a parameter is a constant of the settings or names something about the plan.

mod address;
mod declared;
mod notifier;
mod parameter;
mod sending;
mod server;
mod status;
mod template;

pub use declared::{Action, Method, Rehearsal, Webhook};
pub use notifier::{Notice, Notifier};
pub use parameter::{Bounds, Parameter, Source, Use};
pub use server::Server;
pub use status::Statuses;
pub use template::Template;
