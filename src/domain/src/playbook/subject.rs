//! Finding what a question is about among the objects that exist.

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::{Inquiry, calls};
use crate::diagnosis::Statement;
use crate::diagnosis::case::list_rows;
use crate::object::ObjectRef;
use crate::observed::kubernetes::{NodeRow, ServiceRow, WorkloadRow};
use crate::question::names::{Inventory, Resolution, resolve};
use crate::question::quoted::{self, Named};
use serde::Deserialize;

/// The kind under which a scrape job stands, where no cluster tells what it is.
pub const SCRAPE_JOB: &str = "ScrapeJob";

/// What the question is about.
pub enum Subject {
    /// Looks are on their way.
    Pending,
    /// This object; with a note where the name was read as another.
    Object(ObjectRef, Option<String>),
    /// A namespace.
    Namespace(String),
    /// Nothing was named.
    Unnamed,
    /// It cannot be told; the draft asks back.
    AskBack(Box<Draft>),
}

#[derive(Deserialize)]
struct Values {
    values: Vec<String>,
}

/// Resolves what the question names; what the conversation was about before counts where it names nothing.
pub fn find(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Subject {
    if inquiry.question.mentions.is_empty() && !inquiry.question.quoted.is_empty() {
        return pointed_at(inquiry, looks);
    }
    if inquiry.question.mentions.is_empty() && !names_a_grammar_word(inquiry) {
        return unnamed(inquiry);
    }
    let Some((inventory, ids)) = inventory(inquiry, looks) else { return Subject::Pending };
    let words = &inquiry.question.words;
    match resolve(words, &inventory, inquiry.namespace.as_deref()) {
        // "What does this mean?" names nothing; what it points at does.
        Resolution::Nothing { .. } if !inquiry.question.quoted.is_empty() => pointed_at(inquiry, looks),
        Resolution::One(found) => {
            let note = found.corrected.then(|| format!("I read “{}” as {}.", found.word, found.object));
            Subject::Object(found.object, note)
        }
        Resolution::Namespace(namespace) => Subject::Namespace(namespace),
        Resolution::Unnamed => unnamed(inquiry),
        Resolution::Several(objects) => {
            let list = objects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let mut draft = Draft::saying(Statement::new(format!("Which one do you mean: {list}?"), ids));
            draft.advice = objects.iter().take(4).map(|object| format!("Ask again with `{}`", object.path())).collect();
            Subject::AskBack(Box::new(draft))
        }
        Resolution::Nothing { word, nearest } => {
            if inventory.objects.is_empty() {
                return Subject::AskBack(Box::new(Draft::saying(Statement::new(
                    format!(
                        "I cannot tell what “{word}” is: no source that I could read lists workloads or scrape jobs"
                    ),
                    ids,
                ))));
            }
            let mut draft = Draft::saying(Statement::new(
                format!("I find nothing called “{word}” among the workloads, services and nodes"),
                ids.clone(),
            ));
            if !nearest.is_empty() {
                let names = nearest.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                draft.section("", vec![Statement::new(format!("The nearest names are {names}"), ids)]);
            }
            Subject::AskBack(Box::new(draft))
        }
    }
}

/// What the text is about that the person pointed at.
fn pointed_at(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Subject {
    let Some((inventory, _)) = inventory(inquiry, looks) else { return Subject::Pending };
    match quoted::find(&inquiry.question.quoted, &inventory) {
        Some(Named::Object(object)) => Subject::Object(object, None),
        Some(Named::Namespace(namespace)) => Subject::Namespace(namespace),
        None => unnamed(inquiry),
    }
}

fn unnamed(inquiry: &Inquiry<'_>) -> Subject {
    match (&inquiry.previous, &inquiry.namespace) {
        (Some(object), _) if refers_back(inquiry) => Subject::Object(object.clone(), None),
        (_, Some(namespace)) => Subject::Namespace(namespace.clone()),
        _ => Subject::Unnamed,
    }
}

/// "and its logs?", "why is it slow", "what changed there": the question leans on the one before.
fn refers_back(inquiry: &Inquiry<'_>) -> bool {
    let words = &inquiry.question.words;
    words.first().is_some_and(|word| word == "and")
        || words.iter().any(|word| matches!(word.as_str(), "it" | "its" | "that" | "there" | "them" | "they" | "this"))
}

/// A workload may be called `search` or `jobs`: grammar words are worth an inventory only in a question for one
/// object.
fn names_a_grammar_word(inquiry: &Inquiry<'_>) -> bool {
    use crate::question::intent::Intent;
    inquiry.previous.is_none()
        && matches!(
            inquiry.question.intent,
            Intent::Wrong | Intent::Slow | Intent::Logs | Intent::Compare | Intent::Usual | Intent::RunsOut
        )
}

/// Everything that can be named, and the looks that told it; `None` while they are on their way.
pub fn inventory(
    inquiry: &Inquiry<'_>,
    looks: &mut Looks<'_>,
) -> Option<(Inventory, Vec<crate::evidence::EvidenceId>)> {
    let cluster = inquiry.cluster.as_deref();
    let workloads: Look<Vec<WorkloadRow>> = list_rows(looks.at(calls::list(cluster, "workloads", None)));
    let services: Look<Vec<ServiceRow>> = list_rows(looks.at(calls::list(cluster, "Service", None)));
    let nodes: Look<Vec<NodeRow>> = list_rows(looks.at(calls::list(cluster, "Node", None)));
    let jobs: Look<Values> =
        if looks.offers("kubernetes_list") { Look::NoTool } else { looks.at(calls::label_values("job")) };
    if workloads.is_pending() || services.is_pending() || nodes.is_pending() || jobs.is_pending() {
        return None;
    }
    let mut inventory = Inventory::default();
    let mut ids = Vec::new();
    if let Some(seen) = workloads.seen() {
        ids.push(seen.id);
        for row in &seen.data {
            inventory.namespaces.insert(row.namespace.clone());
            inventory.objects.push(ObjectRef::namespaced(&row.kind, &row.namespace, &row.name));
        }
    }
    if let Some(seen) = services.seen() {
        ids.push(seen.id);
        for row in &seen.data {
            inventory.namespaces.insert(row.namespace.clone());
            inventory.objects.push(ObjectRef::namespaced("Service", &row.namespace, &row.name));
        }
    }
    if let Some(seen) = nodes.seen() {
        ids.push(seen.id);
        inventory.objects.extend(seen.data.iter().map(|row| ObjectRef::cluster("Node", &row.name)));
    }
    if let Some(seen) = jobs.seen() {
        ids.push(seen.id);
        inventory.objects.extend(seen.data.values.iter().map(|job| ObjectRef::cluster(SCRAPE_JOB, job)));
    }
    Some((inventory, ids))
}
