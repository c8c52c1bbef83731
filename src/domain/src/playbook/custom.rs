//! Playbooks and checks of the user's own, read from TOML files.
//!
//! A playbook is chosen by a phrase in the question; it makes its looks and tells those conclusions whose condition
//! holds. A check is one PromQL expression that should return nothing, run with the question for the cluster's
//! health. Both can only read: they name tools of the catalogue, and the toolbox refuses every other.

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::{Inquiry, calls};
use crate::answer::Hypothesis;
use crate::diagnosis::Statement;
use crate::evidence::{EvidenceId, ToolCall};
use crate::object::ObjectRef;
use crate::observed::prometheus::Instant;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// All of the user's own files together.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extensions {
    /// Own investigations.
    #[serde(default, rename = "playbook")]
    pub playbooks: Vec<Playbook>,
    /// Own checks.
    #[serde(default, rename = "check")]
    pub checks: Vec<Check>,
}

/// An own investigation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Its name.
    pub name: String,
    /// Phrases of which one must stand in the question.
    pub when: Vec<String>,
    /// The looks, by a name to which conclusions refer.
    pub look: BTreeMap<String, OwnLook>,
    /// What may be concluded, in order.
    #[serde(default, rename = "conclude")]
    pub conclusions: Vec<Conclusion>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLook {
    /// Name in the merged catalogue.
    pub tool: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

/// A sentence with its condition.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    /// The look that it reads.
    pub look: String,
    /// JSON pointer (RFC 6901) into the look's data.
    pub path: String,
    /// How the value is compared.
    pub is: Comparison,
    /// With what; not needed for `present` and `absent`.
    #[serde(default)]
    pub value: Value,
    /// The sentence; `{value}` stands for what was found.
    pub say: String,
    /// The object to blame, where there is one.
    #[serde(default)]
    pub cause: Option<ObjectRef>,
    /// What a person could do.
    #[serde(default)]
    pub advice: Option<String>,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// A number greater than `value`.
    Above,
    /// A number less than `value`.
    Below,
    /// Equal to `value`.
    Equal,
    /// A text that contains `value`.
    Contains,
    /// There at all.
    Present,
    /// Not there.
    Absent,
}

/// An own check: an expression that returns nothing where all is well.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// PromQL; each series that it returns is a finding.
    pub query: String,
    /// The sentence; `{LABEL}` stands for a label of the series and `{value}` for its value.
    pub say: String,
}

/// A mistake in the user's own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The playbook or check.
    pub place: String,
    /// What was found and what is accepted.
    pub problem: String,
}

impl Extensions {
    /// Adds those of another file.
    pub fn merge(&mut self, other: Self) {
        self.playbooks.extend(other.playbooks);
        self.checks.extend(other.checks);
    }

    /// Every mistake that can be told without asking a server.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let of_playbooks = self.playbooks.iter().flat_map(|playbook| {
            let place = format!("playbook {:?}", playbook.name);
            let empty = playbook
                .when
                .iter()
                .all(|phrase| phrase.trim().is_empty())
                .then(|| "`when` holds no phrase: one is needed to choose it".to_owned());
            let dangling =
                playbook.conclusions.iter().filter(|conclusion| !playbook.look.contains_key(&conclusion.look)).map(
                    |conclusion| {
                        format!(
                            "a conclusion reads the look {:?}; there are {}",
                            conclusion.look,
                            playbook.look.keys().cloned().collect::<Vec<_>>().join(", ")
                        )
                    },
                );
            let pointer = playbook
                .conclusions
                .iter()
                .filter(|conclusion| !conclusion.path.is_empty() && !conclusion.path.starts_with('/'))
                .map(|conclusion| {
                    format!(
                        "the path {:?} is no JSON pointer: it begins with `/`, such as `/samples/0/value`",
                        conclusion.path
                    )
                });
            let problems: Vec<String> = empty.into_iter().chain(dangling).chain(pointer).collect();
            problems.into_iter().map(move |problem| Mistake { place: place.clone(), problem })
        });
        let of_checks = self.checks.iter().filter(|check| check.query.trim().is_empty()).map(|check| Mistake {
            place: format!("check {:?}", check.name),
            problem: "`query` is empty: it takes a PromQL expression that returns nothing where all is well".to_owned(),
        });
        of_playbooks.chain(of_checks).collect()
    }
}

/// Runs the first own playbook whose phrase stands in the question.
pub(super) fn run_matching(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Option<Draft> {
    let text = inquiry.question.text.to_lowercase();
    let playbook = inquiry.extensions.playbooks.iter().find(|playbook| {
        playbook
            .when
            .iter()
            .map(|phrase| phrase.trim().to_lowercase())
            .any(|phrase| !phrase.is_empty() && text.contains(&phrase))
    })?;
    let looked: BTreeMap<&String, Look<Value>> = playbook
        .look
        .iter()
        .map(|(name, look)| (name, looks.at(ToolCall { tool: look.tool.clone(), arguments: look.arguments.clone() })))
        .collect();
    let mut statements = Vec::new();
    let mut draft = Draft::default();
    for conclusion in &playbook.conclusions {
        let Some(seen) = looked.get(&conclusion.look).and_then(|look| look.seen()) else { continue };
        if let Some(value) = holds(conclusion, &seen.data) {
            let statement = Statement::new(conclusion.say.replace("{value}", &value), [seen.id]);
            draft.advice.extend(conclusion.advice.clone());
            draft.hypotheses.extend(conclusion.cause.clone().map(|cause| hypothesis(cause, &statement)));
            statements.push(statement);
        }
    }
    let ids: Vec<EvidenceId> = looked.values().filter_map(Look::seen).map(|seen| seen.id).collect();
    let mut statements = statements.into_iter();
    draft.verdict = Some(statements.next().unwrap_or_else(|| Statement::new("None of its conclusions holds", ids)));
    draft.section("", statements.collect());
    draft.notes.push(format!("Answered by your own playbook “{}”.", playbook.name));
    let missing = playbook.look.iter().filter(|(name, _)| matches!(looked.get(name), Some(Look::NoTool)));
    draft.notes.extend(
        missing.map(|(name, look)| {
            format!("Its look “{name}” could not be made: no server offers the tool {}.", look.tool)
        }),
    );
    Some(draft)
}

fn hypothesis(cause: ObjectRef, statement: &Statement) -> Hypothesis {
    Hypothesis { cause, summary: statement.text.clone(), confidence: 0.7, evidence: statement.evidence.clone() }
}

/// The value as text where the condition holds.
fn holds(conclusion: &Conclusion, data: &Value) -> Option<String> {
    let found = data.pointer(&conclusion.path).filter(|value| !value.is_null());
    let text = match found {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let numbers = || Some((found?.as_f64()?, conclusion.value.as_f64()?));
    let holds = match conclusion.is {
        Comparison::Present => found.is_some(),
        Comparison::Absent => found.is_none(),
        Comparison::Equal => found == Some(&conclusion.value),
        Comparison::Contains => found.is_some() && conclusion.value.as_str().is_some_and(|part| text.contains(part)),
        Comparison::Above => numbers().is_some_and(|(found, value)| found > value),
        Comparison::Below => numbers().is_some_and(|(found, value)| found < value),
    };
    holds.then_some(text)
}

/// Series of one check that are told one by one.
const SERIES_TOLD: usize = 5;

/// Runs the own checks; each series that comes back is a statement.
pub(super) fn run_checks(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    for check in &inquiry.extensions.checks {
        let look: Look<Instant> = looks.at(calls::query(&check.query));
        let seen = match &look {
            Look::Seen(seen) => seen,
            Look::NoTool => {
                statements.push(Statement::new(format!("{} could not be run: there is no Prometheus", check.name), []));
                continue;
            }
            Look::Failed(id, failure) => {
                statements.push(Statement::new(format!("{} could not be run: {}", check.name, failure.message), [*id]));
                continue;
            }
            Look::Pending => continue,
        };
        for sample in seen.data.samples.iter().take(SERIES_TOLD) {
            let value = sample.value.map_or("NaN".to_owned(), |value| value.to_string());
            let text = sample.labels.iter().fold(check.say.replace("{value}", &value), |text, (name, label)| {
                text.replace(&format!("{{{name}}}"), label)
            });
            statements.push(Statement::new(text, [seen.id]));
        }
        if seen.data.samples.len() > SERIES_TOLD {
            let all = seen.data.samples.len();
            statements.push(Statement::new(format!("{}: {all} series in all", check.name), [seen.id]));
        }
    }
    statements
}
