//! "Who uses the memory?"

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::subject::{self, Subject};
use super::{Inquiry, calls};
use crate::diagnosis::Statement;
use crate::diagnosis::case::{VOLUME_FILLING, VOLUME_QUERY};
use crate::observed::kubernetes::UsageRow;
use crate::observed::prometheus::Instant;
use crate::question::intent::Resource;

const TOLD: usize = 8;

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, resource: Resource) -> Draft {
    match resource {
        Resource::Disk => disk(looks),
        Resource::Memory | Resource::Cpu => pods(inquiry, looks, resource),
    }
}

fn pods(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, resource: Resource) -> Draft {
    let sort_by = if resource == Resource::Memory { "memory" } else { "cpu" };
    let words = &inquiry.question.words;
    let kind = if words.iter().any(|word| word.starts_with("node")) { "nodes" } else { "pods" };
    let namespace = match subject::find(inquiry, looks) {
        Subject::Pending => return Draft::default(),
        Subject::Namespace(namespace) => Some(namespace),
        Subject::Object(object, _) => object.namespace,
        Subject::Unnamed => inquiry.namespace.clone(),
        Subject::AskBack(draft) => return *draft,
    };
    let look: Look<Vec<UsageRow>> =
        looks.rows(calls::top(inquiry.cluster.as_deref(), kind, sort_by, namespace.as_deref()));
    match look {
        Look::Pending => Draft::default(),
        Look::Seen(seen) => tell(&seen.data, seen.id, resource),
        Look::NoTool | Look::Failed(..) => by_metrics(looks, resource),
    }
}

fn tell(rows: &[UsageRow], id: crate::evidence::EvidenceId, resource: Resource) -> Draft {
    let Some(first) = rows.first() else {
        return Draft::saying(Statement::new("The metrics API lists no usage", [id]));
    };
    let verdict = match resource {
        Resource::Memory => format!("{} uses the most memory: {}", path(first), bytes(first.memory_bytes)),
        _ => format!("{} uses the most CPU: {}", path(first), cores(first.cpu_millicores)),
    };
    let mut draft = Draft::saying(Statement::new(verdict, [id]));
    let statements = rows.iter().take(TOLD).map(|row| {
        let share = match (row.memory_limit_bytes, row.memory_of_limit) {
            (Some(limit), Some(share)) => format!(" of {} ({:.0} %)", bytes(limit), share * 100.0),
            _ => String::new(),
        };
        let text = match resource {
            Resource::Memory => format!("{}: {}{share}", path(row), bytes(row.memory_bytes)),
            _ => format!("{}: {}", path(row), cores(row.cpu_millicores)),
        };
        Statement::new(text, [id])
    });
    draft.section("", statements.collect());
    draft
}

/// Without a metrics API, by what cAdvisor told Prometheus.
fn by_metrics(looks: &mut Looks<'_>, resource: Resource) -> Draft {
    let query = match resource {
        Resource::Memory => "topk(8, sum by (namespace, pod) (container_memory_working_set_bytes{container!=\"\"}))",
        _ => "topk(8, sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{container!=\"\"}[5m])))",
    };
    let look: Look<Instant> = looks.at(calls::query(query));
    let seen = match look {
        Look::Pending => return Draft::default(),
        Look::NoTool => return Draft::saying(Statement::new("I have neither a cluster nor a Prometheus to ask", [])),
        Look::Failed(id, _) => return Draft::saying(Statement::new("I could not read the usage", [id])),
        Look::Seen(seen) => seen,
    };
    let amount = |value: f64| match resource {
        Resource::Memory => bytes(value.max(0.0) as u64),
        _ => format!("{value:.2} cores"),
    };
    let statements: Vec<Statement> = seen
        .data
        .samples
        .iter()
        .filter_map(|sample| {
            let path = format!("{}/{}", sample.labels.get("namespace")?, sample.labels.get("pod")?);
            Some(Statement::new(format!("{path}: {}", amount(sample.value?)), [seen.id]))
        })
        .collect();
    let Some(first) = statements.first() else {
        return Draft::saying(Statement::new("Prometheus holds no container usage: is cAdvisor scraped?", [seen.id]));
    };
    let mut draft = Draft::saying(Statement::new(format!("The most is used by {}", first.text), [seen.id]));
    draft.section("", statements);
    draft
}

fn disk(looks: &mut Looks<'_>) -> Draft {
    let look: Look<Instant> = looks.at(calls::query(VOLUME_QUERY));
    let seen = match look {
        Look::Pending => return Draft::default(),
        Look::NoTool => {
            return Draft::saying(Statement::new("I have no Prometheus to ask how full the volumes are", []));
        }
        Look::Failed(id, _) => return Draft::saying(Statement::new("I could not read how full the volumes are", [id])),
        Look::Seen(seen) => seen,
    };
    let mut volumes: Vec<(f64, String)> = seen
        .data
        .samples
        .iter()
        .filter_map(|sample| {
            Some((
                sample.value?,
                format!("{}/{}", sample.labels.get("namespace")?, sample.labels.get("persistentvolumeclaim")?),
            ))
        })
        .collect();
    volumes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some((share, fullest)) = volumes.first() else {
        return Draft::saying(Statement::new(
            "Prometheus holds no volume usage (kubelet_volume_stats): is the kubelet scraped?",
            [seen.id],
        ));
    };
    let verdict = if *share >= VOLUME_FILLING {
        format!("Volume {fullest} is running out of space: {:.0} % used", share * 100.0)
    } else {
        format!("No volume is near its end: the fullest is {fullest} at {:.0} %", share * 100.0)
    };
    let mut draft = Draft::saying(Statement::new(verdict, [seen.id]));
    draft.section(
        "",
        volumes
            .iter()
            .take(TOLD)
            .map(|(share, path)| Statement::new(format!("{path}: {:.0} %", share * 100.0), [seen.id]))
            .collect(),
    );
    draft
}

fn path(row: &UsageRow) -> String {
    row.namespace.as_ref().map_or(row.name.clone(), |namespace| format!("{namespace}/{}", row.name))
}

/// Bytes as a person reads them.
pub(crate) fn bytes(value: u64) -> String {
    const MIB: f64 = 1024.0 * 1024.0;
    let mib = value as f64 / MIB;
    if mib >= 1024.0 { format!("{:.1} GiB", mib / 1024.0) } else { format!("{mib:.0} MiB") }
}

fn cores(millicores: u64) -> String {
    format!("{millicores} m")
}
