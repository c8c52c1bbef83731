//! A certificate that is about to expire or cannot be renewed.

use super::finding_statement;
use crate::diagnosis::case::Scene;
use crate::diagnosis::{Judgement, Statement, confidence};

pub(super) fn judge(scene: &Scene) -> Vec<Judgement> {
    let Some(health) = scene.health.seen() else { return Vec::new() };
    health
        .data
        .findings
        .iter()
        .filter(|finding| finding.check.starts_with("certificate"))
        .map(|finding| {
            let mut support = vec![finding_statement(health.id, finding)];
            support.extend(finding.evidence.iter().take(2).map(|text| {
                Statement::new(format!("The API says: `{}`", crate::diagnosis::text::quotable(text)), [health.id])
            }));
            let mut sources = 2;
            if let Some(alerts) = scene.alerts.seen()
                && let Some(alert) = alerts.data.iter().find(|alert| alert.name.to_lowercase().contains("cert"))
            {
                support.push(Statement::new(format!("Alert {} is {}", alert.name, alert.state), [alerts.id]));
                sources += 1;
            }
            Judgement {
                rule: "certificate",
                cause: finding.object.clone(),
                affected: finding.object.clone(),
                summary: Statement::new(
                    format!("{} is about to expire and was not renewed", finding.object),
                    [health.id],
                ),
                support,
                advice: vec![format!(
                    "Look why the issuer does not renew {}: `kubectl -n {} describe certificate {}`",
                    finding.object,
                    finding.object.namespace.as_deref().unwrap_or("default"),
                    finding.object.name
                )],
                per_mille: confidence(sources),
                typed_per_mille: confidence(sources),
                victims: Vec::new(),
            }
        })
        .collect()
}
