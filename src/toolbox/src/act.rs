//! The way to the act servers: the only clients of the house that change anything, for the executor alone.
//!
//! Guarantees: a call is sent once and never again, over a session of its own, with a grant signed for exactly its
//! arguments, its server and its environment; the call of a real change is a granted plan's and nothing else; whoever
//! stops waiting does not cut it; every wait has an end. A failure is told as certain ([`ActError::Refused`]) only where
//! nothing can have been done: nothing was sent, or the server itself says so in a way that leaves no doubt.
//!
//! Deliberately absent: repetition, a cache, tools that only read, and any decision.

mod answer;
mod arguments;
mod permit;

use crate::connect::Connection;
use crate::failures;
use crate::settings::{ServerSettings, Transport};
use async_trait::async_trait;
use domain::action::ActCall;
use domain::effect;
use domain::envelope::{Failure, FailureKind};
use domain::observed::acted::Acted;
use domain::plan::Granted;
use permit::{Permit, Permits};
use ports::clock::Clock;
use ports::hands::{ActError, Hands, Step};
use rmcp::model::{CallToolRequestParams, RequestMetaObject};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tools_common::act::{GRANT_META_KEY, GrantSigner};

/// How long a session may take to close; nothing depends on it any more.
const CLOSE: Duration = Duration::from_secs(2);

/// One act server of one environment.
#[derive(Debug, Clone)]
pub struct ActServer {
    /// The environment whose objects it may change.
    pub environment: String,
    /// Its name in the effect table: `kubernetes`.
    pub server: String,
    /// The name that it was started under: grants are signed for it alone.
    pub audience: String,
    /// How to reach it.
    pub transport: Transport,
    /// How long a call may take. Longer than the server's own deadline and grace, so that it can tell what it did.
    pub deadline: Duration,
    /// The tools that may take another time.
    pub deadlines: BTreeMap<String, Duration>,
}

impl ActServer {
    /// How long a call of this tool may take.
    fn deadline_of(&self, tool: &str) -> Duration {
        self.deadlines.get(tool).copied().unwrap_or(self.deadline)
    }
}

/// What the hands are told.
#[derive(Debug, Clone)]
pub struct ActSettings {
    /// The act servers; at most one of a name in an environment.
    pub servers: Vec<ActServer>,
    /// How long a session may take to open.
    pub start_deadline: Duration,
    /// How long a grant holds; a server takes none that holds longer than [`tools_common::act::MAX_GRANT_LIFETIME`].
    pub grant_lifetime: Duration,
    /// A name that no other process has had: it tells the grants of rehearsals apart.
    pub holder: String,
}

impl ActSettings {
    /// These servers with the usual limits: 10 s to open a session, and grants that hold for a minute.
    pub fn new(servers: Vec<ActServer>, holder: impl Into<String>) -> Self {
        Self {
            servers,
            start_deadline: Duration::from_secs(10),
            grant_lifetime: Duration::from_secs(60),
            holder: holder.into(),
        }
    }
}

/// The sessions with the act servers.
pub struct ActSessions {
    servers: BTreeMap<(String, String), Arc<ActServer>>,
    start_deadline: Duration,
    permits: Arc<Permits>,
}

impl ActSessions {
    /// Sessions that are opened when they are needed.
    pub fn new(settings: ActSettings, signer: GrantSigner, clock: Arc<dyn Clock>) -> Self {
        let permits = Permits::new(signer, clock, settings.grant_lifetime, settings.holder);
        let named = |server: ActServer| ((server.environment.clone(), server.server.clone()), Arc::new(server));
        Self {
            servers: settings.servers.into_iter().map(named).collect(),
            start_deadline: settings.start_deadline,
            permits: Arc::new(permits),
        }
    }

    /// A call that is ready to be sent.
    fn prepared(&self, environment: &str, call: &ActCall, permit: Permit) -> Result<Sending, Failure> {
        let graded = effect::of(&call.server, &call.tool).filter(|class| !class.is_read());
        if graded.is_none() {
            let message = format!("{} of {} is not a change that the effect table knows", call.tool, call.server);
            return Err(Failure::new(FailureKind::Refused, message));
        }
        let place = (environment.to_owned(), call.server.clone());
        let server = self.servers.get(&place).ok_or_else(|| {
            let message = format!("the environment {environment} has no act server {}", call.server);
            Failure::new(FailureKind::Refused, message)
                .with_hint("name credentials for changes in the settings of its clusters and sources")
        })?;
        Ok(Sending {
            server: Arc::clone(server),
            call: ActCall { arguments: arguments::with_what_every_change_takes(call, &permit)?, ..call.clone() },
            permit,
            permits: Arc::clone(&self.permits),
            start_deadline: self.start_deadline,
        })
    }
}

/// One call on its way.
struct Sending {
    server: Arc<ActServer>,
    call: ActCall,
    permit: Permit,
    permits: Arc<Permits>,
    start_deadline: Duration,
}

impl Sending {
    /// Opens a session, makes the call, and closes it.
    async fn run(self) -> Result<Acted, ActError> {
        let connection = self.open().await.map_err(ActError::Refused)?;
        let answer = self.send(&connection).await;
        connection.close(CLOSE).await;
        answer
    }

    async fn open(&self) -> Result<Connection, Failure> {
        let settings = ServerSettings::foreign(self.call.server.clone(), self.server.transport.clone());
        Connection::open(&settings, Instant::now() + self.start_deadline).await
    }

    async fn send(&self, connection: &Connection) -> Result<Acted, ActError> {
        let (server, tool) = (&self.call.server, &self.call.tool);
        // Signed as late as can be: a server takes no grant that is older than itself.
        let token = self.permits.signed(&self.permit, &self.call, &self.server.audience);
        let mut meta = RequestMetaObject::default();
        meta.0.0.insert(GRANT_META_KEY.to_owned(), Value::from(token));
        let mut parameters = CallToolRequestParams::new(tool.clone()).with_arguments(self.call.arguments.clone());
        parameters.meta = Some(meta);
        let limit = self.server.deadline_of(tool);
        match timeout_at(Instant::now() + limit, connection.peer.call_tool_once(parameters)).await {
            Ok(Ok(response)) => answer::read(server, tool, response, self.permit.is_rehearsal),
            Ok(Err(error)) => {
                let failure = connection.explain(failures::call(server, tool, &error)).await;
                Err(answer::unanswered(failure, &error))
            }
            Err(_elapsed) => {
                let what = format!("act server {server}, tool {tool}");
                Err(ActError::Unknown(failures::timeout(&what, "no answer came", limit)))
            }
        }
    }
}

#[async_trait]
impl Hands for ActSessions {
    async fn rehearse(&self, environment: &str, call: &ActCall, reason: &str) -> Result<Acted, Failure> {
        let sending = self.prepared(environment, call, self.permits.for_rehearsal(reason))?;
        sending.run().await.map_err(|error| error.failure().clone())
    }

    async fn act(&self, granted: &Granted, step: Step, grant: &str) -> Result<Acted, ActError> {
        let refused = |why: &str| ActError::Refused(Failure::new(FailureKind::Refused, why));
        let plan = granted.plan();
        let (call, version) = match &step {
            Step::Forward { resource_version } => (granted.forward(), resource_version.as_str()),
            Step::Undo { resource_version } => (granted.backward(), resource_version.as_str()),
        };
        let call = call.ok_or_else(|| refused("the plan is not granted for this step"))?;
        if version.is_empty() && !plan.resource_version.is_empty() {
            return Err(refused("the call would be made on any version of the object; nothing was sent"));
        }
        let permit = Permit::of_plan(grant, granted.digest(), version, &plan.reason);
        let sending = self.prepared(&plan.environment, call, permit).map_err(ActError::Refused)?;
        // A task of its own: whoever stops waiting does not cut a change in the middle.
        tokio::spawn(sending.run()).await.unwrap_or_else(|error| {
            let message = format!("the call of {} ended by a mistake of this program: {error}", call.tool);
            Err(ActError::Unknown(Failure::new(FailureKind::BadAnswer, message)))
        })
    }
}
