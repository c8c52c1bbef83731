//! A request taken apart: which resource, which object, which parameters, which form of answer.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};

use super::error::ApiError;
use crate::world::resources::{Resource, find};
use crate::world::selector::{FieldSelector, LabelSelector};

/// What a path names.
#[derive(Debug, Clone)]
pub struct Target {
    /// The kind.
    pub resource: &'static Resource,
    /// The namespace, if the path names one.
    pub namespace: Option<String>,
    /// The object, if the path names one.
    pub name: Option<String>,
    /// What is wanted of it.
    pub subresource: Option<String>,
    /// The old form `/watch/`.
    pub watch: bool,
}

impl Target {
    /// The namespace for the store: empty for what belongs to the cluster.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
}

/// Reads the path of an object, a collection or a subresource.
pub fn target(path: &str) -> Option<Target> {
    let mut parts = path.trim_matches('/').split('/').filter(|part| !part.is_empty());
    let (group, version) = match parts.next()? {
        "api" => ("", parts.next()?),
        "apis" => (parts.next()?, parts.next()?),
        _ => return None,
    };
    let mut rest: Vec<&str> = parts.collect();
    let watch = rest.first() == Some(&"watch");
    if watch {
        rest.remove(0);
    }
    let mut namespace = None;
    if rest.len() > 2 && rest.first() == Some(&"namespaces") && !["status", "finalize"].contains(rest.get(2)?) {
        namespace = rest.get(1).map(|namespace| (*namespace).to_owned());
        rest.drain(..2);
    }
    let resource = find(group, version, rest.first()?)?;
    if rest.len() > 3 {
        return None;
    }
    let text = |index: usize| rest.get(index).map(|part| (*part).to_owned());
    Some(Target { resource, namespace, name: text(1), subresource: text(2), watch })
}

/// Query parameters.
#[derive(Debug, Clone, Default)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads the query of a URL.
    pub fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        });
        Self(pairs.collect())
    }

    /// A parameter; empty when it is absent.
    pub fn text(&self, key: &str) -> &str {
        self.0.get(key).map(String::as_str).unwrap_or_default()
    }

    /// A flag.
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.text(key), "true" | "1" | "True")
    }

    /// A number.
    ///
    /// # Errors
    /// When it is there and no number.
    pub fn number(&self, key: &str) -> Result<Option<i64>, ApiError> {
        match self.text(key) {
            "" => Ok(None),
            text => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(ApiError::bad_request(format!("{key}: Invalid value: {text:?}: must be a whole number"))),
            },
        }
    }

    /// A time.
    ///
    /// # Errors
    /// When it is there and no time.
    pub fn time(&self, key: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
        match self.text(key) {
            "" => Ok(None),
            text => match DateTime::parse_from_rfc3339(text) {
                Ok(at) => Ok(Some(at.with_timezone(&Utc))),
                Err(_) => {
                    Err(ApiError::bad_request(format!("{key}: Invalid value: {text:?}: must be an RFC 3339 time")))
                }
            },
        }
    }

    /// The two selectors of a list or watch.
    ///
    /// # Errors
    /// When one cannot be read, or selects by a field that this resource has not.
    pub fn selectors(&self, resource: &Resource) -> Result<(LabelSelector, FieldSelector), ApiError> {
        let labels = LabelSelector::parse(self.text("labelSelector")).map_err(ApiError::bad_request)?;
        let fields = FieldSelector::parse(self.text("fieldSelector")).map_err(ApiError::bad_request)?;
        if let Some(path) = fields.unsupported(resource.plural) {
            return Err(ApiError::bad_request(format!("field label not supported: {path}")));
        }
        Ok((labels, fields))
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                match (digit(rest.next()), digit(rest.next())) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => b'%',
                }
            }
            plain => plain,
        };
        bytes.push(decoded);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The form of the answer that the client likes best and we have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The objects themselves.
    Objects,
    /// Rows and columns.
    Table,
    /// Only their metadata.
    Metadata,
}

/// Reads the `Accept` header.
pub fn form(headers: &HeaderMap) -> Form {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for wish in accept.split(',').map(str::trim) {
        if !wish.starts_with("application/json") && !wish.starts_with("*/*") {
            continue;
        }
        if wish.contains("as=Table") {
            return Form::Table;
        }
        if wish.contains("as=PartialObjectMetadata") {
            return Form::Metadata;
        }
        return Form::Objects;
    }
    Form::Objects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let shown = |path: &str| {
            target(path).map(|target| {
                let part = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
                format!(
                    "{} {} {} {}",
                    target.resource.kind,
                    part(target.namespace),
                    part(target.name),
                    part(target.subresource)
                )
            })
        };
        for (path, wanted) in [
            ("/api/v1/pods", Some("Pod - - -")),
            ("/api/v1/namespaces/shop/pods/a/log", Some("Pod shop a log")),
            ("/api/v1/namespaces/shop", Some("Namespace - shop -")),
            ("/api/v1/namespaces/shop/status", Some("Namespace - shop status")),
            ("/apis/apps/v1/namespaces/shop/deployments/checkout/scale", Some("Deployment shop checkout scale")),
            ("/apis/apps/v1/deployments", Some("Deployment - - -")),
            ("/apis/apps/v2/deployments", None),
            ("/nothing", None),
        ] {
            assert_eq!(shown(path).as_deref(), wanted, "{path}");
        }
        assert_eq!(Parameters::parse("labelSelector=app%3Dshop+x&limit=5").text("labelSelector"), "app=shop x");
    }
}
