//! Parameters of a body: typed, bounded, and each from one declared place.
//!
//! Guarantees: a value that is not of its type, or beyond its bounds, is never put into a body; what people are told is cut
//! to its bounds, and never kept from them by one. Deliberately absent: values that a caller chooses, and numbers with a
//! fraction.

use serde_json::Value;
use std::collections::BTreeMap;

/// The longest text of a parameter, in characters.
pub const MOST_CHARACTERS: u64 = 4_000;

/// The longest key of what is told, in characters.
pub const KEY_CHARACTERS: u64 = 200;

/// What a webhook is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It changes something.
    Action,
    /// It tells people.
    Notification,
}

/// What a parameter's value says something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Kind of the object: `Deployment`.
    Kind,
    /// Its namespace; null for what has none.
    Namespace,
    /// Its name.
    Name,
    /// The cluster; null where there is only one and it has no name.
    Cluster,
    /// The environment.
    Environment,
    /// Why it is done, in a sentence of the program.
    Reason,
    /// Digest of the plan.
    Plan,
    /// Id of the grant; the same that goes as `Idempotency-Key`.
    Grant,
    /// True in a rehearsal.
    DryRun,
    /// What people are told.
    Text,
    /// Its first line.
    Title,
    /// The key of what is told: the same however often it is sent.
    Key,
    /// What it is about: the same when it begins and when it is over.
    About,
    /// `trigger`, or `resolve` when it is over.
    State,
}

impl Source {
    /// All of them, with the words of the settings.
    const ALL: [(Self, &'static str); 14] = [
        (Self::Kind, "kind"),
        (Self::Namespace, "namespace"),
        (Self::Name, "name"),
        (Self::Cluster, "cluster"),
        (Self::Environment, "environment"),
        (Self::Reason, "reason"),
        (Self::Plan, "plan"),
        (Self::Grant, "grant"),
        (Self::DryRun, "dry_run"),
        (Self::Text, "text"),
        (Self::Title, "title"),
        (Self::Key, "key"),
        (Self::About, "about"),
        (Self::State, "state"),
    ];

    /// The source by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(source, _)| *source)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(source, _)| *source == self).map_or("", |(_, word)| word)
    }

    /// The words that a webhook of this use can have.
    pub fn words(of: Use) -> Vec<&'static str> {
        Self::ALL.iter().filter(|(source, _)| source.is_of(of)).map(|(_, word)| *word).collect()
    }

    /// Whether it is a text that people are told, which may be anything.
    fn is_told(self) -> bool {
        matches!(self, Self::Text | Self::Title | Self::Key | Self::About)
    }

    /// Whether it still says what it says where its end is cut off. A key would be another one.
    fn may_be_cut(self) -> bool {
        matches!(self, Self::Text | Self::Title)
    }

    /// Whether a webhook of this use knows it.
    pub fn is_of(self, of: Use) -> bool {
        let tells = matches!(self, Self::Text | Self::Title | Self::Key | Self::About | Self::State);
        match of {
            Use::Action => !tells,
            Use::Notification => tells || self == Self::Environment,
        }
    }
}

/// Type and bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bounds {
    /// A text of so many characters, and one of the choices where there are any.
    Text {
        /// At least.
        least: u64,
        /// At most.
        most: u64,
        /// The only ones.
        choices: Vec<String>,
    },
    /// A whole number.
    Whole {
        /// At least.
        least: u64,
        /// At most.
        most: u64,
    },
    /// True or false.
    Flag,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    /// The same in every call; within its bounds, as [`Parameter::constant`] saw to.
    Constant(Value),
    /// Told of each call.
    From {
        /// By this.
        source: Source,
        /// Within these.
        bounds: Bounds,
    },
}

impl Parameter {
    /// A constant from the text of the settings.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn constant(text: &str, bounds: &Bounds) -> Result<Self, String> {
        let value = match bounds {
            Bounds::Text { .. } => Value::from(text),
            Bounds::Whole { .. } => {
                Value::from(text.trim().parse::<u64>().map_err(|_| format!("{text:?} is no whole number"))?)
            }
            Bounds::Flag => {
                Value::from(text.trim().parse::<bool>().map_err(|_| format!("{text:?} is neither true nor false"))?)
            }
        };
        bounds.hold(&value)?;
        Ok(Self::Constant(value))
    }

    /// A value that is told of each call.
    ///
    /// # Errors
    /// The type is not that of the source, or the bounds are none.
    pub fn from(source: Source, bounds: Bounds) -> Result<Self, String> {
        let fits = match &bounds {
            Bounds::Text { least, most, choices } => {
                if least > most {
                    return Err(format!("the least of {least} characters is more than the most of {most}"));
                }
                if source.is_told() && (*least > 0 || !choices.is_empty()) {
                    return Err(format!(
                        "min or choices of {}, which would keep what is told from people",
                        source.word()
                    ));
                }
                if source.is_told() && !source.may_be_cut() && *most < KEY_CHARACTERS {
                    let word = source.word();
                    return Err(format!(
                        "a max of {most} for {word}, which has up to {KEY_CHARACTERS} and is never cut"
                    ));
                }
                source != Source::DryRun
            }
            Bounds::Flag => source == Source::DryRun,
            Bounds::Whole { .. } => false,
        };
        let wanted = if source == Source::DryRun { "flag" } else { "text" };
        fits.then_some(Self::From { source, bounds }).ok_or_else(|| format!("{} is a {wanted}", source.word()))
    }

    /// Its value in a call of which this is known.
    ///
    /// # Errors
    /// It is not of its type, beyond its bounds, or nothing is known of it.
    pub fn value(&self, known: &BTreeMap<Source, Value>) -> Result<Value, String> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::From { source, bounds } => match known.get(source) {
                None => Err(format!("nothing is known of {} in this call", source.word())),
                Some(Value::Null) => Ok(Value::Null),
                Some(value) => {
                    let value = if source.may_be_cut() { bounds.cut(value) } else { value.clone() };
                    bounds.hold(&value).map(|()| value)
                }
            },
        }
    }

    /// Where it comes from; `None` for a constant.
    pub fn source(&self) -> Option<Source> {
        match self {
            Self::Constant(_) => None,
            Self::From { source, .. } => Some(*source),
        }
    }
}

impl Bounds {
    /// A text without what is beyond the most: people are rather told a part than nothing.
    fn cut(&self, value: &Value) -> Value {
        match (self, value) {
            (Self::Text { most, .. }, Value::String(text)) => {
                let most = usize::try_from((*most).min(MOST_CHARACTERS)).unwrap_or(usize::MAX);
                Value::from(text.chars().take(most).collect::<String>())
            }
            _ => value.clone(),
        }
    }

    fn hold(&self, value: &Value) -> Result<(), String> {
        match (self, value) {
            (Self::Text { least, most, choices }, Value::String(text)) => {
                let characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                if characters < *least || characters > (*most).min(MOST_CHARACTERS) {
                    return Err(format!("it has {characters} characters, and must have {least} to {most}"));
                }
                let is_choice = choices.is_empty() || choices.contains(text);
                is_choice.then_some(()).ok_or_else(|| format!("it is none of {}", choices.join(", ")))
            }
            (Self::Whole { least, most }, Value::Number(number)) => {
                let is_within = number.as_u64().is_some_and(|number| (*least..=*most).contains(&number));
                is_within.then_some(()).ok_or_else(|| format!("it is {number}, and must be {least} to {most}"))
            }
            (Self::Flag, Value::Bool(_)) => Ok(()),
            _ => Err("it is not of its type".to_owned()),
        }
    }
}
