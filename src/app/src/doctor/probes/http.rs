//! A probe of one server over HTTP: its settings, and how it is looked at.

use crate::cli::Stop;
use crate::doctor::{Probe, Sight, Subject};
use async_trait::async_trait;
use domain::envelope::Failure;
use futures::future::BoxFuture;
use serde_json::Value;
use tools_common::http::{HttpClient, HttpSettings, Request};

/// How a server of one sort is looked at.
pub type Look = for<'a> fn(&'a HttpClient) -> BoxFuture<'a, Sight>;

/// The probe of one server.
pub struct Http {
    subject: Subject,
    name: String,
    url: String,
    settings: Result<HttpSettings, String>,
    look: Look,
}

impl Http {
    /// The probe of the server `name` at `url`; settings that cannot be used are what it tells.
    pub fn new(subject: Subject, name: &str, url: &str, settings: Result<HttpSettings, Stop>, look: Look) -> Self {
        let settings = settings.map_err(|stop| stop.to_string());
        Self { subject, name: name.to_owned(), url: url.to_owned(), settings, look }
    }

    fn client(&self) -> Result<HttpClient, String> {
        let settings = self.settings.as_ref().map_err(Clone::clone)?;
        HttpClient::network(settings).map_err(|failure| failure.to_string())
    }
}

#[async_trait]
impl Probe for Http {
    fn subject(&self) -> Subject {
        self.subject
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn target(&self) -> String {
        self.url.clone()
    }

    async fn look(&self) -> Sight {
        match self.client() {
            Ok(client) => (self.look)(&client).await,
            Err(why) => Sight::away(why),
        }
    }
}

/// The JSON that a path answers with.
///
/// # Errors
/// Why there is none.
pub async fn document(client: &HttpClient, path: &str) -> Result<Value, Failure> {
    client.send(Request::get(path)).await?.json()
}

/// A text of a document.
pub fn text<'a>(document: &'a Value, pointer: &str) -> Option<&'a str> {
    document.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}
