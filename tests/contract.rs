//! The contract of the tool servers: the same assertions against the simulated estate and against real servers.
//!
//! Written from the API references of the backends, so that what passes here holds for any conformant server. Prometheus,
//! Alertmanager and VictoriaMetrics are Debian's own, started for the run. Others are named by variables, and are said to
//! be "not run" where they are not named:
//!
//! ```text
//! CONTRACT_KUBECONFIG=…/kubeconfig  CONTRACT_PROMETHEUS_URL=http://…  CONTRACT_ALERTMANAGER_URL=http://…
//! CONTRACT_LOKI_URL=http://…        CONTRACT_TEMPO_URL=http://…
//! cargo nextest run -p acceptance --test contract --no-capture
//! ```
//!
//! At an Alertmanager that is named, one silence on a label that no alert has is made and ended.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests fail their test by panicking, and tell what was not run"
)]

mod contract {
    pub mod alertmanager;
    pub mod kubernetes;
    pub mod loki;
    pub mod place;
    pub mod prometheus;
    pub mod tempo;
}
