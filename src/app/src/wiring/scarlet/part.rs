//! How Scarlet's sources stand, for `GET /health`: each that cannot be heard is told, with when it was heard last.
//!
//! A source that is away is no failure of the service: a restart would help nothing.

use crate::wiring::freezing::standing;
use async_trait::async_trait;
use chrono::Utc;
use engine::scarlet::intake::SignalIntake;
use engine::scarlet::senses::Board;
use ports::guards::Guarding;
use ports::signals::Intake as _;
use std::sync::Arc;
use web::health::{Component, Part, Status};

const NAME: &str = "scarlet";

/// Sources that are named at most.
const NAMED: usize = 5;

/// Her part.
pub struct ScarletPart {
    board: Arc<Board>,
    intake: Arc<SignalIntake>,
    guards: Arc<dyn Guarding>,
}

impl ScarletPart {
    /// Over the standing of her senses and of those who send webhooks, and what keeps actions from beginning.
    pub fn new(board: Arc<Board>, intake: Arc<SignalIntake>, guards: Arc<dyn Guarding>) -> Self {
        Self { board, intake, guards }
    }
}

#[async_trait]
impl Part for ScarletPart {
    fn name(&self) -> &str {
        NAME
    }

    async fn look(&self) -> Component {
        let senses = self.board.senses();
        let of_senses = senses
            .iter()
            .filter(|sense| sense.looks && sense.standing.problem.is_some())
            .map(|sense| format!("{} of {}: {}", sense.origin.source, sense.origin.environment, sense.standing.told()));
        let of_intake = self.intake.sources().into_iter();
        let of_intake = of_intake.filter_map(|one| one.problem.map(|problem| format!("{}: {problem}", one.source)));
        let troubles: Vec<String> = of_senses.chain(of_intake).collect();
        let mut troubles = troubles;
        let held = match self.guards.status().await {
            Ok(guards) => standing(&guards, None, Utc::now()),
            Err(error) => {
                troubles.insert(0, format!("whether actions are frozen could not be looked at: {error}"));
                Vec::new()
            }
        };
        let status = if troubles.is_empty() { Status::Ok } else { Status::Degraded };
        let looking = senses.iter().filter(|sense| sense.looks).count();
        let mut detail = match looking {
            0 => format!("{} sources are declared; another process looks, or none does yet", senses.len()),
            looking => format!("{looking} sources are looked at"),
        };
        for trouble in held.iter().take(NAMED).chain(troubles.iter().take(NAMED)) {
            detail.push_str("; ");
            detail.push_str(trouble);
        }
        if let Some(more) = troubles.len().checked_sub(NAMED).filter(|more| *more > 0) {
            detail.push_str(&format!("; and {more} more"));
        }
        Component { name: NAME.to_owned(), status, detail, since: None }
    }
}
