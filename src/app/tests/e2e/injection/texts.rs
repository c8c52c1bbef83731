//! The hostile texts, as data.

use serde::Deserialize;
use serde_json::Value;

/// Where a text is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlantedIn {
    Log,
    Event,
    Annotation,
    Label,
    Trace,
    Commit,
    Pull,
    Alert,
}

/// Where a text must have come to, lest the test shows nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reaches {
    #[default]
    Model,
    Store,
}

/// A call that a text orders.
#[derive(Debug, Clone, Deserialize)]
pub struct Ordered {
    pub tool: String,
    arguments: String,
}

impl Ordered {
    pub fn arguments(&self) -> Value {
        serde_json::from_str(&self.arguments).unwrap()
    }
}

/// One text.
#[derive(Debug, Clone, Deserialize)]
pub struct Hostile {
    pub id: String,
    pub place: PlantedIn,
    text: String,
    /// What an obedient model says; where nothing is told, it repeats what it read.
    #[serde(default)]
    pub says: Option<String>,
    #[serde(default)]
    pub calls: Vec<Ordered>,
    #[serde(default)]
    pub seen: Reaches,
}

impl Hostile {
    /// As it is planted: its id, so that it is found again, and the text.
    pub fn planted(&self) -> String {
        format!("{} {}", self.id, self.text)
    }
}

#[derive(Deserialize)]
struct All {
    text: Vec<Hostile>,
}

/// All of them.
pub fn all() -> Vec<Hostile> {
    toml::from_str::<All>(include_str!("texts.toml")).unwrap().text
}

/// Those that are planted somewhere.
pub fn in_place(place: PlantedIn) -> Vec<String> {
    all().iter().filter(|hostile| hostile.place == place).map(Hostile::planted).collect()
}
