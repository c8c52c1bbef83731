//! A webhook as it is declared.

use crate::parameter::{Parameter, Source, Use};
use crate::status::Statuses;
use crate::template::Template;
use domain::effect::EffectClass;
use std::collections::BTreeMap;
use std::time::Duration;
use tools_common::http::HttpSettings;

/// The method of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// The methods, as settings write them.
    pub const WORDS: &'static [&'static str] = &["POST", "PUT", "PATCH", "DELETE"];

    /// The method by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }

    /// As HTTP has it.
    pub fn http(self) -> http::Method {
        match self {
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
            Self::Patch => http::Method::PATCH,
            Self::Delete => http::Method::DELETE,
        }
    }
}

/// How a call is rehearsed.
#[derive(Debug, Clone)]
pub enum Rehearsal {
    /// Only here: the body is made, and nothing is sent.
    Here,
    /// By the same request, in which a parameter of [`Source::DryRun`] is true.
    ByParameter,
    /// By the same body at another address.
    At(Box<HttpSettings>),
}

/// What a webhook that changes something is declared as.
#[derive(Debug, Clone)]
pub struct Action {
    /// How much it can change. Nothing milder than W2 is believed, and W3 where nothing takes it back.
    pub class: EffectClass,
    /// The webhook that takes it back.
    pub undo: Option<String>,
    /// How it is rehearsed.
    pub rehearsal: Rehearsal,
}

impl Action {
    /// The class that holds, whatever is declared.
    pub fn effective_class(&self) -> EffectClass {
        match self.undo {
            Some(_) => self.class.max(EffectClass::W2),
            None => EffectClass::W3,
        }
    }
}

/// A webhook.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its name in the settings.
    pub name: String,
    /// Its address with credentials, headers and certificates.
    pub http: HttpSettings,
    /// The method.
    pub method: Method,
    /// The body; none is sent without.
    pub body: Option<Template>,
    /// The values of the body.
    pub parameters: BTreeMap<String, Parameter>,
    /// The statuses that mean that it was done.
    pub expected: Statuses,
    /// How long it may take.
    pub timeout: Duration,
}

impl Webhook {
    /// What is wrong with body and parameters, one sentence each.
    pub fn mistakes(&self, of: Use) -> Vec<String> {
        let mut mistakes = Vec::new();
        let named = self.body.as_ref().map(|body| body.names().clone()).unwrap_or_default();
        for name in named.iter().filter(|name| !self.parameters.contains_key(*name)) {
            mistakes.push(format!("the body holds {{{{{name}}}}}, and there is no such parameter"));
        }
        for (name, parameter) in &self.parameters {
            if !named.contains(name) {
                mistakes.push(format!("the parameter {name} does not stand in the body"));
            }
            if let Some(source) = parameter.source().filter(|source| !source.is_of(of)) {
                let words = Source::words(of).join(", ");
                mistakes.push(format!("the parameter {name} is from {}; known here: {words}", source.word()));
            }
        }
        mistakes
    }

    /// Whether the other side is told that a call is a rehearsal.
    pub fn tells_rehearsals(&self) -> bool {
        self.parameters.values().any(|parameter| parameter.source() == Some(Source::DryRun))
    }
}
