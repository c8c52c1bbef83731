//! The stages of a plan, and what its digest binds.

use super::fixtures::{Case, all, now, rules};
use super::*;
use crate::approval::{self, Approval, Asking, Permitted, State};
use crate::audit::{Actor, Kind, OpenAction, Record, Stage};
use crate::person::Role;
use crate::policy::{Decision, Verdict};
use crate::safety;
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;

mod digest;
mod drafting;
mod granting;
mod pinning;
mod showing;

fn named(name: &str) -> Case {
    all().into_iter().find(|case| case.name == name).unwrap()
}

fn reviewed(case: &Case) -> Reviewed {
    safety::review(Drafted::new(case.plan.clone()).unwrap(), &case.seen, &rules()).unwrap()
}

fn decision(verdict: Verdict) -> Decision {
    Decision { verdict, row: "row 7".to_owned(), score: 870, told: "acts by itself".to_owned(), ..Decision::denied("") }
}

/// A decision on the plan of a case.
fn decided(case: &Case, verdict: Verdict) -> Decision {
    Decision { plan: case.plan.digest(), ..decision(verdict) }
}
