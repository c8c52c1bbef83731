//! One recorded answer: what was asked, and what came back.
//!
//! Guarantee: a body of any bytes survives a file. Deliberately absent: streams.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Asked {
    /// `GET`.
    pub method: String,
    /// Path; with `//host` before it where the request names one.
    pub path: String,
    /// Parameters of the URL and of a form, as they were sent; `@accept` and `@body` stand for those parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
}

impl Asked {
    /// As one line.
    pub fn line(&self) -> String {
        let pairs: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {}?{}", self.method, self.path, pairs.join("&"))
    }

    /// How many parameters are the same.
    pub fn alike(&self, other: &Self) -> usize {
        self.query.iter().filter(|pair| other.query.contains(pair)).count()
    }
}

/// What came back, as it stands in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// To what.
    #[serde(flatten)]
    pub asked: Asked,
    /// Status.
    pub status: u16,
    /// Headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body, where it is JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// The body, where it is other text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body, where it is no text: one character a byte, U+0000 to U+00FF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
    /// Whether it broke off after the body.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broken_off: bool,
}

/// What goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// Whether it breaks off after the body.
    pub broken_off: bool,
}

impl Answer {
    /// As it goes out.
    pub fn wire(&self) -> Wire {
        Wire { status: self.status, headers: self.headers.clone(), body: self.body(), broken_off: self.broken_off }
    }

    /// The body's bytes.
    pub fn body(&self) -> Vec<u8> {
        match (&self.json, &self.text, &self.bytes) {
            (Some(json), _, _) => json.to_string().into_bytes(),
            (None, Some(text), _) => text.clone().into_bytes(),
            (None, None, Some(bytes)) => bytes.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect(),
            (None, None, None) => Vec::new(),
        }
    }

    /// An answer for a file. JSON is kept as such only where that loses nothing (`readable`), else as its text.
    pub fn new(asked: Asked, wire: &Wire, readable: bool) -> Self {
        let (status, headers, broken_off) = (wire.status, wire.headers.clone(), wire.broken_off);
        let mut answer = Self { asked, status, headers, json: None, text: None, bytes: None, broken_off };
        if readable {
            answer.json = serde_json::from_slice(&wire.body).ok();
        }
        if answer.json.is_none() && !wire.body.is_empty() {
            match std::str::from_utf8(&wire.body) {
                Ok(text) => answer.text = Some(text.to_owned()),
                Err(_) => answer.bytes = Some(wire.body.iter().map(|byte| char::from(*byte)).collect()),
            }
        }
        answer
    }
}

impl Wire {
    /// As a response, which may stay open after its body. What HTTP cannot carry at all (a header with a line break)
    /// is left out.
    pub fn response(self, stays_open: bool) -> Response<Body> {
        let body = if stays_open {
            let part = futures::stream::iter([Ok::<_, io::Error>(self.body)]);
            Body::from_stream(part.chain(futures::stream::pending()))
        } else if self.broken_off {
            let parts = [Ok(self.body), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
            Body::from_stream(futures::stream::iter(parts))
        } else {
            Body::from(self.body)
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY);
        for (name, value) in &self.headers {
            let pair = (HeaderName::try_from(name.as_str()), HeaderValue::from_bytes(value.as_bytes()));
            if let (Ok(name), Ok(value)) = pair {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
