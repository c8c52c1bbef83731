//! From a signal to the verdict that stands in the store: webhook, intake, correlation, diagnosis, plan, second reader,
//! policy, approval's question. The embedded store is the real one; tools and act servers answer from memory at once.
//!
//! What the read tools and the rehearsal say is recorded once, over an estate at a fixed time through the real servers;
//! each replayed run must come to the same plan with the same score. Between two runs the incident is taken away, so that
//! each signal opens one of its own.

mod hands;
mod scarlet;

use crate::Fallible;
use crate::house::{adapters_over, simulated, toolbox_over};
use crate::instant::{InstantToolbox, Recorder};
use crate::servers::Folder;
use benches::samples::{Runs, told};
use benches::table::Row;
use hands::{InstantHands, RecordingHands, acting};
use ports::hands::Hands;
use ports::toolbox::Toolbox;
use scarlet::Scarlet;
use std::sync::Arc;
use std::time::Duration;

/// A release whose image does not exist: what helps is to go back.
const SCENARIO: &str = "image-pull";

/// What the alert is about.
pub const WORKLOAD: &str = "search";

const RUNS: Runs = Runs { warm_up: 10, counted: 200 };
const BUDGET: Duration = Duration::from_millis(50);

/// The rows.
pub async fn rows() -> Fallible<Vec<Row>> {
    let folder = Folder::named("verdict")?;
    let estate = simulated(SCENARIO)?;
    let real: Arc<dyn Toolbox> = Arc::new(toolbox_over(adapters_over(Arc::clone(&estate))?));
    let catalogue = real.catalogue().await;
    let recorder = Arc::new(Recorder::new(real));
    let rehearsals = Arc::new(RecordingHands::new(acting(estate, &folder.0)?));
    let scarlet = Scarlet::start(&folder.0.join("recorded"), recorder.clone(), rehearsals.clone()).await?;
    scarlet.timed(0).await?;
    let recorded = scarlet.proposal().await?;
    scarlet.end().await?;

    let looks = recorder.recorded();
    let (calls, bytes) = (looks.len(), looks.values().flatten().map(|one| one.data.to_string().len()).sum::<usize>());
    let toolbox = Arc::new(InstantToolbox::new(catalogue, looks));
    let hands: Arc<dyn Hands> = Arc::new(InstantHands(rehearsals.recorded()));
    let scarlet = Scarlet::start(&folder.0.join("replayed"), toolbox, hands).await?;
    let mut number = 0;
    let took = RUNS
        .make_waiting(async || {
            number += 1;
            let took = scarlet.timed(number).await?;
            let proposal = scarlet.proposal().await?;
            if proposal != recorded {
                return Err(format!("a replayed signal came to {proposal:?} and not to {recorded:?}").into());
            }
            scarlet.forget().await?;
            Fallible::Ok(took)
        })
        .await?;
    scarlet.end().await?;
    Ok(vec![Row::against(
        format!(
            "from a webhook to its verdict ({}), kept and asked for; {calls} different looks ({} kB) and the rehearsal answer at once",
            recorded.told,
            bytes.div_ceil(1_000)
        ),
        took.told(),
        format!("{} p99", told(BUDGET)),
        took.p99() <= BUDGET,
    )])
}
