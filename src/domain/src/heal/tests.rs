//! Healing: whole lives as transcripts, every rule once, and what holds after any sequence of inputs.

mod lives;
mod properties;
mod proving;
mod returning;
mod rules;
mod weighing;
mod wished_back;

use super::*;
use crate::action::{ActCall, Action};
use crate::approval::{Proposer, State as ApprovalState};
use crate::effect::EffectClass;
use crate::incident::{State, TakingBack};
use crate::plan::{BlastRadius, Condition, Rehearsal, SuccessCheck};
use crate::policy::Verdict;
use crate::verification::Outcome;
use chrono::{DateTime, TimeDelta, Utc};

/// When the incident of these tests is seen.
fn began() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn after(seconds: i64) -> DateTime<Utc> {
    began() + TimeDelta::seconds(seconds)
}

fn checkout() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

fn plan(id: &str, action: Action, made_at: DateTime<Utc>, has_undo: bool) -> Plan {
    let call =
        ActCall { server: "kubernetes".to_owned(), tool: action.name().to_owned(), arguments: serde_json::Map::new() };
    Plan {
        id: id.to_owned(),
        incident: "INC-7".to_owned(),
        environment: "prod".to_owned(),
        cluster: None,
        symptom: "crash".to_owned(),
        object: checkout(),
        resource_version: "41".to_owned(),
        pinned: None,
        undo: has_undo.then(|| call.clone()),
        action,
        call,
        reason: "its program crashes".to_owned(),
        tainted: std::collections::BTreeSet::new(),
        rehearsal: Rehearsal { class: EffectClass::W1, diff: vec!["restartedAt".to_owned()], warnings: Vec::new() },
        blast_radius: BlastRadius {
            ready_replicas: Some(3),
            replicas_left: Some(2),
            disruptions_allowed: None,
            dependants: Vec::new(),
            traffic_share: None,
        },
        success_check: SuccessCheck {
            conditions: vec![Condition::WorkloadReady { object: checkout(), baseline_ready: 1 }],
            settle_seconds: 10,
            window_seconds: 120,
        },
        proposer: Proposer::Scarlet,
        made_at,
        expires_at: made_at + TimeDelta::minutes(30),
    }
}

fn decision(verdict: Verdict) -> Decision {
    Decision {
        verdict,
        row: "confident-and-low".to_owned(),
        tabled: verdict,
        score: 820,
        told: format!("{verdict} by the row confident-and-low"),
        ..Decision::denied("")
    }
}

fn proposal(heal: &Heal, verdict: Verdict, now: DateTime<Utc>) -> Box<Proposal> {
    proposal_of(heal, Action::RolloutRestart, verdict, now)
}

fn proposal_of(heal: &Heal, action: Action, verdict: Verdict, now: DateTime<Utc>) -> Box<Proposal> {
    let mut decision = decision(verdict);
    decision.opens_at = (verdict == Verdict::Schedule).then(|| now + TimeDelta::hours(3));
    let plan = plan(&heal.current_plan(), action, now, true);
    Box::new(Proposal { digest: "d1".to_owned(), plan, decision, choice: "the prior order".to_owned() })
}

fn diagnosis(now: DateTime<Utc>) -> Box<Diagnosis> {
    Box::new(Diagnosis {
        at: now,
        hypotheses: vec![Hypothesis {
            rule: "crash".to_owned(),
            cause: checkout(),
            affected: checkout(),
            summary: "Deployment shop/checkout crashes".to_owned(),
            per_mille: 820,
            typed_per_mille: 820,
            evidence: vec!["INC-7.r1.e3".to_owned()],
            confirmed_by: "its pods are not ready".to_owned(),
            refuted_by: "its pods are ready".to_owned(),
            standing: Standing::Confirmed,
        }],
        seen: Vec::new(),
        not_looked: Vec::new(),
        missing: 0,
        changes: Vec::new(),
    })
}

fn sight(state: State) -> Sight {
    Sight { state, part_of: None, owner: None, taking_back: None, quiet_since: None, flapping: false, mode: Mode::Live }
}

fn begin(mode: Mode) -> Heal {
    Heal::begin("INC-7", "prod", mode, began())
}

/// A life that is told: each input with what became of it.
struct Life {
    heal: Heal,
    now: DateTime<Utc>,
    transcript: String,
}

impl Life {
    fn new(mode: Mode) -> Self {
        Self { heal: begin(mode), now: began(), transcript: String::new() }
    }

    fn at(&mut self, seconds: i64) -> &mut Self {
        self.now = after(seconds);
        self
    }

    /// One input; debts are paid at once, as the engine does, and sentences for the timeline are told.
    fn put(&mut self, what: &str, input: Input) -> &mut Self {
        use std::fmt::Write as _;
        let (next, effects) = step(&self.heal, &input, self.now);
        self.heal = next;
        let seconds = (self.now - began()).num_seconds();
        writeln!(self.transcript, "{seconds:<5} s  {what} -> {}", self.heal.stage.name()).unwrap();
        for effect in effects {
            if let Effect::Pay { key, what } = effect {
                writeln!(self.transcript, "           {}", owed(&what)).unwrap();
                self.heal = step(&self.heal, &Input::Paid { key }, self.now).0;
            } else {
                writeln!(self.transcript, "           * {}", wanted(&effect)).unwrap();
            }
        }
        self
    }

    fn tick(&mut self) -> &mut Self {
        self.put("time", Input::Tick)
    }

    fn diagnosed(&mut self) -> &mut Self {
        let (round, found) = (self.heal.diagnoses, Ok(diagnosis(self.now)));
        self.put("a cause is found", Input::Diagnosed { round, found })
    }

    fn planned(&mut self, action: Action, verdict: Verdict) -> &mut Self {
        let (number, proposal) = (self.heal.plans, proposal_of(&self.heal, action, verdict, self.now));
        self.put(&format!("planned, {verdict}"), Input::Planned { number, proposal })
    }

    fn ended(&mut self, what: &str, end: End) -> &mut Self {
        let plan = self.heal.current_plan();
        self.put(what, Input::Ended { plan, end })
    }

    fn measured(&mut self, outcome: Outcome, told: &str) -> &mut Self {
        let (plan, told) = (self.heal.current_plan(), told.to_owned());
        self.put(&format!("looked: {outcome:?}"), Input::Measured { plan, outcome, told })
    }

    fn approval(&mut self, state: ApprovalState) -> &mut Self {
        let approval = self.heal.current_plan();
        let starts_at = (state == ApprovalState::Granted).then(|| self.now + TimeDelta::seconds(10));
        let ended = match state {
            ApprovalState::Rejected => Some("slack:U1 rejected it.".to_owned()),
            ApprovalState::Expired => Some("Not enough people approved it in time.".to_owned()),
            _ => None,
        };
        let input = Input::Approval { approval, state: Some(state), starts_at, ended };
        self.put(&format!("the approval is {state:?}"), input)
    }

    fn seen(&mut self, what: &str, sight: Sight) -> &mut Self {
        self.put(what, Input::Seen(sight))
    }
}

fn owed(what: &Owed) -> String {
    match what {
        Owed::Note { text } => format!("\u{201c}{text}\u{201d}"),
        Owed::Learn(lesson) => format!(
            "learn {} {} {:?} after {} s{}",
            lesson.symptom,
            lesson.action,
            lesson.outcome,
            lesson.seconds,
            if lesson.approved { ", approved" } else { "" }
        ),
        Owed::Withdraw { approval, why } => format!("withdraw {approval}: {why}"),
        Owed::Remind { approval } => format!("remind of {approval}"),
        Owed::Conclude { plan, outcome } => format!("conclude {plan}: {outcome:?}"),
        Owed::Alert { name, text, is_over: false } => format!("signal about herself {name}: {text}"),
        Owed::Alert { name, .. } => format!("signal about herself {name} is over"),
        Owed::WriteUp => "write up".to_owned(),
        Owed::TellOver { pages, text } => {
            let keys: Vec<&str> = pages.iter().map(|page| page.key.as_str()).collect();
            format!("tell everybody who was told under {}: {text}", keys.join(", "))
        }
    }
}

fn wanted(effect: &Effect) -> String {
    match effect {
        Effect::Escalate { why, key } => format!("escalate {key}: {}", why.replace('\n', " / ")),
        other => format!("{other:?}"),
    }
}

/// At the moment at which it is looked whether a restart that the policy allowed helped.
fn verifying() -> Life {
    let mut life = Life::new(Mode::Live);
    life.tick().at(1).diagnosed().planned(Action::RolloutRestart, Verdict::Allow).tick();
    let at = after(2);
    life.at(3).ended("done", End::Done { at }).at(12).tick();
    life
}

/// At the moment at which people are asked.
fn waiting() -> Life {
    let mut life = Life::new(Mode::Live);
    life.tick().at(1).diagnosed().planned(Action::RolloutRestart, Verdict::Ask);
    let approval = life.heal.current_plan();
    life.put("asked", Input::Asked { approval });
    life
}
