//! `config-map-missing`: workloads that name a ConfigMap that does not exist.

use super::missing::{self, Wanted};
use super::{Looked, Snapshot};
use domain::envelope::Failure;
use domain::observed::kubernetes::Severity;

const WANTED: Wanted = Wanted {
    check: "config-map-missing",
    severity: Severity::Warning,
    is_meant: |referred| referred.object.kind == "ConfigMap",
    why: "is missing: its next pod cannot start",
};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    missing::check(snapshot, &snapshot.config_maps, &WANTED)
}
