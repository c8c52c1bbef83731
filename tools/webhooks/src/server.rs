//! The tool server: `call_webhook`, for whoever holds an [`Act`](tools_common::act::Act).
//!
//! Guarantees: a call without a permission does nothing; what is not said to be real is rehearsed as the webhook declares
//! it; a real call is sent once, and a failure that leaves its effect open is of a kind that the executor never takes for
//! "not done".

use crate::declared::{Action, Rehearsal, Webhook};
use crate::parameter::{Source, Use};
use crate::sending::{Letter, Line, Sent, body};
use async_trait::async_trait;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::object::ObjectRef;
use domain::observed::acted::{Acted, Undo};
use domain::redaction;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tools_common::act::Act;
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec, args, page};

/// The one tool.
const TOOL: &str = "call_webhook";

/// Beside what the webhooks themselves may take.
const MORE_TIME: Duration = Duration::from_secs(2);

/// Characters of the body that are told.
const TOLD: usize = 600;

#[derive(Debug, Deserialize, JsonSchema)]
struct CallArgs {
    /// Its name in the settings.
    #[schemars(length(min = 1, max = 63))]
    webhook: String,
    #[schemars(length(max = 63))]
    cluster: Option<String>,
    /// Kind of the object that it is called for.
    #[schemars(length(min = 1, max = 63))]
    kind: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(length(min = 1, max = 253))]
    name: String,
}

impl CallArgs {
    fn object(&self) -> ObjectRef {
        match &self.namespace {
            Some(namespace) => ObjectRef::namespaced(&self.kind, namespace, &self.name),
            None => ObjectRef::cluster(&self.kind, &self.name),
        }
    }

    /// The call of another webhook for the same object.
    fn undo(&self, webhook: &str) -> Undo {
        let members = [
            ("webhook", Some(webhook)),
            ("cluster", self.cluster.as_deref()),
            ("kind", Some(self.kind.as_str())),
            ("namespace", self.namespace.as_deref()),
            ("name", Some(self.name.as_str())),
        ];
        let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
        Undo { tool: TOOL.to_owned(), arguments: members.collect() }
    }
}

/// A webhook with the ways to it.
struct Ready {
    webhook: Webhook,
    action: Action,
    line: Line,
    rehearsals: Option<Line>,
}

/// The act server `webhooks` of one environment.
pub struct Server {
    environment: String,
    webhooks: BTreeMap<String, Ready>,
}

impl Server {
    /// Makes the clients; nothing is sent yet.
    ///
    /// # Errors
    /// `BadRequest` that names the webhook and what is wrong with it.
    pub fn new(environment: impl Into<String>, declared: Vec<(Webhook, Action)>) -> Result<Self, Failure> {
        let names: Vec<String> = declared.iter().map(|(webhook, _)| webhook.name.clone()).collect();
        let mut webhooks = BTreeMap::new();
        for (webhook, action) in declared {
            let name = webhook.name.clone();
            let wrong = |what: String| Err(Failure::new(FailureKind::BadRequest, format!("webhook {name}: {what}")));
            let mistakes = webhook.mistakes(Use::Action);
            if !mistakes.is_empty() {
                return wrong(mistakes.join("; "));
            }
            if matches!(action.rehearsal, Rehearsal::ByParameter) && !webhook.tells_rehearsals() {
                return wrong("it is rehearsed by a parameter, and none is from dry_run".to_owned());
            }
            if let Some(undo) = action.undo.as_ref().filter(|undo| !names.contains(*undo)) {
                return wrong(format!("the webhook {undo}, which would take it back, is not declared here"));
            }
            let rehearsals = match &action.rehearsal {
                Rehearsal::At(http) => Some(Line::new(&name, http)?),
                _ => None,
            };
            let line = Line::new(&name, &webhook.http)?;
            let ready = Ready { webhook, action, line, rehearsals };
            if webhooks.insert(name.clone(), ready).is_some() {
                return wrong("it is declared twice".to_owned());
            }
        }
        Ok(Self { environment: environment.into(), webhooks })
    }

    fn known(&self, asked: &CallArgs, act: &Act) -> BTreeMap<Source, Value> {
        BTreeMap::from([
            (Source::Kind, json!(asked.kind)),
            (Source::Namespace, json!(asked.namespace)),
            (Source::Name, json!(asked.name)),
            (Source::Cluster, json!(asked.cluster)),
            (Source::Environment, json!(self.environment)),
            (Source::Reason, json!(act.reason())),
            (Source::Plan, json!(act.plan())),
            (Source::Grant, json!(act.grant())),
            (Source::DryRun, json!(act.is_dry_run())),
        ])
    }

    async fn called(&self, asked: CallArgs, context: &CallContext) -> Result<Acted, Failure> {
        let act = context.act()?;
        let ready = self.webhooks.get(&asked.webhook).ok_or_else(|| {
            let names: Vec<&str> = self.webhooks.keys().map(String::as_str).collect();
            args::invalid("webhook", format!("{:?}", asked.webhook), &names.join(", "))
        })?;
        let object = asked.object();
        let body = body(&ready.webhook, &self.known(&asked, act))?;
        let mut acted = ready.acted(&asked, object, act, body.as_ref());
        let answered = match (act.is_dry_run(), &ready.action.rehearsal) {
            (true, Rehearsal::Here) => {
                acted
                    .warnings
                    .push("this webhook has no rehearsal: its body was made here, and nothing was sent".to_owned());
                return Ok(acted);
            }
            (true, _) => {
                let line = ready.rehearsals.as_ref().unwrap_or(&ready.line);
                ready.send(line, body, act, context).await.map_err(Sent::into_failure)?
            }
            (false, _) => ready.send(&ready.line, body, act, context).await.map_err(|sent| match sent {
                // Whoever reads it takes this kind, and no other of ours, for "nothing was done".
                Sent::Refused(failure) => Failure { kind: FailureKind::Refused, ..failure },
                Sent::Unknown(failure) => {
                    failure.with_hint("it may have been done: look before anything is tried again")
                }
            })?,
        };
        acted.steps.push(answered);
        Ok(acted)
    }
}

impl Ready {
    async fn send(&self, line: &Line, body: Option<Value>, act: &Act, context: &CallContext) -> Result<String, Sent> {
        let webhook = &self.webhook;
        let letter = Letter {
            method: Some(webhook.method),
            body,
            key: act.grant(),
            expected: &webhook.expected,
            timeout: webhook.timeout.min(context.remaining()),
        };
        line.send(letter).await
    }

    fn acted(&self, asked: &CallArgs, object: ObjectRef, act: &Act, body: Option<&Value>) -> Acted {
        let (method, host) = (self.webhook.method.http(), self.line.host());
        let mut diff = vec![format!("webhook {}: {method} to {host} for {object}", self.webhook.name)];
        if let Some(body) = body {
            let mut body = body.clone();
            redaction::redact_value(&mut body);
            diff.push(format!("body: {}", redaction::redacted_head(&body.to_string(), TOLD)));
        }
        let class = self.action.effective_class();
        let mut warnings = Vec::new();
        if class == EffectClass::W3 {
            warnings.push("no webhook is declared that takes it back".to_owned());
        }
        Acted {
            action: TOOL.to_owned(),
            object,
            class,
            dry_run: act.is_dry_run(),
            complete: true,
            seen_resource_version: None,
            resource_version: None,
            diff,
            undo: self.action.undo.as_deref().map(|undo| asked.undo(undo)),
            warnings,
            steps: Vec::new(),
        }
    }
}

#[async_trait]
impl ToolServer for Server {
    fn info(&self) -> ServerInfo {
        ServerInfo {
            name: "webhooks",
            version: env!("CARGO_PKG_VERSION"),
            instructions: "Calls webhooks that the settings declare, for the executor alone.",
        }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        vec![ToolSpec::act::<CallArgs>(TOOL, "Call webhook", "Calls a declared webhook for an object, once.")]
    }

    fn call_deadline(&self) -> Duration {
        let longest = self.webhooks.values().map(|ready| ready.webhook.timeout).max();
        longest.unwrap_or_default().saturating_add(MORE_TIME)
    }

    async fn call(&self, tool: &str, arguments: Map<String, Value>, context: CallContext) -> Result<Envelope, Failure> {
        if tool != TOOL {
            return Err(args::unknown_tool(tool));
        }
        let asked: CallArgs = args::parse(arguments)?;
        let what = format!("the webhook {}", asked.webhook);
        let acted = context.bounded(&what, self.called(asked, &context)).await?;
        let hint = acted.dry_run.then(|| "A rehearsal: nothing was changed. Pass dry_run=false to do it.".to_owned());
        Ok(Envelope { hint, ..Envelope::whole(page::json(&acted)?, 1) })
    }
}
