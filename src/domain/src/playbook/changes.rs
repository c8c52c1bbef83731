//! "What changed?"

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::subject::{self, SCRAPE_JOB, Subject};
use super::{Inquiry, calls, shifts};
use crate::diagnosis::case::Scene;
use crate::diagnosis::{Statement, text};
use crate::object::ObjectRef;
use crate::observed::kubernetes::{Change, OwnerTree};

const TOLD: usize = 15;

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    let (object, namespace, note) = match subject::find(inquiry, looks) {
        Subject::Pending => return Draft::default(),
        Subject::Object(object, note) => (Some(object), None, note),
        Subject::Namespace(namespace) => (None, Some(namespace), None),
        Subject::Unnamed => (None, None, None),
        Subject::AskBack(draft) => return *draft,
    };
    let cluster = inquiry.cluster.as_deref();
    let since = inquiry.since();
    let look: Look<Vec<Change>> = looks.rows(calls::recent_changes(cluster, namespace.as_deref(), &since));
    let tree: Look<OwnerTree> = match &object {
        Some(object) => looks.at(calls::owner_tree(cluster, object)),
        None => Look::NoTool,
    };
    let shifts = match &object {
        Some(object) if !matches!(object.kind.as_str(), "Node" | SCRAPE_JOB) => shifts::near(inquiry, looks, object),
        _ => Vec::new(),
    };
    let seen = match look {
        Look::Pending => return Draft::default(),
        Look::NoTool => return Draft::saying(Statement::new("I have no cluster to read changes from", [])),
        Look::Failed(id, _) => return Draft::saying(Statement::new("I could not read what changed", [id])),
        Look::Seen(seen) => seen,
    };
    let bears = |change: &Change| {
        object.as_ref().is_none_or(|object| bears_on(change, object, tree.seen().map(|seen| &seen.data)))
    };
    let in_time = |change: &Change| {
        inquiry.question.time.window.is_none_or(|window| change.at >= window.start && change.at <= window.end)
    };
    let (mut own, mut elsewhere): (Vec<&Change>, Vec<&Change>) =
        seen.data.iter().filter(|change| in_time(change)).partition(|change| bears(change));
    own.truncate(TOLD);
    let what = object.as_ref().map_or_else(
        || namespace.as_ref().map_or("the cluster".to_owned(), |n| format!("namespace {n}")),
        ToString::to_string,
    );
    let when = inquiry.question.time.phrase.clone().unwrap_or_else(|| format!("in the last {since}"));
    let mut draft = match own.first() {
        None => Draft::saying(Statement::new(format!("I see no change to {what} {when}"), [seen.id])),
        Some(newest) => Draft::saying(Statement::new(
            format!(
                "The last change to {what} was at {}: {}",
                Scene::clock_of(newest.at, inquiry.now, inquiry.zone),
                sentence(newest)
            ),
            [seen.id],
        )),
    };
    draft.notes.extend(note);
    draft.section("Newest first", own.iter().map(|change| tell(inquiry, change, seen.id)).collect());
    draft.section("Its metrics that shifted then (close in time is not why)", shifts);
    if object.is_some() && !elsewhere.is_empty() {
        elsewhere.truncate(5);
        draft
            .section("Elsewhere in that time", elsewhere.iter().map(|change| tell(inquiry, change, seen.id)).collect());
    }
    draft.subject = object;
    draft
}

fn bears_on(change: &Change, object: &ObjectRef, tree: Option<&OwnerTree>) -> bool {
    let is_referred = tree.is_some_and(|tree| {
        tree.refers_to.iter().chain(&tree.referred_by).any(|reference| reference.object == change.object)
    });
    let is_member = tree.is_some_and(|tree| tree.members.iter().any(|member| member.object == change.object));
    change.object == *object || is_referred || is_member
}

pub(crate) fn sentence(change: &Change) -> String {
    let by = change.by.as_ref().map_or(String::new(), |by| format!(" (by {by})"));
    format!("{}: `{}`{by}", change.object, text::quotable(&change.summary))
}

pub(super) fn tell(inquiry: &Inquiry<'_>, change: &Change, id: crate::evidence::EvidenceId) -> Statement {
    Statement::new(
        format!("{} {} {}", Scene::clock_of(change.at, inquiry.now, inquiry.zone), change.category, sentence(change)),
        [id],
    )
}
