//! `serve`: the service: the store with its retention, the bus, the memory, `GET /health`, Scarlet where there is something
//! to look at, and Slack where it is set up.
//!
//! It starts and stays while the store's server, Redis or Slack is away: bus and memory begin as soon as they can, and `/health`
//! tells what is missing.
//!
//! One of several replicas on one store leads, by a lease in it; the leader alone removes what is too old. A stop lets
//! open requests end, gives the lease back and ends.

use crate::cli::state::Serve;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::settings::types::slack::WaysIn;
use crate::signals::stop_requested;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::scarlet::{self, Scarlet};
use crate::wiring::slack::{Around, Slack};
use crate::wiring::{self, StartedBus, person, state, talk};
use bus::{InProcess, Limits as BusLimits, RedisSettings, Resilient};
use chrono::{TimeDelta, Utc};
use domain::guard::Limits;
use domain::policy::Autonomy;
use engine::memory::Memory;
use engine::showing::Leads;
use ports::bus::{Bus, BusError};
use ports::clock::SystemClock;
use ports::store::Store;
use ports::store::collections::ALL;
use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::guards::{GuardKeeper, Leader, Leadership};
use store::upkeep::retention;
use store::waiting::{Settings as Waits, Waiting};
use tokio::net::TcpListener;
use tokio::sync::SetOnce;
use tokio_util::sync::CancellationToken;
use web::health::Health;

/// The lease of the replica that does the upkeep.
const LEASE: &str = "upkeep";

/// How long the others wait for a leader that died.
const LEASE_SECONDS: i64 = 30;

/// How long what waits for the server gets at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// Between two rounds of upkeep, and between two looks whether this process leads by now.
const UPKEEP: Duration = Duration::from_secs(300);
const LEADING: Duration = Duration::from_secs(5);

/// Documents of each collection in one round.
const ROUND: usize = 2_000;

/// The pauses before what failed at the start is tried again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Entries that get their vector in one step, and the pause between two steps.
const EMBEDDED_AT_ONCE: usize = 64;
const EMBEDDING_PAUSE: Duration = Duration::from_secs(30);

/// Serves until stopped.
///
/// # Errors
/// The store cannot be used, a setting of the bus is wrong, or the port is taken.
pub async fn run(arguments: &Serve, settings: &Settings) -> Result<Exit, Stop> {
    // Listened for before anything is told: who reads that it listens may send the wish to stop at once.
    let mut stopped = Box::pin(stop_requested());
    if futures::poll!(stopped.as_mut()).is_ready() {
        return Ok(Exit::Done);
    }
    scarlet::check(settings)?;
    let kept = state::open(settings).await?;
    // A file is not away and back again; a server is, and what is told anyway may wait for it.
    let waiting = kept.embedded.is_none().then(|| Waiting::around(Arc::clone(&kept.store), Waits::default()));
    let store = waiting.clone().map_or(kept.store, |waiting| waiting as Arc<dyn Store>);
    let listener = listen(arguments.listen.unwrap_or(settings.state.web.listen)).await?;
    let address = listener.local_addr().map_err(|error| Stop::new(Exit::Unavailable, error.to_string()))?;
    let instance = person::replica(address.port());
    let bus = Arc::new(SetOnce::new());
    let late = match start_bus(settings, Arc::clone(&store), &instance).await {
        Ok(started) => {
            let _ = bus.set(started);
            None
        }
        Err(BusError::Unavailable(why)) => {
            output::tell(&format!("the bus starts when the store is back: {why}"));
            Some(late_bus(Arc::clone(&bus), settings.clone(), Arc::clone(&store), instance.clone()))
        }
        Err(error) => return Err(bus_stop(error)),
    };
    output::tell(&format!("listening at http://{address}"));
    let keeper = GuardKeeper::new(Arc::clone(&store), Arc::new(SystemClock), person::process(), Limits::default());
    let leader = Leader::start(Arc::new(keeper), LEASE, TimeDelta::seconds(LEASE_SECONDS));
    let memory = talk::memory(settings, Arc::clone(&store))?;
    let stop = CancellationToken::new();
    let asked = Arc::new(SetOnce::new());
    let around = Around {
        store: Arc::clone(&store),
        memory: Arc::clone(&memory),
        bus: Arc::clone(&bus),
        leads: leads(&leader),
        instance,
        health: Arc::clone(&asked),
    };
    let slack = start_slack(settings, around, &stop)?;
    let around = scarlet::Around {
        store: Arc::clone(&store),
        memory: Arc::clone(&memory),
        chat: slack.as_ref().map(Slack::chat),
        leads: leads(&leader),
        leadership: leader.watch(),
        seed: None,
    };
    let scarlet = start_scarlet(settings, around, &stop)?;
    let remembering = tokio::spawn(stop.clone().run_until_cancelled_owned(remember(memory, settings.clone())));
    let late = late.map(|late| tokio::spawn(stop.clone().run_until_cancelled_owned(late)));
    let mut parts = wiring::health_parts(Some(Arc::clone(&store)), bus);
    parts.extend(slack.as_ref().map(Slack::part));
    parts.extend(scarlet.as_ref().map(Scarlet::part));
    parts.extend(scarlet.as_ref().map(Scarlet::alerts));
    let health = Arc::new(Health::new(env!("CARGO_PKG_VERSION"), parts));
    let _ = asked.set(Arc::clone(&health));
    let routes = slack.as_ref().and_then(Slack::router).unwrap_or_default().merge(web::router(health));
    let routes = scarlet.as_ref().map(Scarlet::router).unwrap_or_default().merge(routes);
    let serving = tokio::spawn(web::serve(listener, routes, stop.clone()));
    tokio::select! {
        biased;
        () = &mut stopped => {}
        () = upkeep(&store, settings, &leader) => {}
    }
    output::tell("stopping");
    stop.cancel();
    let drained = serving.await.unwrap_or(false);
    if let Some(scarlet) = &scarlet {
        scarlet.shut_down().await;
    }
    if let Some(slack) = &slack {
        slack.shut_down().await;
    }
    leader.stop().await;
    let _ = remembering.await;
    if let Some(late) = late {
        let _ = late.await;
    }
    if let Some(waiting) = waiting {
        let left = waiting.drain(DRAIN).await.waiting;
        if left > 0 {
            output::tell(&format!("{left} documents could not be written while the server was away, and are lost now"));
        }
    }
    Ok(if drained { Exit::Done } else { Exit::Failed })
}

/// Slack, where the settings name its tokens.
fn start_slack(settings: &Settings, around: Around, stop: &CancellationToken) -> Result<Option<Slack>, Stop> {
    let Some(wanted) = &settings.slack else { return Ok(None) };
    let started = Slack::start(settings, wanted, around, stop)?;
    let ways = match &wanted.ways_in {
        WaysIn::Socket(_) => "Socket Mode",
        WaysIn::Http(_) => "HTTP, under /slack/",
        WaysIn::Both { .. } => "Socket Mode, and HTTP under /slack/",
    };
    output::tell(&format!("Slack: {ways}"));
    Ok(Some(started))
}

/// Scarlet, unless the settings say that she does not look, or name nothing that could be looked at.
fn start_scarlet(
    settings: &Settings,
    around: scarlet::Around,
    stop: &CancellationToken,
) -> Result<Option<Scarlet>, Stop> {
    if !settings.scarlet.is_enabled {
        return Ok(None);
    }
    let has_senses = settings.environments.values().any(|environment| environment.senses.is_some());
    let nothing =
        settings.clusters.is_empty() && settings.prometheus.is_empty() && settings.scarlet.receivers.is_empty();
    if nothing && !has_senses {
        output::tell("Scarlet: stays out, because the settings name nothing that she could look at by herself");
        return Ok(None);
    }
    let acting = settings.environments.values().filter(|environment| environment.autonomy > Autonomy::Observe).count();
    let has_chat = around.chat.is_some();
    let (reachable, without_way): (Vec<&String>, Vec<&String>) =
        settings.scarlet.escalate_to.iter().partition(|place| has_chat || place.starts_with("webhook:"));
    if acting > 0 && reachable.is_empty() {
        let text = "an environment has an autonomy above observe, but there is no way to any place of \
                    scarlet.escalate_to: nobody could be told what is not done by itself. Set Slack's tokens \
                    (docs/slack.md), name a webhook of the purpose notification (docs/webhooks.md), or set the autonomy \
                    observe";
        return Err(Stop::new(Exit::Usage, text));
    }
    for place in without_way {
        output::tell(&format!("nobody can be told at {place}: Slack is not set up (docs/slack.md)"));
    }
    let started = Scarlet::start(settings, around, stop)?;
    output::tell(&match acting {
        0 => "Scarlet: looks, and does nothing by herself (environments.NAME.autonomy)".to_owned(),
        acting => format!("Scarlet: looks; {acting} environments have an autonomy above observe"),
    });
    Ok(Some(started))
}

/// Whether this process leads, whenever it is asked.
fn leads(leader: &Leader) -> Leads {
    let said = leader.watch();
    Arc::new(move || matches!(&*said.borrow(), Leadership::Mine(tenure) if tenure.token().is_some()))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Stop> {
    let taken = |error: std::io::Error| {
        let text = format!("{address} cannot be listened at: {error}; another address: --listen, or web.listen");
        Stop::new(Exit::Unavailable, text)
    };
    TcpListener::bind(address).await.map_err(taken)
}

/// Over Redis where the settings name one, else within this process; what is not handed over waits in the store.
/// The instance is the same after a restart, so that what an earlier life left is taken up at once.
async fn start_bus(settings: &Settings, store: Arc<dyn Store>, instance: &str) -> Result<Arc<dyn Bus>, BusError> {
    let Some(url) = &settings.state.bus.redis_url else {
        return Ok(Arc::new(InProcess::with_outbox(BusLimits::default(), store, instance).await?));
    };
    let mut redis = RedisSettings::from_url(url.reveal())?;
    settings.state.bus.prefix.clone_into(&mut redis.prefix);
    Ok(Arc::new(Resilient::start(redis, Some(store), instance).await?))
}

/// Starts the bus when what it keeps its events in is there.
async fn late_bus(bus: StartedBus, settings: Settings, store: Arc<dyn Store>, instance: String) {
    let started =
        until_done("the bus could not be started", || start_bus(&settings, Arc::clone(&store), &instance)).await;
    let _ = bus.set(started);
}

/// The early end that a bus which cannot be started is.
fn bus_stop(error: BusError) -> Stop {
    match error {
        BusError::Unavailable(_) | BusError::Full(_) => {
            Stop::new(Exit::Unavailable, format!("the bus could not be started: {error}"))
        }
        BusError::Denied(_) => Stop::new(Exit::NotPermitted, format!("the bus could not be started: {error}")),
        BusError::Unreadable(_) | BusError::Closed => Stop::new(Exit::Usage, format!("[bus]: {error}")),
    }
}

/// Tries until it is done, with longer and longer pauses.
async fn until_done<T, Failed, Attempt>(trouble: &str, mut attempt: impl FnMut() -> Attempt) -> T
where
    Failed: Display,
    Attempt: Future<Output = Result<T, Failed>>,
{
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(error) => tracing::warn!(%error, "{trouble}; trying again"),
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

/// Removes what is too old, while this process leads.
async fn upkeep(store: &Arc<dyn Store>, settings: &Settings, leader: &Leader) {
    let days = state::retention_days(settings);
    loop {
        let leads = leader.token().is_some();
        if leads {
            match retention::sweep(store.as_ref(), ALL, &days, ROUND, Utc::now()).await {
                Ok(swept) if swept.more => continue,
                Ok(swept) => tracing::debug!(?swept, "upkeep"),
                Err(error) => tracing::warn!(%error, "what is too old could not be removed; trying again later"),
            }
        }
        tokio::time::sleep(if leads { UPKEEP } else { LEADING }).await;
    }
}

/// Learns the runbooks, takes all words into memory, and then makes vectors for as long as the service lives.
async fn remember(memory: Arc<Memory>, settings: Settings) {
    let unlearnt = "the runbooks could not be taken into the memory";
    for problem in until_done(unlearnt, || talk::learn_runbooks(&memory, &settings)).await {
        output::tell(&lines_without_control(&problem));
    }
    let entries = until_done("the memory could not be read", || memory.warm()).await;
    tracing::info!(entries, "what is remembered is searched in memory from now on");
    embed(memory).await;
}

/// Makes the vectors of what was remembered without one.
async fn embed(memory: Arc<Memory>) {
    loop {
        match memory.embed_missing(EMBEDDED_AT_ONCE).await {
            Ok(done) if !done.is_complete => continue,
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "no vectors were made"),
        }
        tokio::time::sleep(EMBEDDING_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_whose_store_was_away_or_full_was_called_a_mistake_in_the_settings() {
        let why = || "the server at 127.0.0.1:1 does not answer".to_owned();
        for (error, exit) in [
            (BusError::Unavailable(why()), Exit::Unavailable),
            (BusError::Full(why()), Exit::Unavailable),
            (BusError::Denied(why()), Exit::NotPermitted),
        ] {
            let stop = bus_stop(error);
            assert_eq!(stop.exit, exit, "{stop}");
            assert!(!stop.to_string().contains("[bus]"), "{stop}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_at_the_start_was_never_tried_again() {
        let mut attempts = 0;
        let done = until_done("not yet", || {
            attempts += 1;
            std::future::ready(if attempts < 8 { Err("away") } else { Ok(attempts) })
        });
        assert_eq!(done.await, 8);
    }
}
