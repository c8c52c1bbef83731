//! "Which targets are down?"

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::{Inquiry, calls};
use crate::answer::Hypothesis;
use crate::diagnosis::{Statement, text};
use crate::object::ObjectRef;
use crate::observed::prometheus::TargetRow;

/// How many targets are told one by one.
const TOLD: usize = 10;

pub(super) fn run(_: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    let targets: Look<Vec<TargetRow>> = looks.rows(calls::targets());
    let seen = match targets {
        Look::Seen(seen) => seen,
        Look::NoTool => {
            return Draft::saying(Statement::new(
                "I have no Prometheus to ask: name one by PROMETHEUS_URL or under [prometheus] in the settings",
                [],
            ));
        }
        Look::Failed(id, _) => return Draft::saying(Statement::new("I could not read the scrape targets", [id])),
        Look::Pending => return Draft::default(),
    };
    let down: Vec<&TargetRow> = seen.data.iter().filter(|target| target.health == "down").collect();
    let unknown = seen.data.iter().filter(|target| target.health == "unknown").count();
    let total = seen.total.unwrap_or(seen.data.len() as u64);
    let mut draft = match down.as_slice() {
        [] if total == 0 => Draft::saying(Statement::new("Prometheus has no scrape targets at all", [seen.id])),
        [] => Draft::saying(Statement::new(format!("No target is down: Prometheus scrapes {total}"), [seen.id])),
        [one] => Draft::saying(Statement::new(
            format!("1 of {total} targets is down: {} {}", one.job, one.instance),
            [seen.id],
        )),
        // The list was cut among the targets that are down.
        many if seen.truncated && many.len() == seen.data.len() => {
            Draft::saying(Statement::new(format!("At least {} of {total} targets are down", many.len()), [seen.id]))
        }
        many => Draft::saying(Statement::new(format!("{} of {total} targets are down", many.len()), [seen.id])),
    };
    let statements = down.iter().take(TOLD).map(|target| {
        let error = target.last_error.as_ref().map_or(String::new(), |error| format!(": `{}`", text::quotable(error)));
        Statement::new(format!("{} {} is down{error}", target.job, target.instance), [seen.id])
    });
    draft.section("", statements.collect());
    if down.len() > TOLD {
        draft.section(
            "",
            vec![Statement::new(format!("{} are down in all; the first {TOLD} are told here", down.len()), [seen.id])],
        );
    }
    if unknown > 0 {
        draft.section(
            "",
            vec![Statement::new(format!("{unknown} were not scraped yet, so they are neither up nor down"), [seen.id])],
        );
    }
    draft.hypotheses = down
        .iter()
        .take(TOLD)
        .map(|target| Hypothesis {
            cause: ObjectRef::cluster(super::subject::SCRAPE_JOB, format!("{} {}", target.job, target.instance)),
            summary: reading(target),
            confidence: 0.5,
            evidence: vec![seen.id],
        })
        .collect();
    draft.advice = down.iter().take(3).map(|target| advice(target)).collect();
    draft
}

/// The targets that are down, for the overview.
pub(super) fn down(looks: &mut Looks<'_>) -> Vec<Statement> {
    let look: Look<Vec<TargetRow>> = looks.rows(calls::targets());
    let Some(seen) = look.seen() else { return Vec::new() };
    seen.data
        .iter()
        .filter(|target| target.health == "down")
        .take(5)
        .map(|target| Statement::new(format!("{} {} is down", target.job, target.instance), [seen.id]))
        .collect()
}

/// What the scrape error speaks for. A reading of free text: told as a hypothesis, never as a fact.
fn reading(target: &TargetRow) -> String {
    let error = target.last_error.as_deref().unwrap_or("").to_lowercase();
    let reading = if error.contains("connection refused") {
        "nothing listens on that port: the process is not running, or listens elsewhere"
    } else if error.contains("no such host") {
        "its name does not resolve: the host is gone, or the name is wrong"
    } else if error.contains("deadline exceeded") || error.contains("timeout") {
        "it does not answer within the scrape timeout: overloaded, or a firewall drops the packets"
    } else if error.contains("x509") || error.contains("tls") || error.contains("certificate") {
        "the TLS handshake fails: look at its certificate and at the scrape's CA"
    } else if error.contains("401") || error.contains("403") {
        "it refuses the scrape's credentials"
    } else if error.contains("http status") {
        "it answers, and not with metrics: the path may be wrong"
    } else {
        "the scrape fails"
    };
    format!("{} {}: {reading}", target.job, target.instance)
}

fn advice(target: &TargetRow) -> String {
    format!("See for yourself what {} answers: `curl -sv {}`", target.instance, target.scrape_url)
}
