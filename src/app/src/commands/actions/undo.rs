//! `actions undo`: what Scarlet did last of an incident, taken back while its effect is still watched.
//!
//! Guarantees: only what is under way is taken back, of the plan that was named where one was; only an approver has it so.
//!
//! Deliberately absent: the reverse of what was verified long ago. The world moved on since: that is an action of its own,
//! planned and decided on like any other.

use super::{at_the_terminal, stop};
use crate::cli::scarlet::Undo;
use crate::cli::{Exit, Stop};
use crate::commands::incidents;
use crate::output;
use crate::settings::Settings;
use domain::heal::Heal;
use domain::incident::{Deed, Incident, Refusal};
use ports::incidents::Incidents as _;
use ports::store::{Store, record};
use std::sync::Arc;

/// Has it taken back.
///
/// # Errors
/// There is no such incident or action, nothing of it is under way, or the store cannot be reached.
pub async fn undo(store: &Arc<dyn Store>, settings: &Settings, wanted: &Undo) -> Result<Exit, Stop> {
    let incident = incident_of(store, &wanted.id).await?;
    let person = at_the_terminal(settings, &incident.environment);
    // Between this look and Scarlet's next one another action may begin: it is not the one that was named.
    let plan = (incident.id != wanted.id).then(|| wanted.id.clone());
    let deed = Deed::TakeBack { plan, why: wanted.why.clone() };
    let done = incidents::desk(store).act(&incident.id, &person, deed).await;
    match done.map_err(stop)? {
        Some(Ok(_)) => {
            let id = &incident.id;
            output::print(&format!(
                "{id}: what was done is taken back at Scarlet's next look; `incidents show {id}` tells how that went"
            ))?;
            Ok(Exit::Done)
        }
        Some(Err(refusal)) => {
            let exit = if matches!(refusal, Refusal::NotPermitted { .. }) { Exit::NotPermitted } else { Exit::Failed };
            Err(Stop::new(exit, format!("nothing is taken back of {}: {refusal}", wanted.id)))
        }
        None => Err(unknown(&wanted.id)),
    }
}

/// The incident of this id; or of the action of this id, where that is the last one.
async fn incident_of(store: &Arc<dyn Store>, id: &str) -> Result<Incident, Stop> {
    if let Some(found) = record::load::<Incident>(store.as_ref(), id).await.map_err(stop)? {
        return Ok(found.value);
    }
    let Some((incident, _)) = id.rsplit_once('.') else { return Err(unknown(id)) };
    let found = record::load::<Incident>(store.as_ref(), incident).await.map_err(stop)?;
    let heal = record::load::<Heal>(store.as_ref(), incident).await.map_err(stop)?;
    let (Some(found), Some(heal)) = (found, heal) else { return Err(unknown(id)) };
    if heal.value.current_plan() != id {
        let text = format!(
            "nothing is taken back: {id} is over, the last action of {incident} is {}; the reverse of {id} is an action of its own",
            heal.value.current_plan()
        );
        return Err(Stop::new(Exit::Failed, text));
    }
    Ok(found.value)
}

fn unknown(id: &str) -> Stop {
    Stop::new(Exit::Failed, format!("there is no incident or action {id}; `incidents list` shows what is open"))
}
