//! The one request: what the model is told, and its reply as a JSON object.
//!
//! The reply is asked for as the arguments of a call, so that what small models send slightly wrong is mended where all
//! their calls are mended; a model that writes the object into its text is understood too. Nothing is called.

use super::writing::Numbers;
use super::{Thinker, offered};
use crate::kept::bounded;
use crate::ledger::Ledger;
use crate::view;
use domain::diagnosis::Judgement;
use domain::evidence::{Evidence, EvidenceId};
use domain::hypothesis::SYMPTOMS;
use domain::hypothesis::plain::plain;
use domain::hypothesis::reply::{self, NAME};
use domain::hypothesis::surroundings::Surroundings;
use domain::incident::Incident;
use domain::tokens;
use futures::StreamExt;
use ports::model::{Message, ModelEvent, ModelRequest, OfferedTool, Reply};
use ports::store::document::Expect;
use ports::store::record;
use ports::toolbox::ToolDescription;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// How long the model may take.
const PATIENCE: Duration = Duration::from_secs(45);

/// Tokens of the reply, of all evidence that is shown, and of one piece of it.
const REPLY_TOKENS: u32 = 900;
const EVIDENCE_TOKENS: usize = 2_000;
const PIECE_TOKENS: usize = 250;

/// Of a context that is smaller than usual, evidence gets this part.
const PART_OF_CONTEXT: u64 = 4;

/// Objects that are named, and causes of the rules that are told.
const OBJECTS: usize = 40;
const CAUSES: usize = 3;

/// Characters of a description of a tool.
const DESCRIPTION_CHARS: usize = 80;

impl Thinker {
    /// Asks once.
    pub(super) async fn ask(
        &self,
        incident: &Incident,
        ranked: &[Judgement],
        ledger: &Ledger,
        around: &Surroundings,
        catalogue: &[ToolDescription],
        numbers: &Numbers,
    ) -> Result<Map<String, Value>, String> {
        let began = Instant::now();
        let asking = async {
            let capabilities = self.parts.model.capabilities().await.map_err(|error| error.to_string())?;
            let of_context = capabilities.context_tokens.map(|tokens| tokens / PART_OF_CONTEXT);
            let most = of_context
                .map_or(EVIDENCE_TOKENS, |part| usize::try_from(part).unwrap_or(usize::MAX))
                .min(EVIDENCE_TOKENS);
            let system = self.prompt.render(&BTreeMap::from([
                ("now", self.parts.clock.now().format("%A %Y-%m-%d %H:%M UTC").to_string()),
                ("looks", looks(catalogue)),
                ("objects", self.objects(around)),
                ("symptoms", SYMPTOMS.join(", ")),
            ]));
            let user = self.told(incident, ranked, ledger.evidence(), catalogue, most);
            let form = OfferedTool {
                name: NAME.to_owned(),
                description: "Tells the possible causes. Call it once.".to_owned(),
                parameters: reply::schema(),
            };
            let messages = vec![Message::System(system), Message::User(user)];
            self.reply(ModelRequest { messages, tools: vec![form], max_tokens: REPLY_TOKENS }).await
        };
        let reply =
            tokio::time::timeout(PATIENCE, asking).await.map_err(|_| "it did not answer in time".to_owned())??;
        self.budget(|budget| budget.spent(reply.tokens.prompt.saturating_add(reply.tokens.completion)));
        let cost = numbers.cost(&reply.tokens, began.elapsed(), self.parts.clock.now());
        if let Err(error) = bounded(record::save(&*self.parts.store, &cost, Expect::Any)).await {
            tracing::warn!(incident = incident.id, %error, "what asking the model cost could not be kept");
        }
        object(&reply).ok_or_else(|| "its reply is not of the form that was asked for".to_owned())
    }

    async fn reply(&self, request: ModelRequest) -> Result<Reply, String> {
        let mut stream = self.parts.model.ask(request, self.parts.stop.child_token());
        while let Some(event) = stream.next().await {
            match event {
                Ok(ModelEvent::Done(reply)) => return Ok(reply),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Err("its answer stopped in the middle".to_owned())
    }

    fn objects(&self, around: &Surroundings) -> String {
        let named = around.objects().iter().map(ToString::to_string);
        // What may not be shown is not named either.
        let shown: Vec<String> = named.filter(|name| self.parts.disclosure.text(name) == *name).take(OBJECTS).collect();
        shown.join(", ")
    }

    /// The incident, what the rules say, and what was seen: what they rest on first.
    fn told(
        &self,
        incident: &Incident,
        ranked: &[Judgement],
        evidence: &[Evidence],
        catalogue: &[ToolDescription],
        most: usize,
    ) -> String {
        let disclosure = &self.parts.disclosure;
        let mut lines = vec![format!("Incident: {}", disclosure.text(&plain(&incident.title, 200)))];
        match ranked.first() {
            None => lines.push("The rules found no cause.".to_owned()),
            Some(_) => lines.push("The rules found:".to_owned()),
        }
        for judgement in ranked.iter().take(CAUSES) {
            lines.push(format!("- {}", disclosure.text(&plain(&judgement.summary.text, 300))));
        }
        lines.push("Seen:".to_owned());
        let mut left = most;
        for look in order(evidence, ranked) {
            let server =
                catalogue.iter().find(|tool| tool.name == look.call.tool).map_or("", |tool| tool.server.as_str());
            let Ok(envelope) = &look.result else { continue };
            if disclosure.permits(server, &look.call).is_err() {
                continue;
            }
            let shown = view::for_model(&disclosure.view(envelope).0, PIECE_TOKENS.min(left));
            let line = format!("[{}] {} {shown}", look.id, look.call.tool);
            let cost = tokens::estimate(&line);
            if cost > left {
                break;
            }
            left = left.saturating_sub(cost);
            lines.push(line);
        }
        lines.join("\n")
    }
}

/// What the rules rest on first, then the rest in its order.
fn order<'a>(evidence: &'a [Evidence], ranked: &[Judgement]) -> Vec<&'a Evidence> {
    let cited: BTreeSet<EvidenceId> = ranked.iter().flat_map(Judgement::evidence).collect();
    let (first, rest): (Vec<&Evidence>, Vec<&Evidence>) = evidence.iter().partition(|look| cited.contains(&look.id));
    first.into_iter().chain(rest).collect()
}

/// The tools that may be named, a line each, with the arguments that they take.
fn looks(catalogue: &[ToolDescription]) -> String {
    let names: BTreeSet<&str> = offered(catalogue).iter().map(|tool| tool.name).collect();
    let of = |tool: &ToolDescription| {
        let arguments: Vec<&str> = tool
            .input_schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|known| known.keys())
            .map(String::as_str)
            .filter(|name| *name != "cluster")
            .collect();
        format!("  - {}({}): {}", tool.name, arguments.join(", "), plain(&tool.description, DESCRIPTION_CHARS))
    };
    catalogue.iter().filter(|tool| names.contains(tool.name.as_str())).map(of).collect::<Vec<_>>().join("\n")
}

/// The reply, from the call that was asked for, or from the text.
fn object(reply: &Reply) -> Option<Map<String, Value>> {
    let called = reply.calls.iter().find(|call| call.tool == NAME).and_then(|call| call.arguments.as_ref().ok());
    called.cloned().or_else(|| reply::object_in(&reply.text))
}
