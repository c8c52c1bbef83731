//! The built program is killed (SIGKILL) at random moments of heals and started again, until the heals end.
//!
//! Held: the API server, which outlives all of it, saw each effect that the journal tells and no other, none twice; no
//! action is left open, each incident ends, journal and audit trail hold.
//!
//! The moments come from one seed, which is printed; `SCARLET_KILL_SEED` sets it.

mod witness;

use crate::process::{Home, Running};
use domain::approval::{Approval, State as ApprovalState};
use domain::audit::{Kind, Outcome, Record, open_actions};
use domain::guard::{LeaseRefusal, Limits};
use domain::heal::Heal;
use domain::incident::{Incident, State};
use fakes::slack_server::{SlackServer, Workspace};
use futures::future::join_all;
use ports::clock::SystemClock;
use ports::store::collections::{ALL, APPROVALS, INCIDENTS};
use ports::store::query::{Condition, Query};
use ports::store::record;
use ports::store::{Log, Store};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::guards::{GuardKeeper, NotDone};
use store::sqlite::{Options, Sqlite};
use tokio::time::Instant;
use witness::Witnessed;

/// Heals side by side, and kills of each: twenty moments.
const HEALS: u64 = 4;
const KILLS: u32 = 5;

/// The moments of every run where the environment names no others.
const SEED: u64 = 20_261_121;

/// How long one life of the program lasts at most until it is killed, in milliseconds, from when it listens.
const LONGEST_LIFE_MS: u64 = 7_000;

/// A heal is over by then; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(300);

/// Numbers of chance (SplitMix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_twenty_moments_of_heals_it_doubles_nothing_and_loses_nothing() {
    let seed = std::env::var("SCARLET_KILL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    println!("SCARLET_KILL_SEED={seed}");
    let ends = join_all((0..HEALS).map(|number| healed_through_kills(seed, number))).await;
    let healed = ends.iter().filter(|state| **state == State::Resolved).count();
    assert!(healed > 0, "no heal came through its kills: {ends:?}");
}

/// One heal from its first signal to its end. Answers with how the incident ended.
async fn healed_through_kills(seed: u64, number: u64) -> State {
    let mut chance = Chance(seed ^ (number << 32));
    let mut patient = Patient::admit(7 + number).await;
    let mut running = patient.start().await;
    patient.until("an incident is open", async |patient: &Patient| !patient.incidents().await.is_empty()).await;
    for kill in 1..=KILLS {
        let life = Duration::from_millis(chance.below(LONGEST_LIFE_MS));
        patient.live(Instant::now() + life).await;
        assert!(!patient.is_over().await, "heal {number} of seed {seed} was over before kill {kill}");
        running.kill().await;
        patient.bury().await;
        running = patient.start().await;
    }
    patient.until("the heal is over", async |patient: &Patient| patient.is_over().await).await;
    running.signal("TERM");
    running.ended().await.code(0);
    patient.examine(&format!("heal {number} of seed {seed}")).await
}

/// An estate with something wrong in it, and the home of the program that heals it.
struct Patient {
    estate: Witnessed,
    /// Where people are told; answers for as long as the estate stands.
    _slack: SlackServer,
    home: Home,
    approved: BTreeSet<String>,
}

impl Patient {
    async fn admit(seed: u64) -> Self {
        let estate = Witnessed::start(seed, "image-pull").await;
        let mut workspace = Workspace::new(seed).with_user("U0ANN", "ann").with_channel("C0OPS", "ops", &["U0ANN"]);
        workspace.starts_at_second = u64::try_from(chrono::Utc::now().timestamp()).unwrap();
        let slack = SlackServer::start(workspace).await;
        let home = Home::new()
            .env("SLACK_API_URL", &slack.api_url)
            .env("SLACK_BOT_TOKEN", &slack.bot_token)
            .env("SLACK_APP_TOKEN", &slack.app_token);
        let kubeconfig = home.file("kubeconfig", &estate.kubeconfig);
        let at = &estate.addresses;
        let settings = SETTINGS
            .replace("KUBECONFIG", &kubeconfig.display().to_string())
            .replace("PROMETHEUS", &at.prometheus.to_string())
            .replace("ALERTMANAGER", &at.alertmanager.to_string())
            .replace("LOKI", &at.loki.to_string())
            .replace("TEMPO", &at.tempo.to_string());
        home.file("config/auto-devops/config.toml", &settings);
        Self { estate, _slack: slack, home, approved: BTreeSet::new() }
    }

    async fn start(&self) -> Running {
        let mut running = self.home.program(&["serve", "--listen", "0"]).within(PATIENCE.as_secs() * 2).start();
        running.err_until(|told| told.contains("listening at http://") && told.contains('\n')).await;
        running
    }

    /// Opened beside the program, as its other commands do.
    async fn store(&self) -> Arc<Sqlite> {
        let options = Options::new(self.home.state(), ALL, Arc::new(SystemClock));
        Arc::new(Sqlite::open(options).await.unwrap())
    }

    /// Gives the lease of the dead process back. It would run out by itself within half a minute, twenty times.
    async fn bury(&self) {
        let store: Arc<dyn Store> = self.store().await;
        let keeper = GuardKeeper::new(store, Arc::new(SystemClock), "the test".to_owned(), Limits::default());
        let asked = keeper.acquire("upkeep", "the test", chrono::TimeDelta::seconds(20), None).await;
        match asked {
            Ok(taken) => keeper.release("upkeep", "the test", taken.token).await.unwrap(),
            Err(NotDone::Lease { refusal: LeaseRefusal::Held { lease }, .. }) => {
                keeper.release("upkeep", lease.holder.as_deref().unwrap(), lease.token).await.unwrap();
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Lets time go by, and approves whatever is asked meanwhile.
    async fn live(&mut self, until: Instant) {
        while Instant::now() < until {
            self.approve().await;
            let pause = Duration::from_millis(200).min(until.saturating_duration_since(Instant::now()));
            tokio::time::sleep(pause).await;
        }
    }

    async fn until(&mut self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(&*self).await {
            assert!(Instant::now() < deadline, "never came: {what}; {:#?}", self.heals().await);
            self.live(Instant::now() + Duration::from_millis(500)).await;
        }
    }

    /// Says yes at the terminal to what waits for one.
    async fn approve(&mut self) {
        let store = self.store().await;
        let page = store.page(&Query::of(&APPROVALS).with("state", Condition::Is("pending".into()))).await.unwrap();
        for stored in page.documents {
            let found = record::load::<Approval>(&*store, &stored.id).await.unwrap();
            let Some(approval) = found.map(|found| found.value).filter(|one| one.state == ApprovalState::Pending)
            else {
                continue;
            };
            if self.approved.insert(approval.id.clone()) {
                let digits = &approval.plan[..16];
                // It may have been withdrawn meanwhile: then the next plan is asked for.
                let yes = ["actions", "approve", &approval.id, "--plan", digits];
                let _ = self.home.program(&yes).within(PATIENCE.as_secs()).run().await;
            }
        }
    }

    async fn incidents(&self) -> Vec<Incident> {
        let store = self.store().await;
        let mut found = Vec::new();
        for stored in store.page(&Query::of(&INCIDENTS)).await.unwrap().documents {
            found.extend(record::load::<Incident>(&*store, &stored.id).await.unwrap().map(|found| found.value));
        }
        found
    }

    async fn heals(&self) -> Vec<Heal> {
        let store = self.store().await;
        let mut found = Vec::new();
        for incident in self.incidents().await {
            found.extend(record::load::<Heal>(&*store, &incident.id).await.unwrap().map(|found| found.value));
        }
        found
    }

    /// Whether no incident has anything in hand any more: each is resolved, or people have it.
    async fn is_over(&self) -> bool {
        let incidents = self.incidents().await;
        let is_done =
            |incident: &Incident| matches!(incident.state, State::Resolved | State::Closed | State::Escalated);
        let owes = self.heals().await.iter().any(|heal| !heal.owed.is_empty() || heal.stage.has_begun());
        !incidents.is_empty() && incidents.iter().all(is_done) && !owes
    }

    /// Holds what the API server saw against what the journal tells.
    async fn examine(&self, name: &str) -> State {
        let store = self.store().await;
        let mut lines = Vec::new();
        loop {
            let after = lines.last().map_or(0, |line: &domain::chain::Line| line.sequence);
            let page = store.read(Log::Journal, after, 500).await.unwrap();
            if page.is_empty() {
                break;
            }
            lines.extend(page);
        }
        let records: Vec<Record> = lines.iter().filter_map(Record::of).collect();
        let told = || format!("{name}: {:#?}\n{:#?}", self.estate.writes(), records);
        assert!(open_actions(&lines).is_empty(), "an action is open: {}", told());
        let is_end = |record: &&Record| matches!(record.kind, Kind::ActionEnded | Kind::ActionAbandoned);
        let of =
            |kind: Kind| records.iter().filter(move |one| one.kind == kind).filter_map(|one| one.action.as_deref());
        let intents: BTreeSet<&str> = of(Kind::ActionIntent).collect();
        let ended: BTreeSet<&str> = records.iter().filter(is_end).filter_map(|one| one.action.as_deref()).collect();
        assert_eq!(intents, ended, "{}", told());
        assert_eq!(intents.len(), of(Kind::ActionIntent).count(), "an action was begun twice: {}", told());
        let done = records.iter().filter(|one| one.kind == Kind::ActionEnded && one.outcome == Some(Outcome::Done));
        let unknown = records.iter().filter(|one| matches!(one.outcome, Some(Outcome::Unknown(_)))).count();
        let (done, writes) = (done.count(), self.estate.writes());
        assert!((done..=done + unknown).contains(&writes.len()), "{}", told());
        assert!(writes.iter().all(|write| write.ends_with("/deployments/search")), "{}", told());
        for log in [Log::Journal, Log::Audit] {
            assert!(store.verify(log).await.unwrap().holds(), "{name}: the {log:?} does not hold");
        }
        self.home.program(&["audit", "verify"]).within(PATIENCE.as_secs()).run().await.code(0);
        let incidents = self.incidents().await;
        incidents.first().map_or(State::Open, |incident| incident.state)
    }
}

const SETTINGS: &str = r#"
[clusters.shop]
kubeconfig = "KUBECONFIG"
act_kubeconfig = "KUBECONFIG"
[prometheus.main]
url = "http://PROMETHEUS"
alertmanager_url = "http://ALERTMANAGER"
[loki.main]
url = "http://LOKI"
[tempo.main]
url = "http://TEMPO"
[environments.shop]
autonomy = "safe"
[environments.shop.services.search]
impact = "low"
[scarlet]
escalate_to = ["slack:C0OPS"]
look_seconds = 5
[slack]
channel = "C0OPS"
admins = ["U0ANN"]
approvers = ["U0ANN"]
voice = "neutral"
"#;
