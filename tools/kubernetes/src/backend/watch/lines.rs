//! The body of a watch: JSON documents, one a line, each with a type and an object.

use super::mirror::Came;
use super::object::Object;
use bytes::BytesMut;
use serde::Deserialize;
use serde_json::Value;

/// A line over this is no object of a Kubernetes API (they are bounded by etcd at 1.5 MiB).
const LINE_BYTES: usize = 8 << 20;

/// Cuts a body into lines as it comes.
#[derive(Debug, Default)]
pub struct Lines {
    waiting: BytesMut,
    looked_at: usize,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    object: Value,
}

impl Lines {
    /// Takes in a piece of the body.
    pub fn push(&mut self, piece: &[u8]) {
        self.waiting.extend_from_slice(piece);
    }

    /// What the next whole line says; `None` where none is there yet.
    pub fn next(&mut self) -> Option<Came> {
        loop {
            let unseen = self.waiting.get(self.looked_at..).unwrap_or_default();
            let Some(end) = unseen.iter().position(|byte| *byte == b'\n') else {
                self.looked_at = self.waiting.len();
                return (self.looked_at > LINE_BYTES).then_some(Came::Broken);
            };
            let line = self.waiting.split_to(self.looked_at + end + 1);
            self.looked_at = 0;
            if let Some(came) = read(line.trim_ascii()) {
                return Some(came);
            }
        }
    }
}

/// `None` for a blank line, and for a type that may yet be invented, as other clients do.
fn read(line: &[u8]) -> Option<Came> {
    if line.is_empty() {
        return None;
    }
    let Ok(event) = serde_json::from_slice::<Event>(line) else { return Some(Came::Broken) };
    let object = |value: Value, came: fn(Object) -> Came| Object::of(value).map_or(Came::Broken, came);
    match event.kind.as_str() {
        "ADDED" | "MODIFIED" => Some(object(event.object, Came::Put)),
        "DELETED" => Some(object(event.object, Came::Gone)),
        "BOOKMARK" => {
            let version = event.object.pointer("/metadata/resourceVersion").and_then(Value::as_str);
            Some(Came::Bookmark(version.unwrap_or_default().to_owned()))
        }
        "ERROR" => {
            let code = event.object.get("code").and_then(Value::as_u64);
            let reason = event.object.get("reason").and_then(Value::as_str);
            let expired = code == Some(410) || matches!(reason, Some("Expired" | "Gone"));
            Some(if expired { Came::Expired } else { Came::Broken })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut told) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece);
            while let Some(came) = lines.next() {
                told.push(match came {
                    Came::Put(object) => format!("put {}", object.key),
                    Came::Gone(object) => format!("gone {}", object.key),
                    Came::Bookmark(version) => format!("bookmark {version}"),
                    Came::Expired => "expired".to_owned(),
                    _ => "broken".to_owned(),
                });
            }
        }
        told
    }

    #[test]
    fn events_cut_anywhere_are_read() {
        let text = concat!(
            r#"{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a","namespace":"x"}}}"#,
            "\n\r\n",
            r#"{"type":"DELETED","object":{"metadata":{"name":"b"}}}"#,
            "\n",
            r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7","creationTimestamp":null}}}"#,
            "\n",
            r#"{"type":"LATER","object":{}}"#,
            "\n",
            r#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"#,
            "\n",
            r#"{"type":"ERROR","object":{"kind":"Status","code":500}}"#,
            "\n",
        )
        .as_bytes();
        let expected = ["put x/a", "gone b", "bookmark 7", "expired", "broken"];
        assert_eq!(told(&[text]), expected);
        for at in 0..text.len() {
            let (left, right) = text.split_at(at);
            assert_eq!(told(&[left, right]), expected, "cut at {at}");
        }
    }

    #[test]
    fn nonsense_breaks_the_watch_and_an_endless_line_too() {
        for line in ["{", "[]", "{\"type\":7}", "{\"type\":\"ADDED\",\"object\":{}}", "{\"type\":\"ADDED\"}"] {
            assert_eq!(told(&[line.as_bytes(), b"\n"]), ["broken"], "{line}");
        }
        let endless = vec![b'x'; LINE_BYTES + 1];
        let mut lines = Lines::default();
        lines.push(&endless);
        assert!(matches!(lines.next(), Some(Came::Broken)));
    }
}
