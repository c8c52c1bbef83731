//! How a test makes the server deliver, fail and forbid.

use super::deliver::Frame;
use super::signed::{Routes, Signed};
use super::{SlackServer, socket};
use serde_json::json;
use std::time::Duration;

impl SlackServer {
    /// From now on what the app is told goes over HTTP, signed, to `BASE/slack/events`, `BASE/slack/interactivity` and
    /// `BASE/slack/commands`.
    pub fn deliver_http_to(&self, base_url: &str) {
        self.deliver_http(Routes::at(base_url));
    }

    /// As [`SlackServer::deliver_http_to`], under these names.
    pub fn deliver_http(&self, routes: Routes) {
        self.shared.with(|state| state.delivery.http = Some(routes));
    }

    /// From now on what the app is told goes over its sockets, as at first.
    pub fn deliver_to_sockets(&self) {
        self.shared.with(|state| state.delivery.http = None);
    }

    /// Every event is delivered twice, with the same event id.
    pub fn deliver_twice(&self, is_twice: bool) {
        self.shared.with(|state| state.delivery.is_twice = is_twice);
    }

    /// How long an acknowledgement may take before an event is sent again (3 s), and how often it is (3).
    pub fn redeliver(&self, ack_within: Duration, retries: u32) {
        self.shared.with(|state| {
            state.delivery.ack_within = ack_within;
            state.delivery.retries = retries;
        });
    }

    /// So many percent of calls are answered 429, drawn for each method from the seed; with so many seconds to wait.
    pub fn limit(&self, percent: u64, retry_after_seconds: u64) {
        self.shared.with(|state| {
            state.faults.limited_percent = percent;
            state.faults.retry_after_seconds = retry_after_seconds;
        });
    }

    /// The next call of this method is answered 429 with so many seconds to wait.
    pub fn limit_next(&self, method: &str, retry_after_seconds: u64) {
        self.shared.with(|state| {
            state.faults.retry_after_seconds = retry_after_seconds;
            *state.faults.limits.entry(method.to_owned()).or_default() += 1;
        });
    }

    /// So many percent of calls are answered 503, drawn for each method from the seed.
    pub fn break_calls(&self, percent: u64) {
        self.shared.with(|state| state.faults.broken_percent = percent);
    }

    /// Shares of limited and broken calls leave this method alone.
    pub fn spare(&self, method: &str) {
        self.shared.with(|state| state.faults.spared.insert(method.to_owned()));
    }

    /// Every call is answered 503 while this is so; sockets stay.
    pub fn be_away(&self, is_away: bool) {
        self.shared.with(|state| state.faults.away = is_away);
    }

    /// The next call of this method takes effect, and the connection is closed without an answer.
    pub fn lose_answer(&self, method: &str) {
        self.shared.with(|state| *state.faults.losses.entry(method.to_owned()).or_default() += 1);
    }

    /// The next call of this method is refused with this code.
    pub fn refuse_next(&self, method: &str, code: &str) {
        self.shared.with(|state| {
            state.faults.refusals.entry(method.to_owned()).or_default().insert(0, code.to_owned());
        });
    }

    /// Every call waits so long before it is looked at.
    pub fn delay_calls(&self, latency: Duration) {
        self.shared.with(|state| state.faults.latency = latency);
    }

    /// How long a trigger opens a modal (3 s).
    pub fn trigger_lasts(&self, lasts: Duration) {
        self.shared.with(|state| state.tickets.trigger_lasts = lasts);
    }

    /// Takes a scope from the app, or gives it one.
    pub fn grant(&self, scope: &str, is_granted: bool) {
        self.shared.with(|state| {
            if is_granted {
                state.workspace.scopes.insert(scope.to_owned());
            } else {
                state.workspace.scopes.remove(scope);
            }
        });
    }

    /// Ends every socket without a close frame.
    pub fn cut_connections(&self) {
        self.shared.with(|state| state.delivery.connections.values().for_each(|connection| connection.cut.cancel()));
    }

    /// As [`SlackServer::cut_connections`], again and again.
    pub fn cut_connections_every(&self, every: Option<Duration>) {
        self.shared.with(|state| state.delivery.cut_every = every);
    }

    /// Tells every socket that it will end, for a reason such as `warning`, `refresh_requested` or `link_disabled`;
    /// all but a warning then end with a close frame.
    pub fn disconnect(&self, reason: &str) {
        self.shared.with(|state| {
            for connection in state.delivery.connections.values() {
                let _ = connection.frames.send(Frame::Text(socket::disconnect(reason)));
                if reason != "warning" {
                    let _ = connection.frames.send(Frame::Close);
                }
            }
        });
    }

    /// How many sockets may be open (10); one more is told `too_many_websockets`.
    pub fn connection_limit(&self, limit: usize) {
        self.shared.with(|state| state.delivery.connection_limit = limit);
    }

    /// How many sockets are open.
    pub fn connections(&self) -> usize {
        self.shared.read(|state| state.delivery.connections.len())
    }

    /// Texts that may notify or link where they contain this.
    pub fn allow_ping(&self, part: &str) {
        self.shared.with(|state| state.record.allowed.push(part.to_owned()));
    }

    /// Asks the app at this address (`http://HOST:PORT`) to prove that the URL of its events is its own, as Slack does
    /// when it is entered: whether it answered with the challenge.
    pub async fn verify_url(&self, base_url: &str) -> bool {
        let routes = Routes::at(base_url);
        let challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
        let body = json!({"token": "deprecated", "challenge": challenge, "type": "url_verification"}).to_string();
        let signed = Signed::now(&self.signing_secret, &routes.events, "application/json", body);
        let answered = signed.send(&routes.host).await;
        answered.is_ok_and(|answered| answered.status == 200 && answered.body.contains(challenge))
    }
}
