//! Who did something, without telling more of a person than is needed to tell people apart.

use crate::chain::hexadecimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Hexadecimal digits of a reference: 128 bits.
const DIGITS: usize = 32;

/// What stands before a reference in the chain.
const PREFIX: &str = "person:";

/// An opaque reference to a person. Only a hash can be one, so that no name or address gets into the chain by mistake.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonReference(String);

impl PersonReference {
    /// The reference of a person with this identity: the first half of the SHA-256 of a salt, which an installation
    /// keeps for itself, and the identity. Whoever has the salt can find out whether a reference is of a person whom he
    /// knows; nobody else can.
    pub fn of(salt: &str, identity: &str) -> Self {
        let mut digits =
            hexadecimal(&Sha256::new().chain_update(salt).chain_update([0]).chain_update(identity).finalize());
        digits.truncate(DIGITS);
        Self(digits)
    }

    /// A reference that was made before.
    pub fn read(digits: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (digits.len() == DIGITS && digits.bytes().all(is_digit)).then(|| Self(digits.to_owned()))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    Person(PersonReference),
    /// The agent that heals.
    Scarlet,
    /// The program itself, by its settings.
    System,
    /// What this version of the program does not know, as it stands there; empty where nothing stands there.
    Other(String),
}

impl Actor {
    /// The actor that is written so.
    pub fn of(text: &str) -> Self {
        match text {
            "scarlet" => Self::Scarlet,
            "system" => Self::System,
            other => {
                let person = other.strip_prefix(PREFIX).and_then(PersonReference::read);
                person.map_or_else(|| Self::Other(other.to_owned()), Self::Person)
            }
        }
    }
}

impl Default for Actor {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(reference) => write!(formatter, "{PREFIX}{}", reference.as_str()),
            Self::Scarlet => formatter.write_str("scarlet"),
            Self::System => formatter.write_str("system"),
            Self::Other(text) => formatter.write_str(text),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::of(&text))
    }
}
