//! The model endpoint: version, the model that is used, how it takes tools, the context that it is really given.

use crate::convert;
use crate::doctor::{Detail, Probe, Sight, Subject};
use crate::settings::{ModelSettings, secret};
use async_trait::async_trait;
use model::{ModelClient, ProbeReport, ToolSupport};

/// A context below this cannot hold the first request and a few results.
const SMALL_CONTEXT_TOKENS: u64 = 4096;

/// The probe of the endpoint.
pub struct Model {
    endpoint: String,
    client: Result<ModelClient, String>,
}

impl Model {
    /// The probe of this one.
    pub fn new(settings: &ModelSettings) -> Self {
        let client = ModelClient::new(convert::model(settings)).map_err(|error| error.to_string());
        Self { endpoint: secret::hide_credentials(&settings.endpoint), client }
    }
}

#[async_trait]
impl Probe for Model {
    fn subject(&self) -> Subject {
        Subject::Model
    }

    fn name(&self) -> String {
        "model".to_owned()
    }

    fn target(&self) -> String {
        self.endpoint.clone()
    }

    async fn look(&self) -> Sight {
        let client = match &self.client {
            Ok(client) => client,
            Err(why) => return Sight::away(why.clone()),
        };
        match client.probe().await {
            Ok(report) => sight(report),
            Err(error) => Sight::away(error.to_string()),
        }
    }
}

fn sight(report: ProbeReport) -> Sight {
    let version = report.version.map(|version| format!(", version {version}")).unwrap_or_default();
    let tools = match report.tools {
        ToolSupport::Native => Detail::well("tools", "called through the API"),
        ToolSupport::TextProtocol => {
            Detail::well("tools", "described in the text, since the model takes no definitions")
        }
    };
    let mut details = vec![tools, context(report.context_tokens, report.trained_context_tokens)];
    details.extend(report.notes.into_iter().map(|note| Detail::well("note", note)));
    if report.models.len() > 1 {
        details.push(Detail::well("models there", report.models.join(", ")));
    }
    Sight::answers(format!("{}{version}", report.model), details)
}

fn context(given: Option<u64>, trained: Option<u64>) -> Detail {
    let of = trained.map(|trained| format!(" of {trained} that it was trained with")).unwrap_or_default();
    match given {
        Some(tokens) if tokens < SMALL_CONTEXT_TOKENS => {
            Detail::lacking("context", format!("{tokens} tokens{of}; at least {SMALL_CONTEXT_TOKENS} are needed"))
        }
        Some(tokens) => Detail::well("context", format!("{tokens} tokens{of}")),
        None => Detail::well("context", "the endpoint does not tell; set model.context_tokens"),
    }
}
