//! `service-account-missing`: workloads that name a ServiceAccount that does not exist.

use super::missing::{self, Wanted};
use super::{Looked, Snapshot};
use domain::envelope::Failure;
use domain::observed::kubernetes::Severity;

const WANTED: Wanted = Wanted {
    check: "service-account-missing",
    severity: Severity::Warning,
    is_meant: |referred| referred.object.kind == "ServiceAccount",
    why: "is missing: no more pods can be made",
};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    missing::check(snapshot, &snapshot.service_accounts, &WANTED)
}
