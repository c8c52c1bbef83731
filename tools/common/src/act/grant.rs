//! Grants: signed permissions for one call each.
//!
//! A token is `BASE64URL(claims as JSON) "." BASE64URL(Ed25519 signature of the first part)`, after RFC 8032. The
//! executor signs with its private key; the act server holds the public one and so cannot make a grant itself (a shared
//! secret was rejected for that). Guarantees: a token serves the act server (its audience), the tool and the exact
//! arguments that it was signed for, once, until it expires and never longer than [`MAX_GRANT_LIFETIME`]; one that was issued before the server started
//! is refused, because whether it was used is not known any more; used ones are remembered until they expire.
//!
//! Deliberately absent: a memory of used tokens over several servers. That a plan runs once whatever the number of
//! replicas is the executor's compare-and-swap in the store.

use super::Call;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::{DateTime, TimeDelta, Utc};
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// No grant holds longer than this, whatever it says.
pub const MAX_GRANT_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Clocks of the executor and of the server may differ by this much.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(5);

/// A longer token is not even decoded.
const MAX_TOKEN_BYTES: usize = 4096;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Unlike any other grant's.
    pub id: String,
    /// Digest of the plan that was granted.
    pub plan: String,
    /// The act server that it is for, by the name that its operator gave it: the environment, or the host.
    pub audience: String,
    /// The server's name in the effect table.
    pub server: String,
    /// The tool.
    pub tool: String,
    /// [`Grant::digest_of`] the call's arguments.
    pub arguments: String,
    /// Whether it is for a rehearsal only.
    pub dry_run: bool,
    /// When it was signed, in Unix milliseconds.
    pub issued_at_ms: i64,
    /// When it ends, in Unix milliseconds.
    pub not_after_ms: i64,
}

impl Grant {
    /// SHA-256, in hexadecimal, of arguments written with sorted keys and without blanks.
    pub fn digest_of(arguments: &Map<String, Value>) -> String {
        let mut text = String::new();
        write_sorted(&Value::Object(arguments.clone()), &mut text);
        digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The same JSON whatever the order in which the keys came.
fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(object) => {
            let sorted: BTreeMap<&String, &Value> = object.iter().collect();
            out.push('{');
            for (at, (key, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_sorted(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_sorted(item, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Why a grant is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// No token of ours.
    #[error("it cannot be read")]
    Unreadable,
    /// Signed by another key, or changed since.
    #[error("its signature is not the executor's")]
    BadSignature,
    /// For another server, tool or arguments.
    #[error("it was made for another call")]
    OtherCall,
    /// For an act server of another name.
    #[error("it was made for another act server: its audience is not this one's")]
    OtherServer,
    /// Its time is over, or longer than a grant may hold.
    #[error("it has expired, or holds longer than grants may")]
    Expired,
    /// Signed before this server started, or in the future.
    #[error("it was signed before this server started, or the clocks differ")]
    OutOfTime,
    /// It has served its call.
    #[error("it has already been used")]
    Used,
    /// The memory of used grants is damaged by a panic, so that nothing can be told apart any more.
    #[error("what was used is not known any more")]
    Unknown,
}

/// Signs grants: the executor's side.
pub struct GrantSigner {
    key: Ed25519KeyPair,
}

impl GrantSigner {
    /// A signer from a private key of 32 random bytes. `None` for another length.
    pub fn from_seed(seed: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(|key| Self { key })
    }

    /// The public key, which the act servers are given: 32 bytes.
    pub fn public_key(&self) -> Vec<u8> {
        self.key.public_key().as_ref().to_vec()
    }

    /// The token of a grant.
    pub fn sign(&self, grant: &Grant) -> String {
        // A struct of texts, numbers and one boolean always has a JSON form.
        let claims = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(grant).unwrap_or_default());
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.key.sign(claims.as_bytes()));
        format!("{claims}.{signature}")
    }
}

/// Checks grants: the act server's side.
pub struct GrantVerifier {
    public_key: Vec<u8>,
    audience: String,
    started: DateTime<Utc>,
    used: Mutex<BTreeMap<String, i64>>,
}

impl GrantVerifier {
    /// A verifier of the act server named `audience`, which began its work at `started`.
    pub fn new(public_key: Vec<u8>, audience: impl Into<String>, started: DateTime<Utc>) -> Self {
        Self { public_key, audience: audience.into(), started, used: Mutex::new(BTreeMap::new()) }
    }

    /// Admits the call once, and remembers it.
    ///
    /// # Errors
    /// Why the grant does not serve this call.
    pub fn admit(&self, token: &str, call: &Call<'_>) -> Result<Grant, GrantError> {
        let grant = self.read(token)?;
        if grant.audience != self.audience {
            return Err(GrantError::OtherServer);
        }
        let fits = grant.server == call.server
            && grant.tool == call.tool
            && grant.arguments == Grant::digest_of(call.arguments);
        if !fits {
            return Err(GrantError::OtherCall);
        }
        self.hold_times(&grant, call.now)?;
        self.use_up(&grant, call.now)?;
        Ok(grant)
    }

    /// What the executor signed, whether or not it serves anything now.
    pub(super) fn read(&self, token: &str) -> Result<Grant, GrantError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(GrantError::Unreadable);
        }
        let (claims, signature) = token.split_once('.').ok_or(GrantError::Unreadable)?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| GrantError::Unreadable)?;
        UnparsedPublicKey::new(&ED25519, &self.public_key)
            .verify(claims.as_bytes(), &signature)
            .map_err(|_| GrantError::BadSignature)?;
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).map_err(|_| GrantError::Unreadable)?;
        serde_json::from_slice(&claims).map_err(|_| GrantError::Unreadable)
    }

    fn hold_times(&self, grant: &Grant, now: DateTime<Utc>) -> Result<(), GrantError> {
        let now = now.timestamp_millis();
        let lifetime = grant.not_after_ms.saturating_sub(grant.issued_at_ms);
        if now > grant.not_after_ms || lifetime > MAX_GRANT_LIFETIME.num_milliseconds() {
            return Err(GrantError::Expired);
        }
        let before_start = grant.issued_at_ms < self.started.timestamp_millis();
        if before_start || grant.issued_at_ms > now.saturating_add(CLOCK_SKEW.num_milliseconds()) {
            return Err(GrantError::OutOfTime);
        }
        Ok(())
    }

    fn use_up(&self, grant: &Grant, now: DateTime<Utc>) -> Result<(), GrantError> {
        let mut used = self.used.lock().map_err(|PoisonError { .. }| GrantError::Unknown)?;
        used.retain(|_, not_after_ms| *not_after_ms >= now.timestamp_millis());
        if used.insert(grant.id.clone(), grant.not_after_ms).is_some() {
            return Err(GrantError::Used);
        }
        Ok(())
    }
}
