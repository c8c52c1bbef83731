//! How the service stands, for `/health`.

use crate::socket::SocketState;

/// How the service stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceState {
    /// The workspace that Slack knows us in, by id; none as long as Slack did not tell.
    pub team: Option<String>,
    /// Why Slack does not know us, where it said so or was not reached.
    pub trouble: Option<String>,
    /// How Socket Mode stands; none where events come over HTTP only.
    pub socket: Option<SocketState>,
    /// Lanes in which something waits to be handled; none where the store cannot tell.
    pub waiting_entries: Option<u64>,
    /// Posts that wait to be sent; none where the store cannot tell.
    pub waiting_posts: Option<u64>,
    /// Turns that this process works on.
    pub turns: usize,
}
