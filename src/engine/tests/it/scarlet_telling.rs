//! Escalations that outlive failures: of places, of the store, of the process.

use crate::shaky::{Broken, Shaky, shaky};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::escalation::{Escalation, Message, Outcome, Standing};
use domain::post::Post;
use engine::scarlet::escalating::{ByChat, Delivers, Escalator, Parts, Probe};
use engine::scarlet::reconciler::seams::Tells as _;
use fakes::ManualClock;
use ports::chat::{Chat, ChatError};
use ports::clock::Clock as _;
use ports::store::record;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Places that are away or there, and everything that was told.
#[derive(Default)]
pub struct Places {
    away: Mutex<BTreeSet<String>>,
    /// Chats that told it when they were back, after the next place had been told.
    pub late: Mutex<BTreeSet<String>>,
    told: Mutex<Vec<(String, String)>>,
}

impl Places {
    pub fn told(&self) -> Vec<(String, String)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn away(&self, places: &[&str]) {
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) =
            places.iter().map(|one| (*one).to_owned()).collect();
    }
}

#[async_trait]
impl Delivers for Places {
    async fn deliver(&self, place: &str, message: &Message) -> Outcome {
        tokio::task::yield_now().await;
        if self.away.lock().unwrap_or_else(PoisonError::into_inner).contains(place) {
            return Outcome::Failed("503 Service Unavailable".to_owned());
        }
        let told = (place.to_owned(), message.text.clone());
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        Outcome::Told("202 Accepted".to_owned())
    }

    async fn take_back(&self, place: &str, _: &Message, _: DateTime<Utc>) -> Result<bool, String> {
        Ok(self.late.lock().unwrap_or_else(PoisonError::into_inner).contains(place))
    }

    async fn probe(&self, place: &str) -> Probe {
        match self.away.lock().unwrap_or_else(PoisonError::into_inner).contains(place) {
            true => Probe::Broken("503".to_owned()),
            false => Probe::Verified("200".to_owned()),
        }
    }
}

pub struct World {
    pub clock: Arc<ManualClock>,
    pub store: Arc<Shaky>,
    pub places: Arc<Places>,
}

impl World {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::at(DateTime::from_timestamp(1_790_000_000, 0).unwrap()));
        Self { store: shaky(clock.clone()), clock, places: Arc::default() }
    }

    /// One process.
    pub fn escalator(&self) -> Arc<Escalator> {
        self.escalator_to(&["slack:C1", "webhook:pager"])
    }

    /// One process with these places.
    fn escalator_to(&self, places: &[&str]) -> Arc<Escalator> {
        let places: Vec<String> = places.iter().map(|place| (*place).to_owned()).collect();
        Arc::new(Escalator::new(Parts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            delivers: self.places.clone(),
            destinations: Arc::new(move |_| places.clone()),
            leads: Arc::new(|| true),
        }))
    }

    async fn kept(&self) -> Escalation {
        record::load::<Escalation>(&*self.store, KEY).await.unwrap().unwrap().value
    }
}

const KEY: &str = "INC-1.escalation.0";

fn one(place: &str) -> Vec<(String, String)> {
    vec![(place.to_owned(), "INC-1 needs people.".to_owned())]
}

#[tokio::test(start_paused = true)]
async fn what_nobody_was_told_is_kept_said_and_told_by_the_next_process() {
    let world = World::new();
    world.places.away(&["slack:C1", "webhook:pager"]);
    let first = world.escalator();
    let why = first.escalate("prod", KEY, "INC-1 needs people.").await.unwrap_err();
    assert_eq!(why, "slack:C1: 503 Service Unavailable; webhook:pager: 503 Service Unavailable");
    let kept = world.kept().await;
    assert_eq!((kept.state, kept.tries, kept.message.about.as_str()), (Standing::Nobody, 4, "INC-1"));
    first.pass().await;
    let [unreached] = first.overview().unreached.try_into().unwrap();
    assert!(unreached.key == KEY && unreached.is_tried && unreached.why == why, "{unreached:?}");

    let second = world.escalator();
    world.places.away(&["slack:C1"]);
    second.pass().await;
    assert!(world.places.told().is_empty(), "its time has not come");
    world.clock.advance(TimeDelta::seconds(60));
    second.pass().await;
    assert_eq!(world.places.told(), one("webhook:pager"));
    assert!(second.overview().unreached.is_empty());
    let answer = first.escalate("prod", KEY, "INC-1 needs people.").await;
    assert_eq!((answer.as_deref(), world.places.told().len()), (Ok("webhook:pager"), 1), "it is not told again");
}

/// It went on at the channel that was gone, for a day, after another place had been declared.
#[tokio::test(start_paused = true)]
async fn what_nobody_was_told_is_told_at_the_places_that_are_declared_now() {
    let world = World::new();
    world.places.away(&["slack:GONE"]);
    let message = Message {
        key: KEY.to_owned(),
        about: "scarlet".to_owned(),
        environment: "prod".to_owned(),
        text: "INC-1 needs people.".to_owned(),
        is_over: false,
        only_while: None,
    };
    let before = world.escalator_to(&["slack:GONE"]);
    assert!(before.hand_over(&message).await);
    before.pass().await;
    assert_eq!(world.kept().await.state, Standing::Nobody);
    world.clock.advance(TimeDelta::minutes(5));
    world.escalator_to(&["webhook:pager"]).pass().await;
    assert_eq!(world.places.told(), one("webhook:pager"));
}

#[tokio::test(start_paused = true)]
async fn two_processes_at_once_tell_it_once() {
    let world = World::new();
    let (left, right) = (world.escalator(), world.escalator());
    let tell = |escalator: Arc<Escalator>| async move { escalator.escalate("prod", KEY, "INC-1 needs people.").await };
    let answers = tokio::join!(tell(left.clone()), tell(right), async { left.pass().await });
    assert!(answers.0.is_ok() || answers.1.is_ok(), "{answers:?}");
    assert_eq!(world.places.told(), one("slack:C1"));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_keeps_nobody_from_being_told() {
    for broken in [Broken::All, Broken::Hangs] {
        let world = World::new();
        world.store.breaks(broken);
        world.places.away(&["slack:C1"]);
        let answer = world.escalator().escalate("prod", KEY, "INC-1 needs people.").await;
        assert_eq!((answer.as_deref(), world.places.told()), (Ok("webhook:pager"), one("webhook:pager")), "{broken:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn places_are_probed_without_telling_anybody() {
    let world = World::new();
    world.places.away(&["webhook:pager"]);
    let escalator = world.escalator();
    let found = escalator.probe(&["prod".to_owned()]).await;
    assert_eq!(found["slack:C1"], Probe::Verified("200".to_owned()));
    assert_eq!(found["webhook:pager"], Probe::Broken("503".to_owned()));
    assert!(world.places.told().is_empty() && escalator.overview().places == found);
}

#[tokio::test(start_paused = true)]
async fn a_weekend_without_slack_was_given_up_for_ever() {
    let world = World::new();
    world.places.away(&["slack:C1", "webhook:pager"]);
    let escalator = world.escalator();
    escalator.escalate("prod", KEY, "INC-1 needs people.").await.unwrap_err();
    while world.kept().await.state != Standing::GivenUp {
        world.clock.advance(TimeDelta::minutes(10));
        escalator.pass().await;
    }
    // The healing goes on asking; nobody is reached, and that goes on being told, since Friday.
    world.clock.advance(TimeDelta::hours(40));
    escalator.escalate("prod", KEY, "INC-1 needs people.").await.unwrap_err();
    escalator.pass().await;
    let [unreached] = escalator.overview().unreached.try_into().unwrap();
    assert!(
        unreached.is_tried && unreached.since == DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        "{unreached:?}"
    );
    world.places.away(&[]);
    let answer = escalator.escalate("prod", KEY, "INC-1 needs people.").await;
    assert_eq!((answer.as_deref(), world.places.told()), (Ok("slack:C1"), one("slack:C1")));
}

/// A chat system that keeps its messages in the store, as Slack's does: the same key again is the same message, which is sent
/// anew only where it was refused. A channel may refuse for as long as a test says, and another may only take it.
struct Kept {
    store: Arc<Shaky>,
    clock: Arc<ManualClock>,
    refuses: Mutex<bool>,
}

impl Kept {
    fn of(world: &World) -> Arc<Self> {
        Arc::new(Self { store: world.store.clone(), clock: world.clock.clone(), refuses: Mutex::new(true) })
    }

    fn send(&self, post: &mut Post) {
        let (now, digest) = (self.clock.now(), post.wanted_digest());
        let Some(attempt) = post.trying(now, TimeDelta::seconds(60)) else { return };
        match post.place.as_str() {
            "slack:CREFUSES" if *self.refuses.lock().unwrap_or_else(PoisonError::into_inner) => {
                post.refused(&attempt, &digest, "channel_not_found", now);
            }
            "slack:CWAITS" => {
                post.failed(&attempt, now + TimeDelta::minutes(5), now);
            }
            _ => {
                post.there(&attempt, "12.5", Some(&digest), now);
            }
        }
    }
}

#[async_trait]
impl Chat for Kept {
    async fn show_incident(&self, _: &domain::incident::Incident, _: DateTime<Utc>) -> Result<(), ChatError> {
        Ok(())
    }

    async fn show_approval(&self, _: &domain::approval::Approval, _: DateTime<Utc>) -> Result<(), ChatError> {
        Ok(())
    }

    async fn tell(&self, place: &str, key: &str, markdown: &str) -> Result<(), ChatError> {
        let now = self.clock.now();
        let told = record::change(&*self.store, key, |found: Option<Post>| {
            let wanted = serde_json::json!({ "text": markdown });
            let mut post = found.unwrap_or_else(|| Post::new(key, place, None, wanted, now));
            post.again(now);
            self.send(&mut post);
            (Some(post), ())
        });
        told.await.map_err(|error| ChatError::Unavailable(error.to_string()))
    }
}

fn message() -> Message {
    Message {
        key: KEY.to_owned(),
        about: "INC-1".to_owned(),
        environment: "prod".to_owned(),
        text: "x".to_owned(),
        is_over: false,
        only_while: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_a_chat_system_only_took_was_not_told_yet() {
    let world = World::new();
    let chat = ByChat::new(Kept::of(&world), world.store.clone());
    assert_eq!(chat.deliver("slack:C1", &message()).await, Outcome::Told("message 12.5".to_owned()));
    assert_eq!(chat.deliver("slack:CREFUSES", &message()).await, Outcome::Refused("channel_not_found".to_owned()));
    let waits = chat.deliver("slack:CWAITS", &message()).await;
    assert!(matches!(&waits, Outcome::Failed(why) if why.contains("does not stand there yet")), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_refused_once_was_never_told_again() {
    let world = World::new();
    let kept = Kept::of(&world);
    let chat = ByChat::new(kept.clone(), world.store.clone());
    for _ in 0..2 {
        assert_eq!(chat.deliver("slack:CREFUSES", &message()).await, Outcome::Refused("channel_not_found".to_owned()));
    }
    // The bot was invited.
    *kept.refuses.lock().unwrap() = false;
    assert_eq!(chat.deliver("slack:CREFUSES", &message()).await, Outcome::Told("message 12.5".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn slack_told_hours_later_what_was_not_so_any_more() {
    let world = World::new();
    let kept = Kept::of(&world);
    let chat = ByChat::new(kept.clone(), world.store.clone());
    chat.deliver("slack:CWAITS", &message()).await;
    chat.take_back("slack:CWAITS", &message(), world.clock.now()).await.unwrap();
    let post =
        || async { record::load::<Post>(&*world.store, &format!("{KEY} slack:CWAITS")).await.unwrap().unwrap().value };
    assert_eq!(post().await.waiting, 0, "the outbox sends what waits");
    // It is so again: it is sent.
    chat.deliver("slack:CWAITS", &message()).await;
    assert_eq!(post().await.waiting, 1);
    // What stands there stays.
    chat.deliver("slack:C1", &message()).await;
    chat.take_back("slack:C1", &message(), world.clock.now()).await.unwrap();
    assert_eq!(chat.deliver("slack:C1", &message()).await, Outcome::Told("message 12.5".to_owned()));
}
