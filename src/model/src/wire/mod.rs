//! OpenAI's chat completions on the wire: what is sent, and a lenient reading of what comes back.

mod chunk;
mod request;

pub(crate) use chunk::{CallDelta, Chunk};
pub(crate) use request::body;
