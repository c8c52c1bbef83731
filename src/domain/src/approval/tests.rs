//! Approvals: every rule once, the matrix of who says what when, and what holds after any sequence of steps.

mod matrix;
mod properties;
mod rules;
mod told;

use super::*;
use crate::person::{Person, Standing};
use chrono::TimeDelta;

/// When the approval of these tests is asked for.
fn asked_at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// So many milliseconds after that.
fn after(milliseconds: i64) -> DateTime<Utc> {
    asked_at() + TimeDelta::milliseconds(milliseconds)
}

/// How long it can be decided, in milliseconds.
const LASTS: i64 = 1_800_000;

const COUNTDOWN: i64 = COUNTDOWN_SECONDS * 1_000;

fn plan(resource_version: &str) -> ShownPlan {
    ShownPlan {
        environment: "prod".to_owned(),
        object: ObjectRef::namespaced("Deployment", "shop", "checkout"),
        resource_version: resource_version.to_owned(),
        action: "rollout_undo".to_owned(),
        summary: "Roll Deployment shop/checkout back to revision 41".to_owned(),
        arguments: r#"{"name":"checkout","namespace":"shop","to_revision":41}"#.to_owned(),
        diff: "-  image: shop/checkout:2.14.0\n+  image: shop/checkout:2.13.6\n".to_owned(),
        blast_radius: "3 pods".to_owned(),
        success_check: "3 of 3 pods ready".to_owned(),
        undo: "Roll forward to revision 42".to_owned(),
        confidence: 870,
        rule: "row 7".to_owned(),
        plan: String::new(),
    }
}

fn permitted(people_needed: u32) -> Permitted {
    let people = ["ann", "ben", "proposer", "guest-named", "external-named", "bot-named", "unknown-named"];
    Permitted {
        people: people.map(str::to_owned).into(),
        groups: ["on-call".to_owned()].into(),
        role: Some(Role::Approver),
        people_needed,
    }
}

fn asking(people_needed: u32) -> Asking {
    Asking {
        id: "APR-1".to_owned(),
        incident: None,
        shown: plan("7"),
        proposer: Proposer::Scarlet,
        permitted: permitted(people_needed),
        expires_at: after(LASTS),
    }
}

fn pending(people_needed: u32) -> Approval {
    Approval::ask(asking(people_needed), asked_at()).unwrap()
}

/// Somebody of the house with a viewer's role, in no group.
fn person(id: &str) -> Person {
    Person {
        id: id.to_owned(),
        name: id.to_owned(),
        standing: Standing::Member,
        role: Some(Role::Viewer),
        groups: BTreeSet::new(),
        zone: None,
    }
}

/// After a word that must do something.
fn said(approval: &Approval, who: &str, choice: Choice, at: i64) -> Approval {
    let (next, outcome) = vote(approval, &person(who), &approval.plan, choice, after(at));
    next.unwrap_or_else(|| panic!("{who} {choice:?}: {outcome:?}"))
}

/// Granted at this time by as many as it takes.
fn granted(people_needed: u32, at: i64) -> Approval {
    let names = ["ann", "ben"];
    let needed = usize::try_from(people_needed).unwrap();
    names[..needed].iter().fold(pending(people_needed), |approval, name| said(&approval, name, Choice::Approve, at))
}
