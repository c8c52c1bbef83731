//! People: they approve and reject, take their word back, freeze and lift, take incidents and end them, all at once.
//!
//! Anna and Ben may approve; Carl may not, and tries all the same. Once the weather is calm they do their duty: lift what is
//! frozen, put right what Scarlet did not heal, and end what was handed to them.

use crate::dice::Dice;
use crate::house::{ENVIRONMENT, House};
use crate::life::Life;
use crate::mischief::Mischief;
use crate::process::{self, Start};
use crate::replica::Replica;
use crate::time::SimulatedClock;
use chrono::TimeDelta;
use domain::approval::{Choice, State};
use domain::guard::{Actor, Scope};
use domain::incident::{Deed, Incident, State as IncidentState};
use domain::person::{Person, Role, Standing};
use engine::approvals::ApprovalDesk;
use engine::incidents::IncidentDesk;
use ports::approvals::{Approvals as _, Ballot};
use ports::clock::Clock as _;
use ports::incidents::Incidents as _;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::guards::{GuardKeeper, Lifting, Signature};
use tokio::time::Instant;

/// How long an incident that was handed to people waits for them.
const THEIRS: TimeDelta = TimeDelta::minutes(3);

/// One of them.
pub struct Somebody {
    person: Person,
    house: Arc<House>,
    replicas: Vec<Arc<Replica>>,
    approvals: Arc<ApprovalDesk>,
    incidents: IncidentDesk,
    guards: Arc<GuardKeeper>,
    life: Arc<Life>,
    clock: Arc<SimulatedClock>,
    weather: Arc<crate::weather::Weather>,
    dice: Dice,
    /// Whether they do nothing but their duty.
    is_calm: AtomicBool,
}

impl Somebody {
    /// Somebody of a role.
    pub fn new(name: &str, role: Role, house: &Arc<House>, replicas: &[Arc<Replica>], began: Instant) -> Arc<Self> {
        let clock = Arc::new(SimulatedClock::right(began));
        let weather = house.weather();
        let start = Start {
            name: name.to_owned(),
            clock: clock.clone(),
            weather: weather.clone(),
            crash: None,
            pace: Duration::from_secs(60),
        };
        let (approvals, incidents, guards, life) = process::desks(house, &start);
        let person = Person {
            id: format!("sim:{name}"),
            name: name.to_owned(),
            standing: Standing::Member,
            role: Some(role),
            groups: BTreeSet::new(),
            zone: None,
        };
        Arc::new(Self {
            person,
            house: Arc::clone(house),
            replicas: replicas.to_vec(),
            approvals,
            incidents,
            guards,
            life,
            clock,
            weather,
            dice: house.dice.fork(name),
            is_calm: AtomicBool::new(false),
        })
    }

    /// Nothing but duty from now on.
    pub fn calm(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
        self.weather.calm();
    }

    /// Lives on.
    pub async fn run(self: Arc<Self>) {
        loop {
            tokio::time::sleep(Duration::from_millis(self.dice.between(5_000, 45_000))).await;
            let is_calm = self.is_calm.load(Ordering::Relaxed);
            // They look only where there is something to see: idle looks are of no interest, and most of the time.
            if self.house.watch.anything_asked() {
                self.decide(is_calm).await;
            }
            self.freeze_or_lift(is_calm).await;
            if self.house.watch.any_incident() {
                self.see_to_incidents(is_calm).await;
            }
        }
    }

    /// Says yes, no, or takes a word back.
    async fn decide(&self, is_calm: bool) {
        let Ok(pending) = self.approvals.pending().await else { return };
        let may_approve = self.person.role >= Some(Role::Approver);
        for approval in pending {
            // Whoever may not approve tries now and then.
            if !may_approve && !self.dice.chance(200) {
                continue;
            }
            let choice = match self.dice.below(100) {
                0..=54 => Choice::Approve,
                55..=60 => Choice::Reject,
                _ if is_calm => Choice::Approve,
                _ => continue,
            };
            let ballot = Ballot {
                approval: &approval.id,
                plan: &approval.plan,
                person: &self.person,
                choice,
                by_way_of: "simulation",
            };
            if choice == Choice::Reject {
                self.house.chronicle.injected("rejection", &self.person.name, &approval.id);
            }
            self.say(ballot).await;
            if choice == Choice::Approve && !is_calm && self.dice.chance(250) {
                tokio::time::sleep(Duration::from_millis(self.dice.between(100, 18_000))).await;
                let ballot = Ballot { approval: &approval.id, ..ballot };
                if let Ok(Some((outcome, stands))) = self.approvals.take_back(ballot).await {
                    self.said(format_args!("takes {} back: {outcome:?}, it is {:?}", approval.id, stands.state));
                    let is_late = stands.state == State::Started;
                    self.house.chronicle.injected(
                        if is_late { "withdrawal too late" } else { "withdrawal" },
                        &self.person.name,
                        &approval.id,
                    );
                }
            }
        }
    }

    /// A word on its way: it may take its time, and may arrive twice at once.
    async fn say(&self, ballot: Ballot<'_>) {
        let rates = self.weather.rates();
        if self.dice.chance(rates.word_late) {
            self.house.chronicle.injected("word late", &self.person.name, ballot.approval);
            tokio::time::sleep(Duration::from_secs(self.dice.between(5, 90))).await;
        }
        let outcome = if self.dice.chance(rates.word_doubled) {
            self.house.chronicle.injected("word doubled", &self.person.name, ballot.approval);
            let (one, other) = futures::future::join(self.approvals.vote(ballot), self.approvals.vote(ballot)).await;
            one.or(other)
        } else {
            self.approvals.vote(ballot).await
        };
        if let Ok(Some((outcome, _))) = outcome {
            self.said(format_args!("{:?} {}: {outcome:?}", ballot.choice, ballot.approval));
        }
    }

    fn said(&self, what: std::fmt::Arguments<'_>) {
        self.house.chronicle.happened("words of people", &self.person.name, what);
        for process in self.replicas.iter().filter_map(|replica| replica.process()) {
            process.nudge();
        }
    }

    async fn freeze_or_lift(&self, is_calm: bool) {
        let scope = if self.dice.chance(500) { Scope::All } else { Scope::Environment(ENVIRONMENT.to_owned()) };
        let actor = Actor { person: self.person.id.clone(), is_approver: self.person.role >= Some(Role::Approver) };
        let signature = Signature::of(domain::audit::Actor::System);
        if !is_calm && self.house.rates.touched > 0 && self.dice.chance(8) {
            let frozen = self.guards.freeze(scope.clone(), &actor, "a simulated fright", &signature).await;
            if frozen.is_ok() {
                self.house.chronicle.injected("freeze", &self.person.name, &scope);
            }
        }
        if !self.house.watch.anything_frozen() || self.house.mischief == Mischief::Frozen {
            return;
        }
        let Ok(status) = self.guards.status().await else { return };
        for freeze in status.freezes() {
            if !is_calm && !self.dice.chance(300) {
                continue;
            }
            let lifting = Lifting::Freeze(freeze.scope.clone());
            if self.guards.lift(&lifting, &actor, "it was nothing", &signature).await.is_ok() {
                self.house.chronicle.injected("lift", &self.person.name, &freeze.scope);
            }
        }
    }

    async fn see_to_incidents(&self, is_calm: bool) {
        if self.house.mischief == Mischief::Idle {
            return;
        }
        // What they see is what was written last; the desk is asked for what they do.
        let Ok((incidents, ..)) = self.house.watch.newest() else { return };
        for incident in incidents.into_iter().filter(|incident| incident.is_open()) {
            let Some(deed) = self.deed(&incident, is_calm) else { continue };
            if matches!(deed, Deed::Resolve(_)) {
                self.house.cluster.repair();
            }
            let told = format!("{deed:?} {}", incident.id);
            if let Ok(Some(Ok(_))) = self.incidents.act(&incident.id, &self.person, deed).await {
                self.said(format_args!("{told}"));
            }
        }
    }

    /// What they do to an incident, if anything.
    fn deed(&self, incident: &Incident, is_calm: bool) -> Option<Deed> {
        let waited = self.clock.now() - incident.changed_at;
        let is_theirs = incident.state == IncidentState::Escalated || incident.owner.as_ref() == Some(&self.person.id);
        let has_waited = waited > THEIRS && is_theirs;
        let is_old = self.clock.now() - incident.opened_at > self.house.patience;
        let is_left = is_calm && is_old && matches!(incident.state, IncidentState::Deciding | IncidentState::Open);
        if has_waited || is_left {
            return Some(Deed::Resolve("put right by hand".to_owned()));
        }
        if is_calm {
            return None;
        }
        match self.dice.below(1_200) {
            0 => Some(Deed::Claim),
            1 => Some(Deed::Escalate("this looks bad".to_owned())),
            2 => Some(Deed::Resolve("it is nothing".to_owned())),
            3 => Some(Deed::Release),
            4..40 if matches!(incident.state, IncidentState::Acting | IncidentState::Verifying) => {
                Some(Deed::TakeBack { plan: None, why: "it feels wrong".to_owned() })
            }
            _ => None,
        }
    }

    /// Ends with the run.
    pub fn end(&self) {
        self.life.end();
    }
}
