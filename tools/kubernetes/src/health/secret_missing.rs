//! `secret-missing`: workloads that name a Secret that does not exist. Only names are read.

use super::missing::{self, Wanted};
use super::{Looked, Snapshot};
use crate::shape::references::PULL_SECRET;
use domain::envelope::Failure;
use domain::observed::kubernetes::Severity;

const WANTED: Wanted = Wanted {
    check: "secret-missing",
    severity: Severity::Warning,
    is_meant: |referred| referred.object.kind == "Secret" && referred.how != PULL_SECRET,
    why: "is missing: its next pod cannot start",
};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    missing::check(snapshot, &snapshot.secrets, &WANTED)
}
