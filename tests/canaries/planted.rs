//! The planted secrets: texts full of them, and the search for any part of one.
//!
//! Deliberately absent: secrets without a known shape or a telling name, which nobody can tell from an identifier. The
//! values of Secrets are such, and are looked for all the same: they must never be read.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The harmless word that stands before the secrets.
pub const VISIBLE: &str = "plainly-visible";

/// A secret's body, without known shape: for places whose name tells what it is.
pub const UNDER_A_NAME: &str = "wq7Lr2Zt9Xk4Hv6Pn3Bd8";

/// Bodies of secrets, with the texts that people write them into.
const SHAPES: &[(&str, &str)] = &[
    ("A1qZ8wX3sC5eD7rF2vT9gB4yH6nU0jM8kL1p", "pushed with ghp_{}"),
    ("11QAZ2WSX3EDC_4RFV5TGB6YHN7UJM8IK9OL0PqAzWsXeDc", "clone token github_pat_{}"),
    ("8834571190-Zx7Cv5Bn3Mq1WeR", "posted as xoxb-{}"),
    ("Q7W3E9R2T5Y1U8I4", "key AKIA{} was used"),
    ("eyJzdWIiOiJrUjd4TTJwUTlkIn0.Zk3Lq8Vt5Nw2Xr7Bc1Hj6", "jwt eyJhbGciOiJIUzI1NiJ9.{} ended"),
    ("Hunt9er2Vq6Lm1Zs", "login failed with password={}"),
    ("Vb5Kq0Rz7Yn2Wd8Lx3Jc", "sent Authorization: Bearer {}"),
    ("Gm4Tf9Pk1Sw6Qv", "dial postgres://shop:{}@orders-db:5432/orders"),
    ("Ly8Nc3Vx5Rb0Tq", "fetch https://robot:{}@git.example.com/x.git"),
    ("Jd2Hw7Xz4Mk9Fs", "api_key: {}"),
    ("Pz6Yb1Qn8Cv3Kt", "run with --token {} now"),
    ("Rt5Ws0Lk7Dx2Gq", r#"body {"client_secret":"{}"}"#),
    ("T0AB12CD/B0EF34GH/Xw9Vu5Ts1Rq7Po3Nm", "https://hooks.slack.com/services/{}"),
    ("session-Fk8Jh3Gd6Sa1", "Cookie: sid={}"),
    ("MIIEowIBAAKCAQEAz7Xv4Qm9Lp2Rt6Wk1Yd8", "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----"),
    ("Mx1Cv6Bz9Nk4Lq", "AWS_SECRET_ACCESS_KEY={}"),
    ("Zs3Xd8Cf5Vg0Bh", r#"{"password": "{}", "n": 1}"#),
];

/// A text with every shape. `seed` decides the order, and how far in the first stands: wherever a text is cut, some
/// text is cut within a secret.
pub fn text(seed: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    let number = hasher.finish() as usize;
    let padding = ["and", "then", "it", "went", "on"].iter().cycle().take(number / 64 % 40);
    let padding: Vec<&str> = padding.copied().collect();
    let first = number % SHAPES.len();
    let shapes = SHAPES.iter().cycle().skip(first).take(SHAPES.len());
    let parts: Vec<String> = shapes.map(|(body, shape)| shape.replace("{}", body)).collect();
    format!("{VISIBLE} {} {}", padding.join(" "), parts.join(" ; "))
}

/// A token in the few characters that a label's value has.
pub fn label_value() -> String {
    format!("{VISIBLE}-ghp_{}", SHAPES[0].0)
}

/// An address with a password in it.
pub fn address(host: &str) -> String {
    format!("https://{VISIBLE}:{UNDER_A_NAME}@{host}/path")
}

/// Labels or annotations with secrets in them, added to what is there.
pub fn into_labels(labels: &mut Value) {
    let seed = labels.to_string();
    if let Value::Object(labels) = labels {
        labels.insert("note".to_owned(), json!(text(&seed)));
        labels.insert("db_password".to_owned(), json!(UNDER_A_NAME));
        labels.insert("link".to_owned(), json!(address("label.example.com")));
    }
}

/// A text goes on with secrets.
pub fn onto(value: &mut Value) {
    if let Value::String(before) = value {
        *before = format!("{before} {}", text(before));
    }
}

/// Walks through all objects of a document, the inner ones first.
pub fn each_object(value: &mut Value, change: &dyn Fn(&mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        Value::Object(object) => {
            object.values_mut().for_each(|part| each_object(part, change));
            change(object);
        }
        _ => {}
    }
}

/// The same backend, whose JSON answers are changed by `plant`, and whose texts by `plant_text`; both are told the path.
pub fn planting(router: Router, plant: fn(&str, &mut Value), plant_text: fn(&str, String) -> String) -> Router {
    let layer = move |request: Request, next: Next| async move {
        let asked = request.uri().to_string();
        let (mut parts, body) = next.run(request).await.into_parts();
        let bytes = axum::body::to_bytes(body, 256 << 20).await.unwrap();
        parts.headers.remove("content-length");
        let changed = match serde_json::from_slice::<Value>(&bytes) {
            Ok(mut document @ (Value::Object(_) | Value::Array(_))) => {
                plant(&asked, &mut document);
                document.to_string()
            }
            _ => plant_text(&asked, String::from_utf8(bytes.to_vec()).unwrap()),
        };
        Response::from_parts(parts, Body::from(changed))
    };
    router.layer(middleware::from_fn(layer))
}

/// How much of a secret is a leak.
const PART: usize = 9;

/// All parts of all secrets, as they are and in base64, in lower case.
fn parts(more: &[&str]) -> BTreeSet<Vec<u8>> {
    let mut parts = BTreeSet::new();
    let bodies = SHAPES.iter().map(|(body, _)| *body).chain([UNDER_A_NAME]).chain(more.iter().copied());
    for body in bodies {
        let mut forms = vec![body.to_owned()];
        for shift in 0..3 {
            // The first and the last letters depend on what stands beside.
            let encoded = BASE64_STANDARD.encode(format!("{}{body}", "x".repeat(shift)));
            let encoded = encoded.trim_end_matches('=');
            forms.push(encoded[4..encoded.len() - 2].to_owned());
        }
        for form in forms {
            parts.extend(form.to_ascii_lowercase().as_bytes().windows(PART).map(<[u8]>::to_vec));
        }
    }
    parts
}

/// The first place where a part of a secret stands, with what is around it. `more` are secrets of the test's own.
pub fn leak(text: &str, more: &[&str]) -> Option<String> {
    let parts = parts(more);
    let lower = text.to_ascii_lowercase();
    let at = lower.as_bytes().windows(PART).position(|window| parts.contains(window))?;
    let around = &text.as_bytes()[at.saturating_sub(60)..(at + 60).min(text.len())];
    Some(format!("…{}…", String::from_utf8_lossy(around)))
}

#[test]
fn parts_of_secrets_are_found_in_every_form() {
    assert_eq!(leak(VISIBLE, &[]), None);
    assert_eq!(leak(&format!("{VISIBLE} [redacted] password=[redacted]"), &[]), None);
    for (body, shape) in SHAPES {
        let whole = shape.replace("{}", body);
        assert!(leak(&whole, &[]).is_some(), "{whole}");
        assert!(leak(&whole.to_uppercase(), &[]).is_some(), "{whole}");
        assert!(leak(&BASE64_STANDARD.encode(&whole), &[]).is_some(), "{whole}");
        assert!(leak(&body[2..12], &[]).is_some(), "{body}");
    }
    assert!(leak("x my-own-credential y", &["my-own-credential"]).is_some());
}
