//! The service as a whole, with Slack away.

use super::*;
use crate::api::ApiError;
use crate::desk::tests::world::World;
use crate::incoming::Received;
use crate::testing::{ScriptedConversations, ScriptedSlack, message, received_mention};
use domain::post::Sending;
use futures::FutureExt as _;
use std::collections::BTreeSet;

const WAYS: [&str; 4] = ["auth.test", "users.info", "usergroups.list", "chat.postMessage"];

struct House {
    world: World,
    conversations: Arc<ScriptedConversations>,
}

impl House {
    async fn new() -> Self {
        Self { world: World::new().await, conversations: Arc::default() }
    }

    fn slack_is_away(&self) {
        for method in WAYS {
            let away = ApiError::Unreachable { method: method.to_owned(), why: "no route".to_owned() };
            self.world.slack.fail_always(method, away);
        }
    }

    /// A start of the process.
    fn service(&self) -> Service {
        let world = &self.world;
        let slack: Arc<ScriptedSlack> = Arc::clone(&world.slack);
        let offer = Offer { environments: Vec::new(), clusters: Vec::new(), servers: Vec::new() };
        let settings = Settings {
            incidents_channel: None,
            approvals_channel: None,
            voice: Voice::Neutral,
            roles: Roles::default(),
            guests_may: false,
            sight: Sight::default(),
            links: Links::default(),
            zone: Tz::UTC,
            digest_hour: 9,
            digest_zone: Tz::UTC,
            answers_at_once: 2,
            offer,
            process: "pod-0".to_owned(),
        };
        let drawn = std::sync::atomic::AtomicU32::new(0);
        let parts = Parts {
            slack,
            store: world.store.clone(),
            fallback: None,
            bus: None,
            conversations: self.conversations.clone(),
            incidents: world.incidents.clone(),
            approvals: world.approvals.clone(),
            freezing: world.freezing.clone(),
            health: Arc::new(|| async { Vec::new() }.boxed()),
            clock: world.clock.clone(),
            ids: Arc::new(move || drawn.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string()),
            is_leader: Arc::new(|| false),
            seed: 1,
            settings,
        };
        Service::start(parts, Ways::default(), CancellationToken::new())
    }
}

fn question() -> Received {
    received_mention(message("C1", "1700.000001", "U1", "<@UBOT> how is it?"))
}

/// Waits, on the paused clock, until it is so.
async fn until(is_so: impl Fn() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(600), waited).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn it_begins_while_slack_is_away_and_answers_when_slack_is_back() {
    let house = House::new().await;
    house.slack_is_away();
    let service = house.service();
    service.inbox.take(question()).await.unwrap();
    // Longer than five attempts of five seconds: what had come in was given up by then.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let state = service.state().await;
    assert_eq!((state.team, state.waiting_entries), (None, Some(1)));
    assert!(state.trouble.unwrap().contains("did not reach Slack"));
    assert!(house.conversations.asked().is_empty(), "nobody is answered before it is known who they are");
    house.world.slack.heal();
    let key = format!("answer:{}", question().id);
    until(|| house.world.slack.keyed(&key).iter().any(|seen| seen.text.contains("All is well"))).await;
    assert_eq!(house.world.slack.keyed(&key).len(), 1);
    while service.state().await.team.is_none() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(service.state().await.team.as_deref(), Some("T1"));
    service.shut_down().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_turns_at_hand_go_on_for_a_while_and_hands_back_the_rest() {
    let house = House::new().await;
    house.conversations.waits_for_stop();
    let service = house.service();
    service.inbox.take(question()).await.unwrap();
    house.conversations.begun().await;
    let before = tokio::time::Instant::now();
    service.shut_down().await;
    assert!((TURNS..STOPPING).contains(&before.elapsed()), "{:?}", before.elapsed());
    let state = service.state().await;
    assert_eq!((state.turns, state.waiting_entries), (0, Some(1)), "it is in its lane still");
    let next = House { conversations: Arc::default(), ..house };
    let service = next.service();
    let key = format!("answer:{}", question().id);
    until(|| next.world.slack.keyed(&key).iter().any(|seen| seen.text.contains("All is well"))).await;
    service.shut_down().await;
    let posts: BTreeSet<_> = next.world.slack.keyed(&key).into_iter().map(|seen| seen.ts).collect();
    assert_eq!(posts.len(), 1, "one message, begun by one process and ended by the next");
    let post = service.outbox.find(&key).await.unwrap().unwrap();
    assert!(matches!(post.sending, Sending::There { .. }));
}
