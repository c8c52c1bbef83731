//! "When will the disk be full?": an interval for each volume and disk, or why none can be told.
//!
//! Three histories are read of each: two weeks for what grows by the day, six hours and one hour for what runs away. The
//! longest that says anything is the answer; a shorter one that says "sooner" is told beside it, as the pace of late.
//!
//! Deliberately absent: memory, processor time and quotas, whose bounds no common metric tells; and advice to enlarge what
//! is not known to fill.

mod resource;
mod telling;
#[cfg(test)]
mod tests;

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::subject::{self, Subject};
use super::{Inquiry, calls};
use crate::diagnosis::Statement;
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use crate::observed::kubernetes::OwnerTree;
use crate::observed::prometheus::{Forecasts, RunsOut};
use resource::{Resource, Scope};
use std::collections::BTreeMap;
use telling::Item;

/// The histories, the longest first.
const HISTORIES: [&str; 3] = ["14d", "6h", "1h"];
/// Volumes and disks that are told.
const TOLD: usize = 10;
/// What runs out besides disks, and is not foretold by heart.
const OTHERS: [&str; 8] = ["memory", "ram", "cpu", "quota", "certificate", "certificates", "connections", "budget"];

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    let words = &inquiry.question.words;
    if let Some(other) = words.iter().find(|word| OTHERS.contains(&word.as_str())) {
        let text = format!(
            "By heart I foretell only volumes and disks, not {other}: for another query and its bound there is the tool prometheus_forecast"
        );
        return Draft::saying(Statement::new(text, []));
    }
    let (scope, note) = match subject::find(inquiry, looks) {
        Subject::Pending => return Draft::default(),
        Subject::Object(object, note) if object.kind == "Node" => (Scope::Node(object), note),
        Subject::Object(object, note) => match claims_of(inquiry, looks, &object) {
            Some(claims) => (Scope::Claims(object, claims), note),
            None => return Draft::default(),
        },
        Subject::Namespace(namespace) => (Scope::Namespace(namespace), None),
        Subject::Unnamed => (Scope::Everything, None),
        // Claims are not in the inventory of names.
        Subject::AskBack(draft) => match claim_named(inquiry, looks) {
            Some(claim) => (Scope::Claims(claim.clone(), vec![claim]), None),
            None => return *draft,
        },
    };
    let mut draft = foretold(inquiry, looks, &scope);
    draft.notes.extend(note);
    draft.subject = scope.object().cloned();
    draft
}

/// The claims that a workload refers to; `None` while that is being looked up.
fn claims_of(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, object: &ObjectRef) -> Option<Vec<ObjectRef>> {
    let tree: Look<OwnerTree> = looks.at(calls::owner_tree(inquiry.cluster.as_deref(), object));
    if tree.is_pending() {
        return None;
    }
    let referred = tree.seen().into_iter().flat_map(|seen| seen.data.refers_to.iter());
    Some(referred.map(|one| &one.object).filter(|one| one.kind == "PersistentVolumeClaim").cloned().collect())
}

/// A claim that the question names by its whole name.
fn claim_named(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Option<ObjectRef> {
    let resource = Resource::volumes(None);
    let look: Look<Forecasts> = looks.at(calls::forecast(&resource.query, HISTORIES[0]));
    let rows: Vec<RunsOut> = look.seen()?.data.series.typed().ok()?;
    let claims = rows.iter().filter_map(resource::claim);
    let mut named = claims.filter(|claim| inquiry.question.mentions.contains(&claim.name));
    named.next()
}

/// What the histories of one resource told.
struct Read {
    /// Each series, with what each history told of it.
    items: BTreeMap<String, Item>,
    /// The looks that succeeded.
    seen: Vec<EvidenceId>,
    /// The looks that failed, where none succeeded.
    failed: Vec<EvidenceId>,
    is_offered: bool,
}

fn foretold(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, scope: &Scope) -> Draft {
    let resources = scope.resources(&inquiry.question.words);
    let read: Vec<(&Resource, Read)> =
        resources.iter().map(|resource| (resource, read(looks, resource, scope))).collect();
    if !read.iter().any(|(_, read)| read.is_offered) {
        return Draft::saying(Statement::new("I have no Prometheus with a past to foretell from", []));
    }
    let seen: Vec<EvidenceId> = read.iter().flat_map(|(_, read)| read.seen.iter().copied()).collect();
    let blind: Vec<Statement> = read
        .iter()
        .filter(|(_, read)| !read.failed.is_empty())
        .map(|(resource, read)| Statement::new(format!("I could not read {}", resource.plural), read.failed.clone()))
        .collect();
    let mut items: Vec<&Item> = read.iter().flat_map(|(_, read)| read.items.values()).collect();
    items.sort_by_key(|item| item.order());
    let mut draft = match items.first() {
        Some(first) if first.is_foretold() => Draft::saying(first.verdict(inquiry)),
        Some(_) => Draft::saying(telling::nothing_foretold(&items, scope, &seen)),
        None if seen.is_empty() => return Draft::saying(telling::joined(&blind)),
        None => Draft::saying(telling::nothing_there(scope, &resources, &seen)),
    };
    draft.section(
        "Each of them, the soonest first",
        items.iter().take(TOLD).map(|item| item.statement(inquiry)).collect(),
    );
    draft.section("Not among them", blind);
    draft
}

fn read(looks: &mut Looks<'_>, resource: &Resource, scope: &Scope) -> Read {
    let mut read = Read { items: BTreeMap::new(), seen: Vec::new(), failed: Vec::new(), is_offered: true };
    let all: Vec<Look<Forecasts>> =
        HISTORIES.iter().map(|history| looks.at(calls::forecast(&resource.query, history))).collect();
    for look in all {
        match look.map(|data| data.series.typed::<RunsOut>()) {
            Look::Pending => {}
            Look::NoTool => read.is_offered = false,
            Look::Failed(id, _) => read.failed.push(id),
            Look::Seen(seen) => {
                read.seen.push(seen.id);
                let own = seen.data.into_iter().filter(|row| scope.holds(row));
                for row in own {
                    let Some(name) = resource.name_of(&row) else { continue };
                    read.items.entry(row.series.clone()).or_insert_with(|| Item::named(name)).add(row, seen.id);
                }
            }
        }
    }
    if !read.seen.is_empty() {
        read.failed.clear();
    }
    read
}
