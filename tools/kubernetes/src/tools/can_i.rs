//! `can_i`: what the credentials in use may do, in the API server's own words.
//!
//! A review is a POST that stores nothing. It says what the authorizers say, and nothing of admission: a request that
//! is permitted may still be refused by a quota or a webhook.

use super::common::{self, Hints};
use crate::backend::{Cluster, Review};
use crate::query::kinds::Kind;
use crate::server::Server;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::kubernetes::{Access, AccessRule};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools_common::{ToolSpec, args, budget};

/// Rules that are told.
const RULES: usize = 100;

#[derive(Deserialize, JsonSchema)]
struct Args {
    /// `get`, `delete`, …; without it all rules of the namespace.
    #[schemars(length(max = 63))]
    verb: Option<String>,
    /// With a subresource: `pods/log`.
    #[schemars(length(max = 253))]
    kind: Option<String>,
    #[schemars(length(max = 253))]
    name: Option<String>,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "can_i",
        "Permissions",
        "Whether our credentials may do something, or all that they may do in a namespace.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    cluster.permit(&Kind::built_in("Pod"), asked.namespace.as_deref())?;
    let (access, mut hints) = match &asked.verb {
        Some(verb) => one(cluster, &asked, &verb.trim().to_lowercase()).await?,
        None if asked.kind.is_some() || asked.name.is_some() => {
            return Err(args::invalid("verb", "none", "a verb such as get, list, create, patch, delete beside a kind"));
        }
        None => all(cluster, asked.namespace.as_deref()).await?,
    };
    let total = access.rules.as_ref().map_or(1, |rules| rules.rows.len()) as u64;
    let mut access = access;
    let mut truncated = false;
    if let Some(rules) = &mut access.rules {
        let cut = budget::cut(std::mem::take(&mut rules.rows), RULES, budget::DEFAULT_TOKENS);
        truncated = cut.is_cut();
        if truncated {
            hints.add(format!("{} more rules: ask for one verb and kind.", cut.left.len()));
        }
        rules.rows = cut.kept;
    }
    let returned = access.rules.as_ref().map_or(1, |rules| rules.rows.len()) as u64;
    Ok(hints.with(Envelope {
        source: Some(cluster.source()),
        total: Some(total),
        truncated,
        ..Envelope::whole(common::data(&access), returned)
    }))
}

async fn one(cluster: &Cluster, asked: &Args, verb: &str) -> Result<(Access, Hints), Failure> {
    let Some(word) = asked.kind.as_deref() else {
        return Err(args::invalid("kind", "none", "the kind that the verb is about"));
    };
    let (word, subresource) = word.split_once('/').unwrap_or((word, ""));
    let kind = cluster.resolve(word).await?;
    let namespace = asked.namespace.as_deref().filter(|_| kind.namespaced);
    let mut attributes = json!({"verb": verb, "group": kind.group, "version": kind.version, "resource": kind.plural});
    for (field, value) in
        [("subresource", Some(subresource)), ("namespace", namespace), ("name", asked.name.as_deref())]
    {
        if let (Some(value), Some(object)) = (value.filter(|value| !value.is_empty()), attributes.as_object_mut()) {
            object.insert(field.to_owned(), Value::from(value));
        }
    }
    let status = cluster.review(Review::Access, json!({"resourceAttributes": attributes})).await?;
    let said = |field: &str| status.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let flag = |field: &str| status.get(field).and_then(Value::as_bool).unwrap_or(false);
    let mut what = format!("{verb} {}", kind.resource());
    if !subresource.is_empty() {
        what = format!("{verb} {}/{subresource}", kind.resource());
    }
    if let Some(name) = &asked.name {
        what.push_str(&format!(" {name}"));
    }
    match namespace {
        Some(namespace) => what.push_str(&format!(" in namespace {namespace}")),
        None if kind.namespaced => what.push_str(" in all namespaces"),
        None => {}
    }
    let allowed = flag("allowed") && !flag("denied");
    let mut hints = Hints::default();
    if let Some(error) = said("evaluationError") {
        hints.miss(format!("Some authorizers could not be asked: {error}."));
    }
    hints.add(match allowed {
        true => "Permitted by the authorizers; a quota or a webhook may still refuse it.".to_owned(),
        false => format!("Grant {verb} on {} by a Role or a ClusterRole.", kind.resource()),
    });
    let access = Access { allowed: Some(allowed), asked: what, reason: said("reason").map(str::to_owned), rules: None };
    Ok((access, hints))
}

async fn all(cluster: &Cluster, namespace: Option<&str>) -> Result<(Access, Hints), Failure> {
    let namespace = namespace.unwrap_or("default");
    let status = cluster.review(Review::Rules, json!({"namespace": namespace})).await?;
    let mut hints = Hints::default();
    if status.get("incomplete").and_then(Value::as_bool).unwrap_or(false) {
        let error =
            status.get("evaluationError").and_then(Value::as_str).unwrap_or("an authorizer cannot list its rules");
        hints.miss(format!("The rules are not complete: {error}."));
    }
    let mut rows: Vec<AccessRule> = rules(&status, "resourceRules").map(of_resources).collect();
    rows.extend(rules(&status, "nonResourceRules").map(|rule| AccessRule {
        verbs: joined(rule, "verbs"),
        resources: joined(rule, "nonResourceURLs"),
        names: None,
    }));
    if rows.is_empty() {
        hints.add("No rule: these credentials may do nothing there.");
    }
    let access = Access {
        allowed: None,
        asked: format!("all rules in namespace {namespace}"),
        reason: None,
        rules: Some(Table::of(&rows)),
    };
    Ok((access, hints))
}

fn rules<'a>(status: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    status.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn words<'a>(rule: &'a Value, field: &str) -> Vec<&'a str> {
    rule.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn joined(rule: &Value, field: &str) -> String {
    words(rule, field).join(",")
}

/// `pods,deployments.apps`: resources with their group, as RBAC is spoken of.
fn of_resources(rule: &Value) -> AccessRule {
    let groups = words(rule, "apiGroups");
    let resources = words(rule, "resources");
    let named = groups.iter().flat_map(|group| {
        resources.iter().map(move |resource| match (*group, *resource) {
            ("", resource) => resource.to_owned(),
            ("*", "*") => "*".to_owned(),
            (group, resource) => format!("{resource}.{group}"),
        })
    });
    AccessRule {
        verbs: joined(rule, "verbs"),
        resources: named.collect::<Vec<_>>().join(","),
        names: Some(joined(rule, "resourceNames")).filter(|names| !names.is_empty()),
    }
}
