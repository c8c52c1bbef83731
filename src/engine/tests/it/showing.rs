//! What people see keeps step with what is stored: on a paused clock, over a store that breaks, in a chat that does too.

use crate::shaky::{Broken, Shaky, approval, began, change, incident, person, put, shaky};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::approval::{Approval, Choice};
use domain::incident::{Incident, State};
use engine::approvals::ApprovalDesk;
use engine::showing::Showing;
use ports::approvals::{Approvals, Ballot};
use ports::chat::{Chat, ChatError};
use ports::clock::Clock;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A time of day that goes with tokio's clock, which the test pauses.
struct Going(Instant);

impl Clock for Going {
    fn now(&self) -> DateTime<Utc> {
        began() + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }
}

/// A chat that writes down what it is shown: `12 INC-1 Open`, the seconds since the beginning first.
#[derive(Default)]
struct Recorder {
    told: Mutex<Vec<String>>,
    fails: Mutex<BTreeSet<String>>,
    hangs: Mutex<BTreeSet<String>>,
}

impl Recorder {
    async fn shown(&self, id: &str, how: String, now: DateTime<Utc>) -> Result<(), ChatError> {
        if self.hangs.lock().unwrap().contains(id) {
            std::future::pending::<()>().await;
        }
        let failed = self.fails.lock().unwrap().contains(id);
        let seconds = now.signed_duration_since(began()).num_seconds();
        let mark = if failed { " failed" } else { "" };
        self.told.lock().unwrap().push(format!("{seconds} {id} {how}{mark}"));
        if failed { Err(ChatError::Unavailable("the test says so".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl Chat for Recorder {
    async fn show_incident(&self, incident: &Incident, now: DateTime<Utc>) -> Result<(), ChatError> {
        self.shown(&incident.id, format!("{:?}", incident.state), now).await
    }

    async fn show_approval(&self, approval: &Approval, now: DateTime<Utc>) -> Result<(), ChatError> {
        self.shown(&approval.id, format!("{:?}", approval.state), now).await
    }

    /// Nothing is told in words; where it were, no test would find it among what it wants.
    async fn tell(&self, place: &str, key: &str, markdown: &str) -> Result<(), ChatError> {
        self.told.lock().unwrap().push(format!("{place} {key} {markdown}"));
        Ok(())
    }
}

struct World {
    store: Arc<Shaky>,
    clock: Arc<Going>,
    chat: Arc<Recorder>,
    desk: Arc<ApprovalDesk>,
    leads: Arc<AtomicBool>,
    showing: Arc<Showing>,
    stop: CancellationToken,
}

const EVERY: Duration = Duration::from_secs(15);

fn world() -> World {
    let clock = Arc::new(Going(Instant::now()));
    let store = shaky(clock.clone());
    let drawn = AtomicU64::new(0);
    let draw = Arc::new(move || format!("drawn-{}", drawn.fetch_add(1, Ordering::Relaxed)));
    let desk = Arc::new(ApprovalDesk::new(store.clone(), clock.clone(), draw));
    let chat = Arc::new(Recorder::default());
    let leads = Arc::new(AtomicBool::new(true));
    let asked = leads.clone();
    let leads_now: engine::showing::Leads = Arc::new(move || asked.load(Ordering::Relaxed));
    let showing = Showing::new(store.clone(), clock.clone(), desk.clone(), chat.clone(), leads_now, EVERY);
    World { store, clock, chat, desk, leads, showing: Arc::new(showing), stop: CancellationToken::new() }
}

impl World {
    fn begin(&self) {
        let (showing, stop) = (self.showing.clone(), self.stop.clone());
        tokio::spawn(async move { showing.run(stop).await });
    }

    /// Lets so many seconds pass, and a little, so that what is due at the end of them is done.
    async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds) + Duration::from_millis(10)).await;
    }

    /// What was shown since it was asked last.
    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.chat.told.lock().unwrap())
    }

    async fn says(&self, choice: Choice) {
        let (ann, plan) = (person("ann"), approval("APR-1", 1).plan);
        self.desk
            .vote(Ballot { approval: "APR-1", plan: &plan, person: &ann, choice, by_way_of: "terminal" })
            .await
            .unwrap();
    }

    async fn becomes(&self, id: &str, state: State) {
        let now = self.clock.now();
        change::<Incident>(&*self.store, id, |incident| {
            incident.state = state;
            incident.changed_at = now;
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_there_at_the_start_is_shown_once_and_each_change_once() {
    let world = world();
    put(&*world.store, &Incident { changed_at: began() - TimeDelta::days(9), ..incident("INC-1") }).await;
    let ended =
        |id, hours| Incident { state: State::Resolved, changed_at: began() - TimeDelta::hours(hours), ..incident(id) };
    put(&*world.store, &ended("INC-2", 2)).await;
    put(&*world.store, &ended("INC-3", 50)).await;
    put(&*world.store, &approval("APR-1", 1)).await;
    world.begin();
    world.pass(1).await;
    assert_eq!(world.told(), ["0 INC-1 WaitingForApproval", "0 APR-1 Pending", "0 INC-2 Resolved"]);
    world.pass(600).await;
    let whole = |at: u32| [format!("{at} INC-1 WaitingForApproval"), format!("{at} APR-1 Pending")];
    assert_eq!(world.told(), [whole(300), whole(600)].concat(), "what is over does not come again");
    world.becomes("INC-1", State::Escalated).await;
    world.pass(16).await;
    let told = world.told();
    assert!(told.len() == 1 && told[0].ends_with("INC-1 Escalated"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_nudge_brings_the_next_look_at_once() {
    let world = world();
    world.begin();
    world.pass(1).await;
    put(&*world.store, &Incident { changed_at: world.clock.now(), ..incident("INC-1") }).await;
    world.pass(2).await;
    assert_eq!(world.told(), Vec::<String>::new());
    world.showing.nudge();
    world.pass(0).await;
    assert_eq!(world.told(), ["3 INC-1 WaitingForApproval"]);
}

#[tokio::test(start_paused = true)]
async fn a_countdown_is_shown_each_second_until_it_is_over() {
    let world = world();
    put(&*world.store, &approval("APR-1", 1)).await;
    world.begin();
    world.pass(1).await;
    world.told();
    world.says(Choice::Approve).await;
    world.showing.nudge();
    world.pass(20).await;
    let told = world.told();
    let wanted: Vec<String> = (1..=11).map(|second| format!("{second} APR-1 Granted")).collect();
    assert_eq!(told, wanted);
}

#[tokio::test(start_paused = true)]
async fn a_countdown_ends_with_the_rejection() {
    let world = world();
    put(&*world.store, &approval("APR-1", 1)).await;
    world.begin();
    world.pass(1).await;
    world.says(Choice::Approve).await;
    world.showing.nudge();
    world.pass(3).await;
    world.says(Choice::Reject).await;
    world.told();
    world.pass(60).await;
    assert_eq!(world.told(), ["5 APR-1 Rejected"]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_decides_expires_and_is_shown_so() {
    let world = world();
    put(&*world.store, &approval("APR-1", 1)).await;
    world.begin();
    world.pass(1_790).await;
    world.told();
    world.pass(30).await;
    assert_eq!(world.told(), ["1800 APR-1 Expired"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_shown_is_tried_again_with_growing_pauses_and_stops_nothing_else() {
    let world = world();
    world.chat.fails.lock().unwrap().insert("INC-1".to_owned());
    world.chat.hangs.lock().unwrap().insert("INC-2".to_owned());
    for id in ["INC-1", "INC-2", "INC-3"] {
        put(&*world.store, &incident(id)).await;
    }
    world.store.plant_damaged_approval("APR-0");
    world.store.plant_newer_incident("INC-0");
    put(&*world.store, &approval("APR-1", 1)).await;
    world.begin();
    world.pass(11).await;
    let told = world.told();
    assert!(told.iter().any(|told| told.ends_with("INC-3 WaitingForApproval")), "{told:?}");
    assert!(told.iter().any(|told| told.ends_with("APR-1 Pending")), "{told:?}");
    world.pass(3_600).await;
    let tries = world.told().iter().filter(|told| told.contains(" INC-1 ")).count();
    assert!((10..40).contains(&tries), "{tries} tries in an hour: each 300 s at most, half of it at least");
    world.chat.fails.lock().unwrap().clear();
    world.chat.hangs.lock().unwrap().clear();
    world.pass(330).await;
    let mut told = world.told();
    told.iter_mut().for_each(|told| *told = told.split_once(' ').unwrap().1.to_owned());
    // What went well is shown again with each whole look.
    told.retain(|told| !told.starts_with("APR-1") && !told.starts_with("INC-3"));
    told.sort();
    told.dedup();
    assert_eq!(told, ["INC-1 WaitingForApproval", "INC-2 WaitingForApproval"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_does_not_wait_for_the_pause_of_what_failed_before() {
    let world = world();
    world.chat.fails.lock().unwrap().insert("INC-1".to_owned());
    put(&*world.store, &incident("INC-1")).await;
    world.begin();
    world.pass(1_000).await;
    world.chat.fails.lock().unwrap().clear();
    world.told();
    world.becomes("INC-1", State::Resolved).await;
    world.showing.nudge();
    world.pass(0).await;
    assert_eq!(world.told().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_away_is_looked_at_again() {
    let world = world();
    put(&*world.store, &incident("INC-1")).await;
    world.store.breaks(Broken::All);
    world.begin();
    world.pass(120).await;
    assert_eq!(world.told(), Vec::<String>::new());
    world.store.breaks(Broken::Hangs);
    world.pass(120).await;
    world.store.mends();
    world.pass(310).await;
    assert_eq!(world.told().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_lead_shows_nothing_and_who_leads_again_looks_at_everything() {
    let world = world();
    world.leads.store(false, Ordering::Relaxed);
    put(&*world.store, &incident("INC-1")).await;
    world.begin();
    world.showing.nudge();
    world.pass(100).await;
    assert_eq!(world.told(), Vec::<String>::new());
    world.leads.store(true, Ordering::Relaxed);
    world.pass(16).await;
    assert_eq!(world.told().len(), 1);
    world.leads.store(false, Ordering::Relaxed);
    world.pass(100).await;
    world.leads.store(true, Ordering::Relaxed);
    world.pass(16).await;
    assert_eq!(world.told().len(), 1, "what others did meanwhile is not known");
}

#[tokio::test(start_paused = true)]
async fn a_change_by_a_clock_that_is_far_behind_is_seen_at_the_next_whole_look() {
    let world = world();
    put(&*world.store, &incident("INC-1")).await;
    world.begin();
    world.pass(200).await;
    world.told();
    change::<Incident>(&*world.store, "INC-1", |incident| incident.state = State::Resolved).await;
    world.pass(330).await;
    let told = world.told();
    assert!(told.len() == 1 && told[0].ends_with("INC-1 Resolved"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_it_is_stopped() {
    let world = world();
    let (showing, stop) = (world.showing.clone(), world.stop.clone());
    let task = tokio::spawn(async move { showing.run(stop).await });
    world.pass(100).await;
    world.stop.cancel();
    tokio::time::timeout(Duration::from_secs(1), task).await.unwrap().unwrap();
}
