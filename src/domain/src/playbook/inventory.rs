//! "How many pods?", "list the nodes", "which image does checkout run?"

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::subject::{self, Subject};
use super::{Inquiry, calls};
use crate::diagnosis::Statement;
use crate::diagnosis::case::list_rows;
use crate::object::ObjectRef;
use crate::observed::kubernetes::{Count, PodRow, WorkloadRow};

const TOLD: usize = 20;

/// Kinds as people say them; the first fits best.
const KINDS: &[(&str, &str)] = &[
    ("pod", "Pod"),
    ("node", "Node"),
    ("machine", "Node"),
    ("service", "Service"),
    ("deployment", "Deployment"),
    ("statefulset", "StatefulSet"),
    ("daemonset", "DaemonSet"),
    ("cronjob", "CronJob"),
    ("job", "Job"),
    ("ingress", "Ingress"),
    ("namespace", "Namespace"),
    ("configmap", "ConfigMap"),
    ("secret", "Secret"),
    ("workload", "workloads"),
    ("app", "workloads"),
    ("volume", "PersistentVolumeClaim"),
    ("pvc", "PersistentVolumeClaim"),
];

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    let words = &inquiry.question.words;
    let asks_image = words.iter().any(|word| matches!(word.as_str(), "image" | "images" | "version" | "versions"));
    let subject = subject::find(inquiry, looks);
    if let Subject::Pending = subject {
        return Draft::default();
    }
    if asks_image && let Subject::Object(object, _) = &subject {
        return image(inquiry, looks, object);
    }
    let kind = words.iter().find_map(|word| {
        let singular =
            word.strip_suffix("es").filter(|stem| stem.ends_with("ss")).or(word.strip_suffix('s')).unwrap_or(word);
        KINDS.iter().find(|(name, _)| *name == singular).map(|(_, kind)| *kind)
    });
    let namespace = match subject {
        Subject::AskBack(draft) => return *draft,
        Subject::Object(object, note) => return pods_of(inquiry, looks, &object, note),
        Subject::Namespace(namespace) => Some(namespace),
        Subject::Unnamed | Subject::Pending => inquiry.namespace.clone(),
    };
    count(inquiry, looks, kind.unwrap_or("workloads"), namespace.as_deref())
}

fn image(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, object: &ObjectRef) -> Draft {
    let look: Look<Vec<WorkloadRow>> = list_rows(looks.at(calls::list(inquiry.cluster.as_deref(), "workloads", None)));
    let Some(seen) = look.seen() else { return Draft::saying(Statement::new("I could not read the workloads", [])) };
    let row = seen.data.iter().find(|row| row.name == object.name && Some(&row.namespace) == object.namespace.as_ref());
    let mut draft = match row {
        Some(row) => Draft::saying(Statement::new(format!("{object} runs {}", row.images), [seen.id])),
        None => Draft::saying(Statement::new(format!("I find no workload for {object}"), [seen.id])),
    };
    draft.subject = Some(object.clone());
    draft
}

/// "How many pods does checkout have?"
fn pods_of(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, object: &ObjectRef, note: Option<String>) -> Draft {
    let look: Look<Vec<PodRow>> = list_rows(looks.at(calls::pods_of(inquiry.cluster.as_deref(), object)));
    let mut draft = match look {
        Look::Pending => return Draft::default(),
        Look::NoTool => Draft::saying(Statement::new("I have no cluster to ask", [])),
        Look::Failed(id, _) => Draft::saying(Statement::new(format!("I could not read the pods of {object}"), [id])),
        Look::Seen(seen) => {
            let owner = format!("{}/{}", object.kind, object.name);
            let pods: Vec<&PodRow> =
                seen.data.iter().filter(|pod| pod.owner.as_deref() == Some(owner.as_str())).collect();
            let noun = if pods.len() == 1 { "pod" } else { "pods" };
            let mut draft = Draft::saying(Statement::new(format!("{object} has {} {noun}", pods.len()), [seen.id]));
            draft.section(
                "",
                pods.iter()
                    .take(TOLD)
                    .map(|pod| Statement::new(format!("{}: {}", pod.name, pod.status), [seen.id]))
                    .collect(),
            );
            draft
        }
    };
    draft.notes.extend(note);
    draft.subject = Some(object.clone());
    draft
}

fn count(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, kind: &str, namespace: Option<&str>) -> Draft {
    let cluster = inquiry.cluster.as_deref();
    let look: Look<Count> = looks.at(calls::count(cluster, kind, namespace));
    let names: Look<crate::observed::kubernetes::List> = looks.at(calls::list(cluster, kind, namespace));
    let seen = match look {
        Look::Pending => return Draft::default(),
        Look::NoTool => return Draft::saying(Statement::new("I have no cluster to ask", [])),
        Look::Failed(id, _) => return Draft::saying(Statement::new(format!("I could not count {kind}"), [id])),
        Look::Seen(seen) => seen,
    };
    let total: u64 = seen.data.groups.iter().map(|group| group.count).sum();
    let place = namespace.map_or(String::new(), |namespace| format!(" in namespace {namespace}"));
    let noun = plural(kind, total);
    let mut draft = Draft::saying(Statement::new(
        format!("There {} {total} {noun}{place}", if total == 1 { "is" } else { "are" }),
        [seen.id],
    ));
    draft.section(
        "By status",
        seen.data
            .groups
            .iter()
            .take(TOLD)
            .map(|group| Statement::new(format!("{}: {}", group.label, group.count), [seen.id]))
            .collect(),
    );
    if let Some(list) = names.seen() {
        let name = list.data.table.columns.iter().position(|column| column == "name");
        let names: Vec<&str> =
            list.data.table.rows.iter().filter_map(|row| row.get(name?)?.as_str()).take(TOLD).collect();
        if !names.is_empty() {
            draft.section("", vec![Statement::new(format!("Among them {}", names.join(", ")), [list.id])]);
        }
    }
    draft
}

fn plural(kind: &str, count: u64) -> String {
    match kind {
        "workloads" => {
            if count == 1 {
                "workload".to_owned()
            } else {
                "workloads".to_owned()
            }
        }
        _ if count == 1 => kind.to_owned(),
        "Ingress" => "Ingresses".to_owned(),
        _ => format!("{kind}s"),
    }
}
