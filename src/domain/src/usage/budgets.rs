//! Budgets, and what follows when one is used up.
//!
//! A day's tokens are the model's: when they are gone, the playbooks answer, which cost none, and say so. Turns that are
//! under way at the same time do not see each other's cost: a day may end over its budget by what they spend.

use super::Sum;
use serde::{Deserialize, Serialize};

/// What one question may cost; nothing set means that only the limits of a turn hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionBudget {
    /// Tokens of the model, both directions.
    #[serde(default)]
    pub tokens: Option<u64>,
    /// Calls of tools.
    #[serde(default)]
    pub tool_calls: Option<u32>,
    /// Seconds from question to answer.
    #[serde(default)]
    pub seconds: Option<u64>,
    /// Bytes of tool results.
    #[serde(default)]
    pub tool_bytes: Option<u64>,
}

/// What one person or channel may spend in a day; nothing set means no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayBudget {
    /// Tokens of the model, both directions. Beyond them the playbooks answer.
    #[serde(default)]
    pub tokens: Option<u64>,
    /// Questions. Beyond them nothing is answered.
    #[serde(default)]
    pub questions: Option<u64>,
}

impl DayBudget {
    /// Whether it bounds anything.
    pub fn is_set(&self) -> bool {
        self.tokens.is_some() || self.questions.is_some()
    }
}

/// All budgets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budgets {
    /// For one question.
    #[serde(default)]
    pub question: QuestionBudget,
    /// For each person a day.
    #[serde(default)]
    pub person_day: DayBudget,
    /// For each channel a day.
    #[serde(default)]
    pub channel_day: DayBudget,
}

/// What was spent today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Today {
    /// By the person who asks.
    pub person: Sum,
    /// In the channel where they ask.
    pub channel: Sum,
}

/// How a question may be answered; the later, the stricter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allowed {
    /// By the model, where there is one.
    Full,
    /// By the playbooks only.
    PlaybookOnly {
        /// For the person.
        why: String,
    },
    /// Not at all.
    Refused {
        /// For the person.
        why: String,
    },
}

/// How a question may be answered after what was spent today: the strictest of what each budget says.
pub fn allowed(today: &Today, budgets: &Budgets) -> Allowed {
    let judged = [
        judge("Your", &today.person, &budgets.person_day),
        judge("This channel's", &today.channel, &budgets.channel_day),
    ];
    judged.into_iter().reduce(stricter).unwrap_or(Allowed::Full)
}

/// The stricter of two; the first where they are of one kind.
fn stricter(first: Allowed, second: Allowed) -> Allowed {
    let rank = |allowed: &Allowed| match allowed {
        Allowed::Full => 0,
        Allowed::PlaybookOnly { .. } => 1,
        Allowed::Refused { .. } => 2,
    };
    if rank(&second) > rank(&first) { second } else { first }
}

fn judge(whose: &str, spent: &Sum, budget: &DayBudget) -> Allowed {
    if let Some(most) = budget.questions
        && spent.questions >= most
    {
        return Allowed::Refused {
            why: format!("{whose} {most} questions of today are asked; the count begins anew at 00:00 UTC."),
        };
    }
    if let Some(most) = budget.tokens
        && spent.tokens() >= most
    {
        let used = spent.tokens();
        return Allowed::PlaybookOnly {
            why: format!(
                "{whose} {most} model tokens of today are used up ({used} so far), so the playbooks answered; the count \
                 begins anew at 00:00 UTC."
            ),
        };
    }
    Allowed::Full
}

/// Whether a question's budget of tokens has room for one more request to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// For this one and for a last one after it.
    Affordable,
    /// For this one only: it must be the one that answers.
    Last,
    /// For none.
    TooMuch,
}

impl QuestionBudget {
    /// Tokens that are left.
    pub fn tokens_left(&self, spent: u64) -> Option<u64> {
        self.tokens.map(|most| most.saturating_sub(spent))
    }

    /// Judges a request of about so many tokens, its reply counted in. The one after it is longer, by what was seen.
    pub fn request(&self, spent: u64, next: u64) -> Request {
        match self.tokens_left(spent) {
            Some(left) if next > left => Request::TooMuch,
            Some(left) if next.saturating_mul(2) > left => Request::Last,
            _ => Request::Affordable,
        }
    }
}
