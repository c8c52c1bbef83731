//! Hostile plans, and sane ones.

mod hostile;
mod mutations;
mod sane;

use super::*;
use crate::plan::fixtures::{Case, all, rules};

fn named(name: &str) -> Case {
    all().into_iter().find(|case| case.name == name).unwrap()
}

fn said_of(case: &Case) -> Vec<String> {
    objections(&case.plan, &case.seen, &rules())
}
