//! One sense's life: it begins apart from the others, looks, tells, waits, and is made anew where it breaks.

use super::learned::Learned;
use super::{Board, Pace, Parts, Sense};
use domain::backoff::{Backoff, draw};
use domain::envelope::{Failure, FailureKind};
use domain::sense::{Looked, Origin, State, observe};
use domain::signal::{Signal, Status};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// The longest pause after failures, unless the sense's own is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How long the intake may take.
const HAND_ON: Duration = Duration::from_secs(10);

/// Signals that are handed on at once.
const BATCH: usize = 50;

/// Pause before a sense that broke is made anew.
const BROKEN: Duration = Duration::from_secs(30);

/// A sense that is to run.
pub(super) struct Planned {
    pub(super) origin: Origin,
    pub(super) pace: Pace,
    /// The namespaces that belong to the environment; empty means all.
    pub(super) namespaces: BTreeSet<String>,
    pub(super) make: Box<dyn Fn() -> Box<dyn Sense> + Send + Sync>,
}

/// Runs a sense until it is stopped. One that panics is told as failing and made anew after a while.
pub(super) async fn supervise(parts: &Parts, board: &Board, planned: Planned, number: u64, stop: &CancellationToken) {
    loop {
        let life = std::panic::AssertUnwindSafe(live(parts, board, &planned, number, stop));
        if futures::FutureExt::catch_unwind(life).await.is_ok() {
            return;
        }
        let why = "the sense broke: this is a mistake in the program; it is begun anew";
        tracing::error!(sense = super::board::key(&planned.origin), why);
        board.failed(&planned.origin, &Failure::new(FailureKind::BadAnswer, why));
        if !pause(Instant::now() + BROKEN, stop).await {
            return;
        }
    }
}

/// Waits until then; false where it was stopped before.
async fn pause(until: Instant, stop: &CancellationToken) -> bool {
    tokio::select! {
        biased;
        () = stop.cancelled() => false,
        () = sleep_until(until) => true,
    }
}

async fn live(parts: &Parts, board: &Board, planned: &Planned, number: u64, stop: &CancellationToken) {
    let (origin, pace) = (&planned.origin, planned.pace);
    let mut next_look = Instant::now() + pace.every.mul_f64(draw(parts.seed, number));
    let mut sense = (planned.make)();
    let mut known: Option<State> = None;
    let mut learned = Learned::default();
    let mut failures = 0_u32;
    while pause(next_look, stop).await {
        let began = Instant::now();
        if !(parts.leads)() {
            // Whoever leads meanwhile tells and learns other things: both are read again afterwards.
            (known, failures, learned) = (None, 0, Learned::default());
            board.looks(origin, false);
            next_look = began + pace.every;
            continue;
        }
        board.looks(origin, true);
        learned.take_up(parts, origin, sense.as_mut()).await;
        let turn = turn(parts, board, planned, sense.as_mut(), known.take(), stop).await;
        known = turn.state;
        learned.keep_when_due(parts, origin, sense.as_mut()).await;
        failures = if turn.succeeded { 0 } else { failures.saturating_add(1) };
        next_look = after(began, pace, failures, draw(parts.seed, number ^ u64::from(failures) << 32));
    }
    learned.keep(parts, origin, sense.as_mut()).await;
}

/// When to look next: at the usual pace after success, later and later after failures, never in a burst for what was late.
fn after(began: Instant, pace: Pace, failures: u32, draw: f64) -> Instant {
    let usual = (began + pace.every).max(Instant::now());
    if failures == 0 {
        return usual;
    }
    let pauses = Backoff { base: pace.every, cap: LONGEST_PAUSE.max(pace.every), longest_wish: Duration::ZERO };
    // Between half of what is due and all of it: several that failed together do not come back together.
    usual.max(began + pauses.wait(failures - 1, 0.5 + draw / 2.0))
}

struct Turn {
    /// What is known after it; `None` where it is to be read again.
    state: Option<State>,
    succeeded: bool,
}

/// One look, what is news of it, and the handing on.
async fn turn(
    parts: &Parts,
    board: &Board,
    planned: &Planned,
    sense: &mut dyn Sense,
    known: Option<State>,
    stop: &CancellationToken,
) -> Turn {
    let origin = &planned.origin;
    let state = match known {
        Some(state) => state,
        None => match remembered(parts, origin).await {
            Ok(state) => state,
            Err(failure) => {
                failed(parts, board, origin, &failure);
                return Turn { state: None, succeeded: false };
            }
        },
    };
    let look = look(parts, planned.pace, sense, &state, stop).await;
    let look = look.map(|looked| looked.belonging_to(&planned.namespaces));
    if stop.is_cancelled() && look.is_err() {
        return Turn { state: Some(state), succeeded: false };
    }
    let now = parts.clock.now();
    let (next, signals) = observe(&state, look.as_ref(), origin, &parts.telling, now);
    let (standing, failure) = match look {
        Err(failure) => (next.standing, failure),
        Ok(_) => match hand_on(parts, origin, &state, &next, signals).await {
            Ok(()) => {
                board.stands(origin, &next.standing);
                parts.intake.heard(&origin.source);
                return Turn { state: Some(next), succeeded: true };
            }
            // The source was heard; what it told is news at the next look again.
            Err(failure) => (next.standing.failed(&failure, now), failure),
        },
    };
    board.stands(origin, &standing);
    parts.intake.trouble(&origin.source, &failure.to_string());
    Turn { state: Some(State { standing, known: state.known }), succeeded: false }
}

fn failed(parts: &Parts, board: &Board, origin: &Origin, failure: &Failure) {
    board.failed(origin, failure);
    parts.intake.trouble(&origin.source, &failure.to_string());
}

/// What the sense told before a restart, or before another process led.
async fn remembered(parts: &Parts, origin: &Origin) -> Result<State, Failure> {
    let Some(keeper) = &parts.keeper else { return Ok(State::default()) };
    keeper.load(origin).await.map_err(|error| {
        Failure::new(FailureKind::Unreachable, format!("what was told before cannot be read: {error}"))
    })
}

async fn look(
    parts: &Parts,
    pace: Pace,
    sense: &mut dyn Sense,
    state: &State,
    stop: &CancellationToken,
) -> Result<Looked, Failure> {
    let cancel = stop.child_token();
    let seconds = pace.deadline.as_secs();
    let looking = timeout(pace.deadline, sense.look(state, parts.clock.now(), &cancel));
    let looked = tokio::select! {
        biased;
        looked = looking => looked,
        () = stop.cancelled() => Ok(Err(Failure::new(FailureKind::Cancelled, "stopped"))),
    };
    looked.unwrap_or_else(|_| {
        cancel.cancel();
        Err(Failure::new(FailureKind::Timeout, format!("the look did not end within {seconds} s")))
    })
}

/// Hands signals to the intake. What is told is kept before: whoever tells the end must know of the beginning. What is
/// over is forgotten after.
async fn hand_on(
    parts: &Parts,
    origin: &Origin,
    before: &State,
    next: &State,
    signals: Vec<Signal>,
) -> Result<(), Failure> {
    let away = |what: &str, why: String| {
        Failure::new(FailureKind::Unreachable, format!("{what}: {why}")).with_hint("it is told again at the next look")
    };
    let unkept = |error: ports::store::error::StoreError| away("what was seen could not be kept", error.to_string());
    if signals.is_empty() {
        return Ok(());
    }
    if let Some(keeper) = &parts.keeper
        && signals.iter().any(|signal| signal.status == Status::Firing)
    {
        let mut both = before.clone();
        both.known.extend(next.known.clone());
        keeper.save(origin, &both).await.map_err(unkept)?;
    }
    for batch in signals.chunks(BATCH) {
        let taken = timeout(HAND_ON, parts.intake.take(batch.to_vec())).await;
        let taken = taken.map_err(|_| away("what was seen was not taken", "the intake did not answer".to_owned()))?;
        let taken = taken.map_err(|error| away("what was seen was not taken", error.to_string()))?;
        for refused in taken.refused {
            tracing::warn!(sense = super::board::key(origin), refused, "a signal was refused");
        }
    }
    match &parts.keeper {
        Some(keeper) => keeper.save(origin, next).await.map_err(unkept),
        None => Ok(()),
    }
}
