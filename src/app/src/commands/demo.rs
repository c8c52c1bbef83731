//! `demo`: everything embedded, on a simulated estate with an incident in it.
//!
//! The estate speaks the real APIs on loopback ports, and the tools reach it there as they would reach a real one:
//! what the demo shows is what the product does. Scarlet works beside the questions, at the autonomy `full`,
//! in which she does by herself what she has earned.

mod past;
mod watching;

use crate::cli::commands::Demo;
use crate::cli::{Exit, Stop};
use crate::commands::chat;
use crate::output;
use crate::settings::{
    ClusterAccess, ClusterSettings, Credentials, Focus, PrometheusSettings, Settings, SourceSettings,
};
use crate::signals;
use crate::wiring::{House, talk};
use chrono::{TimeDelta, Utc};
use domain::person::{Person, Role, Standing};
use estate::scenarios::Scenario;
use estate::serve::{Addresses, Served, serve};
use past::PAST_IN_WORDS;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use watching::Watching;

/// What fails when nothing else is asked for: a cause that is not the workload which suffers.
const SCENARIO: &str = "bad-config";

/// How long ago the fault began when the demo starts: long enough that alerts fire and metrics tell, short enough
/// that it is an incident of now.
const FAULT_AGE: TimeDelta = TimeDelta::minutes(9);

/// The same where what the fault does takes its own time: pods of a silent machine are given up after five minutes, and
/// afterwards there is nothing left to see.
const YOUNGER_FAULTS: &[(&str, TimeDelta)] = &[("node-not-ready", TimeDelta::minutes(3))];

/// The name under which the terminal gives the word of a second person.
const COLLEAGUE: &str = "colleague";

/// The seed of the demo's world: every demo is the same.
const SEED: u64 = 7;

/// The first questions of a demo.
const QUESTIONS: &[&str] =
    &["how is my cluster?", "any alerts?", "what changed in the last hour?", "who uses the memory?"];

/// Runs the demo.
///
/// # Errors
/// An unknown scenario, a port that is taken, or output that is gone.
pub async fn run(arguments: &Demo, mut settings: Settings) -> Result<Exit, Stop> {
    if arguments.scenario.as_deref() == Some("list") {
        output::print(&scenarios())?;
        return Ok(Exit::Done);
    }
    if !arguments.listen.ip().is_loopback() {
        return Err(Stop::new(
            Exit::Usage,
            format!(
                "--listen {}: the demo asks nobody who they are and listens on the loopback only; take 127.0.0.1:PORT",
                arguments.listen
            ),
        ));
    }
    let simulated =
        Simulated::start(Some(arguments.scenario.as_deref().unwrap_or(SCENARIO)), arguments.listen.port()).await?;
    simulated.take_over(&mut settings);
    watching::allow(&mut settings, &simulated.kubeconfig, Utc::now());
    let shown = show(&simulated, arguments.headless, &settings).await;
    simulated.stop().await;
    shown
}

/// The demo of an estate that runs. Whatever goes wrong here, the estate is still to be stopped.
async fn show(simulated: &Simulated, headless: bool, settings: &Settings) -> Result<Exit, Stop> {
    let welcome = simulated.welcome(settings.model.as_ref().map(|model| model.endpoint.as_str()));
    // The demo leaves nothing behind.
    let store = talk::in_memory();
    past::remember(store.as_ref(), Utc::now()).await?;
    let watching = Watching::start(settings, store)?;
    let shown = match headless {
        true => print_and_wait(&welcome).await.map(|()| Exit::Done),
        false => talk_about(&welcome, settings, &watching).await,
    };
    watching.end().await?;
    shown
}

/// Questions at a terminal, while she works.
async fn talk_about(welcome: &str, settings: &Settings, watching: &Watching) -> Result<Exit, Stop> {
    output::print(welcome)?;
    let house = House::build(settings, None)?;
    let talk = talk::over(&house, settings, Arc::clone(&watching.store)).await?;
    let start = chat::Start { played: Some(colleague()), ..chat::Start::default() };
    // Killed in the middle, it still takes its kubeconfig away.
    let exit = tokio::select! {
        exit = chat::converse(&house, &talk, settings, start) => exit,
        () = signals::terminated() => Ok(Exit::Failed),
    };
    house.shut_down().await;
    exit
}

/// The second person of the demo, who may approve as well. A stand-in: where it counts, this takes somebody else's account.
fn colleague() -> Person {
    Person {
        id: format!("demo:{COLLEAGUE}"),
        name: COLLEAGUE.to_owned(),
        standing: Standing::Member,
        role: Some(Role::Approver),
        groups: BTreeSet::new(),
        zone: None,
    }
}

/// How long ago the fault of a scenario began when its demo starts.
fn fault_age(scenario: Option<Scenario>) -> TimeDelta {
    let own = |scenario: Scenario| YOUNGER_FAULTS.iter().find(|(name, _)| *name == scenario.name);
    scenario.and_then(own).map_or(FAULT_AGE, |(_, age)| *age)
}

/// Prints, and returns when the program is to stop. The wish to stop is listened for before anything is printed: who
/// has read the text may send it at once.
///
/// # Errors
/// When the output is gone.
pub async fn print_and_wait(text: &str) -> Result<(), Stop> {
    let stopped = signals::stop_requested();
    tokio::pin!(stopped);
    tokio::select! {
        biased;
        () = &mut stopped => return Ok(()),
        printed = async { output::print(text) } => printed?,
    }
    stopped.await;
    Ok(())
}

/// The scenarios, one a line.
pub fn scenarios() -> String {
    Scenario::all()
        .map(|scenario| format!("{:<22} {}", scenario.name, scenario.description))
        .collect::<Vec<_>>()
        .join("\n")
}

/// An estate that is being served.
pub struct Simulated {
    scenario: Option<Scenario>,
    served: Served,
    kubeconfig: PathBuf,
    stop: CancellationToken,
}

impl Simulated {
    /// Starts an estate on loopback ports.
    ///
    /// # Errors
    /// An unknown scenario, a port that is taken, or a kubeconfig that cannot be written.
    pub async fn start(scenario: Option<&str>, base_port: u16) -> Result<Self, Stop> {
        let scenario = scenario.map(named).transpose()?;
        let stop = CancellationToken::new();
        let estate = estate::Estate::live(SEED, scenario, fault_age(scenario));
        let served = serve(estate, base_port, stop.clone())
            .await
            .map_err(|error| Stop::new(Exit::Unavailable, error.to_string()))?;
        match write_kubeconfig(&served.addresses) {
            Ok(kubeconfig) => Ok(Self { scenario, served, kubeconfig, stop }),
            Err(failed) => {
                stop.cancel();
                served.finished().await;
                Err(failed)
            }
        }
    }

    /// Ends it, and takes its kubeconfig away.
    pub async fn stop(self) {
        self.stop.cancel();
        self.served.finished().await;
        let _ = std::fs::remove_file(&self.kubeconfig);
    }

    /// Where it listens, as variables that other programs read.
    pub fn endpoints(&self) -> String {
        let at = &self.served.addresses;
        format!(
            "The estate listens; other programs reach it with\n  export KUBECONFIG={}\n  export PROMETHEUS_URL=http://{}\n  export ALERTMANAGER_URL=http://{}\n  export LOKI_URL=http://{}\n  export TEMPO_URL=http://{}",
            self.kubeconfig.display(),
            at.prometheus,
            at.alertmanager,
            at.loki,
            at.tempo
        )
    }

    /// Puts the estate in the place of every source of the settings: a demo must never touch a real cluster.
    pub fn take_over(&self, settings: &mut Settings) {
        let at = &self.served.addresses;
        settings.clusters = BTreeMap::from([(
            "demo".to_owned(),
            ClusterSettings {
                access: ClusterAccess::Kubeconfig(vec![self.kubeconfig.clone()]),
                context: None,
                namespaces: Vec::new(),
                act: None,
                proxy: None,
                instructions: None,
            },
        )]);
        settings.prometheus = BTreeMap::from([(
            "demo".to_owned(),
            PrometheusSettings {
                source: plain(at.prometheus),
                alertmanager_url: Some(format!("http://{}", at.alertmanager)),
                act_credentials: None,
            },
        )]);
        settings.loki = BTreeMap::from([("demo".to_owned(), plain(at.loki))]);
        settings.tempo = BTreeMap::from([("demo".to_owned(), plain(at.tempo))]);
        settings.github = None;
        settings.mcp_servers.clear();
        settings.focus = Focus::default();
        settings.environments.clear();
        settings.ignore.clear();
    }

    fn welcome(&self, model: Option<&str>) -> String {
        let incident = self.scenario.map_or_else(String::new, |scenario| {
            format!(
                "\nAn incident has been going on for {} minutes: people say that {} is in trouble.\n",
                fault_age(Some(scenario)).num_minutes(),
                scenario.affected.first().map_or("something", |(_, name)| name)
            )
        });
        let own = self.scenario.map(|scenario| scenario.questions.to_vec()).unwrap_or_default();
        let questions =
            own.iter().chain(QUESTIONS).map(|question| format!("  {question}")).collect::<Vec<_>>().join("\n");
        let brain = model.map_or_else(
            || "No model is configured (OLLAMA_HOST, OPENAI_BASE_URL or [model]); the playbooks answer.".to_owned(),
            |endpoint| format!("The model at {endpoint} answers; --no-model leaves it out."),
        );
        format!(
            "A simulated estate of 12 services in 3 namespaces; nothing here is real.\n{incident}\n{}\n\n{brain}\nWorth asking:\n{questions}\n\nScarlet tells what she sees and does by herself; /approve and /reject answer what she asks for.\n{PAST_IN_WORDS}\nWhat takes two people takes a second one here too: “/approve ID DIGITS as {COLLEAGUE}” gives the word of a stand-in.\n",
            self.endpoints()
        )
    }
}

fn named(name: &str) -> Result<Scenario, Stop> {
    Scenario::named(name).ok_or_else(|| {
        let names = Scenario::all().map(|scenario| scenario.name).collect::<Vec<_>>().join(", ");
        Stop::new(Exit::Usage, format!("there is no scenario {name:?}; there are {names}"))
    })
}

/// A kubeconfig in a file of this process, readable by its user only.
fn write_kubeconfig(addresses: &Addresses) -> Result<PathBuf, Stop> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let path = folder.join(format!("auto-devops-demo-{}.kubeconfig", std::process::id()));
    let fail =
        |error: std::io::Error| Stop::new(Exit::Failed, format!("{} could not be written: {error}", path.display()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(fail)?;
    std::io::Write::write_all(&mut file, addresses.kubeconfig().as_bytes()).map_err(|error| {
        let _ = std::fs::remove_file(&path);
        fail(error)
    })?;
    Ok(path)
}

/// A server of the estate: no credentials, no certificates.
fn plain(address: SocketAddr) -> SourceSettings {
    SourceSettings {
        url: format!("http://{address}"),
        credentials: Credentials::None,
        headers: BTreeMap::new(),
        ca_file: None,
        client_certificate: None,
    }
}
