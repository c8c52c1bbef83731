//! A workspace, an estate with something wrong in it, and the service between them.

use crate::process::{CANARY, Home, Running};
use crate::servers::Simulated;
use fakes::slack_server::{Message, SlackServer, User, Workspace};
use fakes::{ModelServer, Script};
use ports::clock::SystemClock;
use ports::store::Store;
use ports::store::collections::ALL;
use ports::store::document::Expect;
use ports::store::record::{self, Record};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::sqlite::{Options, Sqlite};

/// How long something that must happen may take; the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long silence is listened to.
pub const SILENCE: Duration = Duration::from_secs(3);

/// Admin and approver.
pub const ANNA: &str = "U0ANNA";
/// Approver by a group.
pub const BEN: &str = "U0BEN";
/// Responder.
pub const CLEO: &str = "U0CLEO";
/// A member whom no setting names.
pub const DAN: &str = "U0DAN";
/// A guest.
pub const GUEST: &str = "U0GUEST";
/// Of another organisation.
pub const STRANGER: &str = "U0STRANGER";
/// The channel of all.
pub const OPS: &str = "C0OPS";
/// Anna's direct channel.
pub const DIRECT: &str = "D0ANNA";
/// The mention of the bot.
pub const JAMIE: &str = "<@U0JAMIE>";

/// By which way Slack tells the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Over WebSockets that the service opens.
    Socket,
    /// Over signed requests to the service.
    Http,
}

/// What a test wants of the world.
pub struct Wanted {
    pub way: Way,
    pub model: Option<Script>,
    pub streaming: bool,
    pub settings: &'static str,
    pub seed: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { way: Way::Socket, model: None, streaming: true, settings: "", seed: 1 }
    }
}

/// All of it.
pub struct World {
    pub slack: SlackServer,
    pub home: Home,
    /// Answers for as long as the world stands.
    _model: Option<ModelServer>,
    way: Way,
    running: Option<Running>,
    address: Option<SocketAddr>,
    _estate: Simulated,
}

impl World {
    /// With the playbooks alone, over sockets.
    pub async fn usual() -> Self {
        Self::start(Wanted::default()).await
    }

    pub async fn start(wanted: Wanted) -> Self {
        let slack = SlackServer::start(workspace(&wanted)).await;
        // People who did something are named by their mention.
        for person in [ANNA, BEN, CLEO, DAN, "U02ANNA"] {
            slack.allow_ping(&format!("<@{person}>"));
        }
        let estate = Simulated::start("bad-config").await;
        let mut home = Home::new().env("SLACK_API_URL", &slack.api_url).env("SLACK_BOT_TOKEN", &slack.bot_token);
        home = match wanted.way {
            Way::Socket => home.env("SLACK_APP_TOKEN", &slack.app_token),
            Way::Http => home.env("SLACK_SIGNING_SECRET", &slack.signing_secret),
        };
        let kubeconfig = home.file("kubeconfig", &estate.kubeconfig);
        home = home.env("KUBECONFIG", kubeconfig.display().to_string()).env("PROMETHEUS_URL", &estate.prometheus);
        let model = match wanted.model {
            Some(script) => Some(ModelServer::start(script).await),
            None => None,
        };
        if let Some(model) = &model {
            home = home
                .env("OPENAI_BASE_URL", format!("{}/v1", model.url))
                .env("OPENAI_API_KEY", format!("{CANARY}-model"));
        }
        let settings = format!("{SETTINGS}{}", wanted.settings);
        home.file("config/auto-devops/config.toml", &settings);
        let mut world =
            Self { slack, home, _model: model, way: wanted.way, running: None, address: None, _estate: estate };
        world.begin().await;
        world
    }

    /// Starts the service; after [`World::kill`] again.
    pub async fn begin(&mut self) {
        let mut running = self.home.program(&["serve", "--listen", "0"]).within(900).start();
        let told = running.err_until(|err| err.contains("listening at http://") && err.contains('\n')).await;
        let address: SocketAddr =
            told.split("listening at http://").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
        match self.way {
            Way::Socket => {
                self.slack.wait_until("a socket is open", PATIENCE, |slack| slack.connections() > 0).await;
            }
            Way::Http => self.slack.deliver_http_to(&format!("http://{address}")),
        }
        self.running = Some(running);
        self.address = Some(address);
    }

    /// Where the service listens.
    pub fn address(&self) -> SocketAddr {
        self.address.unwrap()
    }

    /// Ends the service at once.
    pub async fn kill(&mut self) {
        self.running.take().unwrap().kill().await;
    }

    /// Asks the service to stop, and holds it and Slack to their rules.
    pub async fn end(mut self) {
        let running = self.running.take().unwrap();
        running.signal("TERM");
        let ended = running.ended().await.code(0);
        for secret in [&self.slack.bot_token, &self.slack.app_token, &self.slack.signing_secret] {
            assert!(!ended.err.contains(secret.as_str()), "a secret is told: {}", ended.err);
        }
        self.slack.assert_clean();
        assert_eq!(self.slack.pings(), Vec::<String>::new(), "nobody is pinged, nothing is linked");
    }

    /// The answer to a question under this message, when it is there.
    pub async fn answer(&self, channel: &str, thread: &str, number: usize) -> Message {
        let what = format!("answer {number} in {channel}/{thread}");
        self.slack.wait_until(&what, PATIENCE, |slack| answers(slack, channel, thread).len() >= number).await;
        answers(&self.slack, channel, thread).swap_remove(number - 1)
    }

    /// Keeps a value in the store of the service, as Scarlet will.
    pub async fn keep<T: Record>(&self, value: &T) {
        record::save(self.store().await.as_ref(), value, Expect::Any).await.unwrap();
    }

    /// The store of the service, opened beside it.
    pub async fn store(&self) -> Arc<dyn Store> {
        let options = Options::new(self.home.state(), ALL, Arc::new(SystemClock));
        Arc::new(Sqlite::open(options).await.unwrap())
    }
}

/// The finished answers in a thread: those with buttons for feedback.
pub fn answers(slack: &SlackServer, channel: &str, thread: &str) -> Vec<Message> {
    let is_answer = |message: &Message| !message.is_streaming && message.reads().contains("[What it cost]");
    slack.thread(channel, thread).into_iter().filter(is_answer).collect()
}

/// These worlds are about Jamie: nobody else speaks in them.
const SETTINGS: &str = r#"
[scarlet]
enabled = false
[slack]
channel = "C0OPS"
admins = ["U0ANNA"]
approvers = ["U0ANNA", "S0ONCALL"]
responders = ["U0CLEO"]
voice = "neutral"
"#;

fn workspace(wanted: &Wanted) -> Workspace {
    let guest = User { is_restricted: true, ..User::new(GUEST, "gus") };
    let stranger = User { external_team: Some("T0OTHER".to_owned()), ..User::new(STRANGER, "sid") };
    let mut workspace = Workspace::new(wanted.seed)
        .with_user(ANNA, "anna")
        .with_user(BEN, "ben")
        .with_user(CLEO, "cleo")
        .with_user(DAN, "dan")
        .with(guest)
        .with(stranger)
        .with_group("S0ONCALL", "oncall", &[BEN])
        .with_channel(OPS, "ops", &[ANNA, BEN, CLEO, DAN, GUEST, STRANGER])
        .with_direct(DIRECT, ANNA);
    workspace.streaming = wanted.streaming;
    workspace.starts_at_second = u64::try_from(chrono::Utc::now().timestamp()).unwrap();
    workspace
}
