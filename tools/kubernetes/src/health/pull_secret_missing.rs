//! `pull-secret-missing`: workloads that name an image pull Secret that does not exist. Images may be public all the same.

use super::missing::{self, Wanted};
use super::{Looked, Snapshot};
use crate::shape::references::PULL_SECRET;
use domain::envelope::Failure;
use domain::observed::kubernetes::Severity;

const WANTED: Wanted = Wanted {
    check: "pull-secret-missing",
    severity: Severity::Info,
    is_meant: |referred| referred.how == PULL_SECRET,
    why: "is missing: images that need it cannot be pulled",
};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    missing::check(snapshot, &snapshot.secrets, &WANTED)
}
