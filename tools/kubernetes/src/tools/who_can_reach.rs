//! `who_can_reach`: the way to a service's pods, hop by hop: name, endpoints, ports, probes, network policies, and what
//! leads to it from outside.
//!
//! Read from the API alone: nothing is sent along the way, and whether the cluster's network enforces policies is not
//! known here.

mod hops;
mod policies;
mod routes;

use super::common::{self, Hints};
use super::{logs, target};
use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::reference::Reference;
use crate::query::request::{self, Selection};
use crate::server::Server;
use crate::shape::api::{EndpointSlice, Event, Named, NetworkPolicy, Pod, Service};
use crate::shape::{policies::Labels, services};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Hop, Reach};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use policies::{Source, Way};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

/// Kinds that govern traffic beside network policies; they are not judged here.
const OTHER_POLICIES: &[&str] = &[
    "CiliumNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "ClusterNetworkPolicy",
    "AuthorizationPolicy",
];

/// Groups in which those names mean that.
const OTHER_GROUPS: &[&str] =
    &["cilium.io", "policy.networking.k8s.io", "security.istio.io", "crd.projectcalico.org", "projectcalico.org"];

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 253))]
    service: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    /// Who asks: `ns/deployment/x`, `ns/pod/x`, `namespace/x`.
    #[schemars(length(max = 300))]
    from: Option<String>,
    #[schemars(range(min = 1, max = 65535))]
    port: Option<u32>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "who_can_reach",
        "Who can reach",
        "Whether a service can be reached (from a pod): endpoints, ports, probes, network policies, ingresses.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let (namespace, name) = named(&asked)?;
    let (object, manifest) = target::read(cluster, &Kind::built_in("Service"), namespace.as_deref(), &name).await?;
    let service: Service = serde_json::from_value(manifest).map_err(|error| {
        Failure::new(FailureKind::BadAnswer, format!("{object} of cluster {} does not fit: {error}", cluster.name()))
    })?;
    let mut hints = Hints::default();
    let place = service.metadata.namespace().to_owned();
    let source = match asked.from.as_deref() {
        Some(from) => Some(find_source(cluster, from, &place, &mut hints).await?),
        None => None,
    };
    if service.spec.kind == "ExternalName" {
        return Ok(leads_outside(cluster, object, &service, hints));
    }
    let look = Look { cluster, namespace: Some(place.as_str()) };
    let own_slices = Selection { labels: Some(format!("kubernetes.io/service-name={name}")), fields: None };
    let own_pods = Selection { labels: services::selector(&service.spec.selector), fields: None };
    let everything = Selection::default();
    let warnings = Selection { labels: None, fields: Some("type=Warning".to_owned()) };
    let (pods, slices, policies, events, routes, own_labels) = futures::join!(
        // Without a selector somebody keeps the endpoints by hand, and no pod is meant.
        async { if own_pods.labels.is_none() { Ok(Vec::new()) } else { look.all::<Pod>("Pod", &own_pods).await } },
        look.all::<EndpointSlice>("EndpointSlice", &own_slices),
        look.all::<NetworkPolicy>("NetworkPolicy", &everything),
        look.all::<Event>("Event", &warnings),
        routes::to(cluster, &place, &name).boxed(),
        labels_of(cluster, &place).boxed(),
    );
    let seen = hops::Seen { service: &service, pods: pods.as_deref(), slices: slices.as_deref(), now: context.now };
    let (routes, unseen) = routes;
    for failure in unseen {
        hints.miss(format!("Not looked at: {failure}."));
    }
    let events = events.unwrap_or_else(|failure| {
        hints.miss(format!("Failed probes are not told: {failure}."));
        Vec::new()
    });
    let mut found = vec![seen.dns(), seen.endpoints(), seen.ports(asked.port), seen.probes(&events)];
    let target_pods = pods.as_deref().unwrap_or_default();
    let way = Way {
        service: &service,
        pods: target_pods,
        namespace_labels: own_labels.as_ref(),
        port: asked.port,
        source: source.as_ref(),
    };
    found.push(way.ingress(&policies));
    if let Some(source) = &source {
        let own = look_at_egress(cluster, source, &place, &policies).await;
        found.push(way.egress(&own));
    }
    found.retain(|hop| !hop.why.is_empty());
    for hop in found.iter().filter(|hop| hop.ok.is_none() && hop.why.starts_with("not looked at")) {
        hints.miss(format!("{}: {}.", hop.hop, hop.why));
    }
    if policies.as_ref().is_ok_and(|policies| !policies.is_empty()) {
        hints.add("Whether network policies are enforced depends on the cluster's network (CNI), which the API does not tell.");
    }
    other_policies(cluster, &mut hints).await;
    let (open, verdict) = verdict(&found, source.as_ref());
    let reach = Reach {
        dns: format!("{name}.{place}.svc (usually {name}.{place}.svc.cluster.local)"),
        service: object,
        from: source.map(|source| source.object),
        open,
        verdict,
        routes,
        hops: found,
    };
    let returned = (reach.hops.len() + reach.routes.len()) as u64;
    Ok(hints.with(Envelope { source: Some(cluster.source()), ..Envelope::whole(common::data(&reach), returned) }))
}

/// `checkout`, `service/checkout`, `shop/checkout`, `Service shop/checkout`.
fn named(asked: &Args) -> Result<(Option<String>, String), Failure> {
    let reference = Reference::parse(&asked.service);
    let service = Kind::built_in("Service");
    let namespace = match (&asked.namespace, reference.namespace, &reference.kind) {
        (Some(namespace), _, _) => Some(namespace.clone()),
        (None, Some(namespace), _) => Some(namespace),
        (None, None, Some(word)) if !service.answers_to(word) => Some(word.clone()),
        _ => None,
    };
    if reference.name.is_empty() {
        return Err(args::invalid("service", format!("{:?}", asked.service), "the name of a service"));
    }
    Ok((namespace, reference.name))
}

/// The pods that ask. A namespace stands for all of its pods.
async fn find_source(cluster: &Cluster, text: &str, own: &str, hints: &mut Hints) -> Result<Source, Failure> {
    let reference = Reference::parse(text);
    let is_namespace = reference.kind.as_deref().is_some_and(|word| Kind::built_in("Namespace").answers_to(word));
    let (object, pods) = if is_namespace {
        let kind = Kind::built_in("Pod");
        let listed = cluster.list::<Pod>(&kind, Some(&reference.name), &Selection::default()).await?;
        (ObjectRef::cluster("Namespace", &reference.name), listed.items)
    } else {
        // A name without a namespace is first looked for where the service is.
        let near = reference.namespace.is_none();
        let found = match logs::pick::pods(cluster, text, reference.namespace.as_deref().or(Some(own))).await {
            Err(failure) if near && failure.kind == FailureKind::NotFound => {
                logs::pick::pods(cluster, text, None).await
            }
            found => found,
        }?;
        let object = match found.as_slice() {
            [pod] if pod.metadata.name == reference.name => {
                ObjectRef::namespaced("Pod", pod.metadata.namespace(), &pod.metadata.name)
            }
            pods => {
                let first = pods.first().map(|pod| &pod.metadata);
                let (kind, name) =
                    first.and_then(crate::shape::owner::top).unwrap_or(("Pod".to_owned(), reference.name.clone()));
                ObjectRef::namespaced(kind, first.map(|meta| meta.namespace().to_owned()).unwrap_or_default(), name)
            }
        };
        (object, found)
    };
    let pods: Vec<Pod> = pods.into_iter().filter(|pod| !pod.is_finished()).collect();
    if pods.is_empty() {
        return Err(Failure::new(FailureKind::NotFound, format!("{object} has no pods that could ask"))
            .with_hint("name another source, or leave `from` out to see who is admitted"));
    }
    let namespace = match object.namespace.clone() {
        Some(namespace) => namespace,
        None => reference.name,
    };
    let namespace_labels = labels_of(cluster, &namespace).await;
    if namespace_labels.is_none() {
        hints.miss(format!("The labels of namespace {namespace} could not be read."));
    }
    Ok(Source { object, namespace, namespace_labels, pods })
}

async fn labels_of(cluster: &Cluster, namespace: &str) -> Option<Labels> {
    let request = request::get_metadata(&Kind::built_in("Namespace"), None, namespace);
    cluster.fetch_json::<Named>(&request).await.ok().map(|named| named.metadata.labels)
}

/// The policies that govern where the source may go: those of its own namespace.
async fn look_at_egress(
    cluster: &Cluster,
    source: &Source,
    place: &str,
    known: &Result<Vec<NetworkPolicy>, Failure>,
) -> Result<Vec<NetworkPolicy>, Failure> {
    if source.namespace == place {
        return known.clone();
    }
    let look = Look { cluster, namespace: Some(source.namespace.as_str()) };
    look.all("NetworkPolicy", &Selection::default()).await
}

/// Where a list is read.
struct Look<'a> {
    cluster: &'a Cluster,
    namespace: Option<&'a str>,
}

impl<'a> Look<'a> {
    /// Boxed, so that several lists side by side do not make one huge future.
    fn all<T>(&'a self, kind: &'a str, selection: &'a Selection) -> BoxFuture<'a, Result<Vec<T>, Failure>>
    where
        T: DeserializeOwned + Send + 'a,
    {
        let kind = Kind::built_in(kind);
        async move { self.cluster.list(&kind, self.namespace, selection).await.map(|listing| listing.items) }.boxed()
    }
}

/// Says which other kinds of policies the cluster has: they may shut what is told open here.
async fn other_policies(cluster: &Cluster, hints: &mut Hints) {
    match cluster.discover().await {
        Ok(kinds) => {
            let mut others: Vec<String> = kinds
                .iter()
                .filter(|kind| {
                    OTHER_POLICIES.contains(&kind.kind.as_str()) && OTHER_GROUPS.contains(&kind.group.as_str())
                })
                .map(Kind::resource)
                .collect();
            others.dedup();
            if !others.is_empty() {
                hints.miss(format!("Policies of other kinds are not judged: {}.", others.join(", ")));
            }
        }
        Err(failure) => hints.miss(format!("Whether there are policies of other kinds is not known: {failure}.")),
    }
}

/// The first hop in the way decides; then what cannot be told.
fn verdict(hops: &[Hop], source: Option<&Source>) -> (Option<bool>, String) {
    let who = source.map_or_else(|| "It".to_owned(), |source| format!("From {} it", source.object));
    if let Some(hop) = hops.iter().find(|hop| hop.ok == Some(false)) {
        return (Some(false), format!("{who} cannot be reached: {} ({}).", hop.why, hop.hop));
    }
    let unknown: Vec<&Hop> = hops.iter().filter(|hop| hop.ok.is_none()).collect();
    match unknown.first() {
        Some(hop) => (None, format!("{who} may be reached; it depends: {} ({}).", hop.why, hop.hop)),
        None => (Some(true), format!("{who} can be reached, as far as the API tells.")),
    }
}

fn leads_outside(cluster: &Cluster, object: ObjectRef, service: &Service, mut hints: Hints) -> Envelope {
    let leads = format!("the name leads out of the cluster, to {}", service.spec.external_name);
    hints.add("What is behind an ExternalName the API does not tell.");
    let reach = Reach {
        dns: format!("{}.{}.svc", object.name, service.metadata.namespace()),
        service: object,
        from: None,
        open: None,
        verdict: format!("It is an alias: {leads}."),
        hops: vec![Hop { hop: "dns".to_owned(), ok: None, why: leads, evidence: Vec::new() }],
        routes: Vec::new(),
    };
    hints.with(Envelope { source: Some(cluster.source()), ..Envelope::whole(common::data(&reach), 1) })
}
