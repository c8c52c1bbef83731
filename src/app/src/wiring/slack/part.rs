//! How Slack stands, for `GET /health`; and how all parts stand, for `/jamie status`.
//!
//! Slack that is away is no failure of the service: what waits is kept, and a restart would help nothing.

use async_trait::async_trait;
use slack::service::{Service, ServiceState};
use std::sync::Arc;
use tokio::sync::SetOnce;
use web::health::{Component, Health, Part, Status};

const NAME: &str = "slack";

/// The part of the service.
pub struct SlackPart(Arc<Service>);

impl SlackPart {
    /// Of this service.
    pub fn new(service: Arc<Service>) -> Self {
        Self(service)
    }
}

#[async_trait]
impl Part for SlackPart {
    fn name(&self) -> &str {
        NAME
    }

    async fn look(&self) -> Component {
        component(&self.0.state().await)
    }
}

fn component(state: &ServiceState) -> Component {
    let cut = state.socket.as_ref().filter(|socket| socket.connected == 0);
    let (status, how) = match (&state.team, &state.trouble, cut) {
        (_, Some(trouble), _) => (Status::Degraded, trouble.clone()),
        (None, None, _) => (Status::Degraded, "Slack was not reached yet".to_owned()),
        (Some(team), None, Some(cut)) => {
            let why = cut.why_not.as_deref().unwrap_or("it is tried again");
            (Status::Degraded, format!("workspace {team}: no connection is open: {why}"))
        }
        (Some(team), None, None) => (Status::Ok, format!("workspace {team}")),
    };
    let count = |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
    let detail = format!(
        "{how}; turns at work: {}, waiting threads: {}, waiting posts: {}",
        state.turns,
        count(state.waiting_entries),
        count(state.waiting_posts)
    );
    Component { name: NAME.to_owned(), status, detail, since: state.socket.as_ref().and_then(|socket| socket.since) }
}

/// A line for each part, from when there is something to ask.
pub async fn lines(health: Arc<SetOnce<Arc<Health>>>) -> Vec<String> {
    let Some(health) = health.get() else { return vec!["The service is starting.".to_owned()] };
    let report = health.report().await;
    let word = |status| match status {
        Status::Ok => "ok",
        Status::Degraded => "degraded",
        Status::Failing => "failing",
    };
    report.components.iter().map(|part| format!("{}: {}: {}", part.name, word(part.status), part.detail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use slack::socket::SocketState;

    fn state(team: Option<&str>, trouble: Option<&str>, connections: Option<usize>) -> ServiceState {
        ServiceState {
            team: team.map(str::to_owned),
            trouble: trouble.map(str::to_owned),
            socket: connections.map(|connected| SocketState {
                connected,
                since: Some(DateTime::UNIX_EPOCH),
                why_not: (connected == 0).then(|| "too_many_websockets".to_owned()),
                ..SocketState::default()
            }),
            waiting_entries: Some(2),
            waiting_posts: None,
            turns: 1,
        }
    }

    #[test]
    fn slack_that_is_away_is_told_and_fails_nothing() {
        let cases = [
            (state(None, None, Some(0)), Status::Degraded, "not reached yet"),
            (state(None, Some("Slack refused auth.test"), Some(0)), Status::Degraded, "refused"),
            (state(Some("T1"), None, Some(0)), Status::Degraded, "no connection is open: too_many_websockets"),
            (state(Some("T1"), None, Some(2)), Status::Ok, "workspace T1; turns at work: 1, waiting threads: 2"),
            (state(Some("T1"), None, None), Status::Ok, "waiting posts: unknown"),
        ];
        for (state, status, told) in cases {
            let found = component(&state);
            assert_eq!(found.status, status, "{found:?}");
            assert!(found.detail.contains(told), "{told}: {found:?}");
        }
    }

    #[tokio::test]
    async fn before_there_is_something_to_ask_the_status_says_so() {
        let health = Arc::new(SetOnce::new());
        assert_eq!(lines(Arc::clone(&health)).await, ["The service is starting."]);
        assert!(health.set(Arc::new(Health::new("1", crate::wiring::health_parts(None, Arc::default())))).is_ok());
        let told = lines(health).await;
        assert_eq!(told.len(), 2);
        assert!(told[0].starts_with("store: degraded: nothing is kept"), "{told:?}");
    }
}
