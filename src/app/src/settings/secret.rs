//! A value that must not be shown.

use serde::Serialize;
use std::fmt;

/// What stands in the place of a secret wherever something is printed.
pub const HIDDEN: &str = "[secret]";

/// A secret text. `Debug`, `Display` and `Serialize` print [`HIDDEN`]; only [`Secret::reveal`] gives the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

/// A text as it may be shown: credentials of a URL hidden, and whatever else looks like a secret.
pub fn shown(text: &str) -> String {
    domain::redaction::redact_text(&hide_credentials(text)).into_owned()
}

/// The text of a URL with what stands before `@` in its authority hidden, and its query, which often holds a key.
pub fn hide_credentials(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(start);
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(authority_end);
    let authority = match authority.rfind('@') {
        Some(at) => format!("{HIDDEN}{}", authority.split_at(at).1),
        None => authority.to_owned(),
    };
    match tail.find('?') {
        Some(at) if start > 0 => format!("{scheme}{authority}{}?{HIDDEN}", tail.split_at(at).0),
        _ => format!("{scheme}{authority}{tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_printing_hides() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "[secret] [secret]");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"[secret]\"");
        assert_eq!(secret.reveal(), "hunter2");
    }

    #[test]
    fn credentials_of_a_url_are_hidden_and_nothing_else() {
        let cases = [
            ("http://u:p@host:9090/x?y=a@b", "http://[secret]@host:9090/x?[secret]"),
            ("what? no", "what? no"),
            ("http://host/a@b", "http://host/a@b"),
            ("u:p@host", "[secret]@host"),
            ("http://a@b:c@host", "http://[secret]@host"),
        ];
        for (given, shown) in cases {
            assert_eq!(hide_credentials(given), shown);
        }
    }
}
