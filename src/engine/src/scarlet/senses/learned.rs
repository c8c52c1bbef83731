//! What a sense has learned, kept now and then, so that a restart and a change of the leader make it learn nothing anew.
//!
//! Guarantees: what is kept was read before it is written over; a store that is away costs what was learned since the
//! last time and nothing else; at most one writing in [`EVERY`].
//!
//! Deliberately absent: what was *told*, which must not be lost (`keeper`, each time before it is told).

use super::{Parts, Sense, board};
use domain::sense::Origin;
use std::time::Duration;
use tokio::time::Instant;

/// Time between two times of keeping: what is learned in it is lost where the process dies.
const EVERY: Duration = Duration::from_secs(300);

/// When it was read and kept.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// When it was last read or kept; `None` before it was read.
    at: Option<Instant>,
}

impl Learned {
    /// Hands the sense what was kept, once. Where that cannot be read it is tried again at the next look, and nothing is
    /// kept until then.
    pub(super) async fn take_up(&mut self, parts: &Parts, origin: &Origin, sense: &mut dyn Sense) {
        let Some(keeper) = parts.keeper.as_ref().filter(|_| self.at.is_none()) else { return };
        match keeper.load_learned(origin).await {
            Ok(learned) => {
                if let Some(learned) = learned
                    && let Err(why) = sense.take_up(learned)
                {
                    tracing::warn!(
                        sense = board::key(origin),
                        why,
                        "what was learned is not understood; it is learned anew"
                    );
                }
                self.at = Some(Instant::now());
            }
            Err(error) => tracing::warn!(sense = board::key(origin), %error, "what was learned could not be read"),
        }
    }

    /// Keeps it where that is due.
    pub(super) async fn keep_when_due(&mut self, parts: &Parts, origin: &Origin, sense: &mut dyn Sense) {
        if self.at.is_some_and(|at| at.elapsed() >= EVERY) {
            self.keep(parts, origin, sense).await;
        }
    }

    /// Keeps it now.
    pub(super) async fn keep(&mut self, parts: &Parts, origin: &Origin, sense: &mut dyn Sense) {
        let (Some(keeper), Some(_)) = (&parts.keeper, self.at) else { return };
        let Some(learned) = sense.learned() else { return };
        self.at = Some(Instant::now());
        if let Err(error) = keeper.save_learned(origin, learned).await {
            tracing::warn!(sense = board::key(origin), %error, "what was learned could not be kept; it is tried again later");
        }
    }
}
