//! A manifest without its noise and without its secrets.
//!
//! Guarantee: no value of a Secret leaves this module, nor a value under a name that says it is secret, nor the user
//! part of a URL. What was removed is said in its place. The kit redacts every result once more.

use serde_json::{Map, Value};

/// What stands for a value that must not be shown.
pub const REDACTED: &str = "[redacted]";

const SENSITIVE: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "authorization",
    "connectionstring",
    "signingkey",
    "encryptionkey",
    "clientkey",
    "dsn",
];

/// Names that contain a sensitive word and are none: references to where the secret is.
const HARMLESS: &[&str] = &[
    "secretname",
    "secretref",
    "secretkeyref",
    "tokenfile",
    "automountserviceaccounttoken",
    "serviceaccounttoken",
    "imagepullsecrets",
    "tokenexpirationseconds",
    "secrets",
    "secret",
];

/// Whether a value under this name is to be hidden.
pub fn is_sensitive(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SENSITIVE.iter().any(|word| plain.contains(word)) || plain.ends_with("pwd") || plain.ends_with("pass")
}

/// The manifest as it may be shown.
pub fn trim(mut manifest: Value) -> Value {
    if let Some(metadata) = manifest.get_mut("metadata").and_then(Value::as_object_mut) {
        for noise in ["managedFields", "selfLink", "generateName"] {
            metadata.remove(noise);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.retain(|name, _| !name.ends_with("last-applied-configuration"));
        }
    }
    if manifest.get("kind").and_then(Value::as_str) == Some("Secret") {
        redact_secret(&mut manifest);
    }
    redact(&mut manifest);
    manifest
}

fn redact_secret(secret: &mut Value) {
    for field in ["data", "stringData"] {
        if let Some(values) = secret.get_mut(field).and_then(Value::as_object_mut) {
            for value in values.values_mut() {
                let text = value.as_str().unwrap_or_default();
                let bytes = if field == "data" { decoded_length(text) } else { text.len() };
                *value = Value::from(format!("{REDACTED} {bytes} bytes"));
            }
        }
    }
}

fn decoded_length(base64: &str) -> usize {
    let characters = base64.trim_end_matches('=').len();
    characters * 3 / 4
}

/// Replaces values under sensitive names, everywhere below.
fn redact(value: &mut Value) {
    match value {
        Value::Object(object) => redact_object(object),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::String(text) => {
            if let Some(clean) = clean_text(text) {
                *text = clean;
            }
        }
        _ => {}
    }
}

fn redact_object(object: &mut Map<String, Value>) {
    let named_secret = object.get("name").and_then(Value::as_str).is_some_and(is_sensitive);
    if named_secret
        && let Some(Value::String(value)) = object.get_mut("value")
        && !value.is_empty()
    {
        *value = REDACTED.to_owned();
    }
    for (name, value) in object.iter_mut() {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let hidden = is_sensitive(name) && !HARMLESS.contains(&plain.as_str());
        match value {
            Value::String(text) if hidden && !text.is_empty() && !text.starts_with(REDACTED) => {
                *text = REDACTED.to_owned();
            }
            other => redact(other),
        }
    }
}

/// The text without URL user parts and without `password=…` assignments; `None` where nothing had to go.
pub fn clean_text(text: &str) -> Option<String> {
    let without_users = strip_user(text);
    let base = without_users.as_deref().unwrap_or(text);
    strip_assignments(base).or(without_users)
}

fn strip_user(text: &str) -> Option<String> {
    if !text.contains("://") || !text.contains('@') {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | ','))
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                out.push_str(REDACTED);
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

/// `--db-password=x`, `password: x` and `API_TOKEN=x`, word by word and line by line.
fn strip_assignments(text: &str) -> Option<String> {
    let lines: Vec<String> = text.split('\n').map(strip_line).collect();
    let joined = lines.join("\n");
    (joined != text).then_some(joined)
}

fn strip_line(line: &str) -> String {
    if let Some((name, value)) = line.split_once(": ").or_else(|| line.split_once('='))
        && is_plain_name(name)
        && is_sensitive(name)
        && !value.trim().is_empty()
    {
        let separator = if line.get(name.len()..).unwrap_or_default().starts_with('=') { "=" } else { ": " };
        return format!("{name}{separator}{REDACTED}");
    }
    line.split(' ').map(strip_word).collect::<Vec<_>>().join(" ")
}

fn strip_word(word: &str) -> String {
    match word.split_once('=') {
        Some((name, value)) if is_plain_name(name) && is_sensitive(name) && !value.is_empty() => {
            format!("{name}={REDACTED}")
        }
        _ => word.to_owned(),
    }
}

fn is_plain_name(name: &str) -> bool {
    let name = name.trim().trim_matches(['"', '\'', '-']);
    !name.is_empty() && name.len() <= 60 && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_keeps_names_and_lengths_only() {
        let secret = json!({"kind": "Secret", "metadata": {"name": "stripe-keys", "managedFields": [{}], "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"api-key\":\"c2tfbGl2ZV94\"}}"}},
            "data": {"api-key": "c2tfbGl2ZV94"}, "stringData": {"other": "canary"}, "type": "Opaque"});
        let shown = trim(secret);
        assert_eq!(shown["data"]["api-key"], "[redacted] 9 bytes");
        assert_eq!(shown["stringData"]["other"], "[redacted] 6 bytes");
        assert_eq!(shown["metadata"], json!({"name": "stripe-keys", "annotations": {}}));
    }

    #[test]
    fn what_tells_one_object_from_the_next_of_its_name_stays() {
        let metadata = json!({"name": "a", "uid": "6f0c", "generation": 3, "resourceVersion": "17", "managedFields": [{}],
            "selfLink": "/a", "generateName": "a-"});
        let shown = trim(json!({"kind": "Deployment", "metadata": metadata}));
        assert_eq!(shown["metadata"], json!({"name": "a", "uid": "6f0c", "generation": 3, "resourceVersion": "17"}));
    }

    #[test]
    fn values_under_sensitive_names_go_and_references_stay() {
        let pod = json!({"kind": "Pod", "spec": {"serviceAccountName": "a", "automountServiceAccountToken": false,
            "containers": [{"env": [
                {"name": "DB_PASSWORD", "value": "canary"},
                {"name": "DB_URL", "value": "postgres://shop:canary@orders-db.data:5432/x"},
                {"name": "STRIPE_KEY", "valueFrom": {"secretKeyRef": {"name": "stripe-keys", "key": "api-key"}}}],
                "args": ["--db-password=canary", "--verbose"]}],
            "volumes": [{"secret": {"secretName": "tls"}}]}});
        let text = trim(pod).to_string();
        assert!(!text.contains("canary"), "{text}");
        for kept in ["stripe-keys", "api-key", "\"tls\"", "orders-db.data:5432", "--verbose"] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
    }

    #[test]
    fn config_text_loses_its_passwords() {
        let text = "db:\n  password: canary\n  host: orders-db\n  url: http://u:canary@h/x\napi_token=canary";
        let clean = clean_text(text).unwrap();
        assert!(!clean.contains("canary"), "{clean}");
        assert!(clean.contains("host: orders-db"));
        assert_eq!(clean_text("nothing: here"), None);
    }
}
