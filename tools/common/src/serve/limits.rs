//! What one HTTP end takes on at most, so that no caller can use up its memory, its sockets or its tasks.
//!
//! Deliberately absent: limits by caller; a tool server has one secret and does not know who is who.

use std::time::Duration;

/// The limits of an HTTP end. Whoever comes beyond one is told so by a status, except at [`Self::connections`], where
/// the kernel's queue holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Bytes of a request's body; beyond it 413.
    pub body_bytes: usize,
    /// How long a body may take to arrive; beyond it 408.
    pub body_wait: Duration,
    /// How long a request's head may take to arrive, counted from the end of the answer before it; beyond it the
    /// connection is closed. It is also how long a connection may idle.
    pub head_wait: Duration,
    /// How long a peer may take nothing of an answer while there is more of it; beyond it the connection is closed.
    pub write_wait: Duration,
    /// Connections at one time.
    pub connections: usize,
    /// Sessions at one time. A new one takes the place of the one that was unused longest, if that is a minute or
    /// more; otherwise 503.
    pub sessions: usize,
    /// How long a session may lie unused before it is closed; its next request gets 404, and a client begins anew.
    pub session_idle: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            body_wait: Duration::from_secs(15),
            head_wait: Duration::from_secs(30),
            write_wait: Duration::from_secs(60),
            connections: 256,
            sessions: 64,
            session_idle: Duration::from_secs(30 * 60),
        }
    }
}
