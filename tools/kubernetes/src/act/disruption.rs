//! Which disruption budgets a pod falls under, and whether they let it go.

use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::shape::api::{DisruptionBudget, Pod};
use domain::envelope::Failure;

/// The name of a budget of the pod that permits no disruption now.
///
/// # Errors
/// When the budgets cannot be read: then it is not known whether one forbids.
pub async fn forbidding(cluster: &Cluster, pod: &Pod) -> Result<Option<String>, Failure> {
    let kind = Kind::built_in("PodDisruptionBudget");
    let namespace = pod.metadata.namespace.as_deref();
    let budgets = cluster.list::<DisruptionBudget>(&kind, namespace, &Selection::default()).await?.items;
    let found = budgets.into_iter().find(|budget| {
        let selects = budget.spec.selector.as_ref().is_some_and(|selector| selector.matches(&pod.metadata.labels));
        selects && budget.status.disruptions_allowed == 0
    });
    Ok(found.map(|budget| budget.metadata.name))
}
