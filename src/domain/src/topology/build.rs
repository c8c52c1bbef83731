//! Making the graph of what the read tools return.
//!
//! Guarantees: rows in any order make the same graph as long as it has room; whatever has none is counted; a bare name
//! that two namespaces share is nobody's.
//!
//! Deliberately absent: guesses. A service without a row that tells its workload is only taken for the workload of its own
//! name, which is how the key of both reads anyway.

use super::Topology;
use super::names::own_key;
use crate::object::ObjectRef;
use crate::observed::kubernetes::{OwnerTree, PodRow, ServiceRow, WorkloadRow};
use crate::observed::tempo::EdgeRow;
use std::collections::{BTreeMap, BTreeSet};

/// Names that the graph keeps at most: objects that belong to a place, and edges.
const NAMES: usize = 50_000;

/// What a graph is made of. What is not given is not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rows<'a> {
    /// `owner_tree` of the workloads that matter.
    pub trees: &'a [OwnerTree],
    /// Rows of `list pods`, with their nodes and workloads.
    pub pods: &'a [PodRow],
    /// Rows of `list workloads`.
    pub workloads: &'a [WorkloadRow],
    /// Rows of `list services`.
    pub services: &'a [ServiceRow],
    /// Edges of the service map that traces make.
    pub calls: &'a [EdgeRow],
}

impl Topology {
    /// The graph of these rows.
    pub fn of(rows: &Rows<'_>) -> Self {
        let mut graph = Self::default();
        for tree in rows.trees {
            graph.add_places_of_tree(tree);
        }
        for pod in rows.pods {
            graph.add_owner_of_pod(pod);
        }
        graph.add_services(rows.services, rows.workloads);
        graph.add_bare_names(rows);
        // Edges come when every place is known by all its names.
        for tree in rows.trees {
            graph.add_needs_of_tree(tree);
        }
        for pod in rows.pods {
            graph.add_node_of_pod(pod);
        }
        for call in rows.calls {
            let (caller, callee) = (graph.service_place(&call.caller), graph.service_place(&call.callee));
            graph.connect(caller, callee);
        }
        graph
    }

    fn add_places_of_tree(&mut self, tree: &OwnerTree) {
        let root = own_key(&tree.root);
        for member in &tree.members {
            self.belong(&member.object, &root);
        }
        let selects = |how: &str| how == "selects its pods";
        for reference in tree.referred_by.iter().filter(|reference| selects(&reference.how)) {
            self.belong(&reference.object, &root);
        }
    }

    fn add_owner_of_pod(&mut self, pod: &PodRow) {
        let Some(owner) = workload_of(pod) else { return };
        self.belong(&ObjectRef::namespaced("Pod", &pod.namespace, &pod.name), &own_key(&owner));
    }

    /// A service whose selector has the name of exactly one workload as a value leads to that workload.
    fn add_services(&mut self, services: &[ServiceRow], workloads: &[WorkloadRow]) {
        let known: BTreeSet<(&str, &str)> =
            workloads.iter().map(|workload| (workload.namespace.as_str(), workload.name.as_str())).collect();
        for service in services {
            let selected: BTreeSet<&str> = service
                .selector
                .iter()
                .flat_map(|selector| selector.split(','))
                .filter_map(|term| Some(term.split_once('=')?.1.trim()))
                .filter(|value| known.contains(&(service.namespace.as_str(), *value)))
                .collect();
            if let (1, Some(name)) = (selected.len(), selected.first()) {
                let place = format!("{}/{name}", service.namespace);
                self.belong(&ObjectRef::namespaced("Service", &service.namespace, &service.name), &place);
            }
        }
    }

    /// What traces call a workload: its own name, or that of a service that leads to it.
    fn add_bare_names(&mut self, rows: &Rows<'_>) {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |name: &str, place: String| {
            names.entry(name.to_owned()).or_default().insert(place);
        };
        for workload in rows.workloads {
            add(&workload.name, format!("{}/{}", workload.namespace, workload.name));
        }
        for tree in rows.trees {
            add(&tree.root.name, own_key(&tree.root));
        }
        for owner in rows.pods.iter().filter_map(workload_of) {
            add(&owner.name, own_key(&owner));
        }
        for service in rows.services {
            let place = self.object_place(&ObjectRef::namespaced("Service", &service.namespace, &service.name));
            add(&service.name, place);
        }
        for (name, places) in names {
            if let (1, Some(place)) = (places.len(), places.into_iter().next()) {
                if self.by_name.len() < NAMES {
                    self.by_name.insert(name, place);
                } else {
                    self.left_out += 1;
                }
            }
        }
    }

    fn add_needs_of_tree(&mut self, tree: &OwnerTree) {
        let root = own_key(&tree.root);
        for reference in &tree.refers_to {
            let needed = self.object_place(&reference.object);
            self.connect(root.clone(), needed);
        }
        // An ingress stands on the service it leads to.
        for reference in tree.referred_by.iter().filter(|reference| reference.object.kind == "Ingress") {
            self.connect(reference.object.to_string(), root.clone());
        }
    }

    fn add_node_of_pod(&mut self, pod: &PodRow) {
        let Some(node) = &pod.node else { return };
        let place = self.object_place(&ObjectRef::namespaced("Pod", &pod.namespace, &pod.name));
        self.connect(place, ObjectRef::cluster("Node", node).to_string());
    }

    fn belong(&mut self, part: &ObjectRef, place: &str) {
        let name = part.to_string();
        if self.places.len() >= NAMES && !self.places.contains_key(&name) {
            self.left_out += 1;
        } else if let Some(other) = self.places.get_mut(&name) {
            // Claimed twice (a service over two workloads): one of them, whatever the order of the rows.
            if place < other.as_str() {
                *other = place.to_owned();
            }
        } else {
            self.places.insert(name, place.to_owned());
        }
    }

    fn connect(&mut self, from: String, to: String) {
        if from == to || self.needs.get(&from).is_some_and(|needs| needs.contains(&to)) {
            return;
        }
        if self.edges >= NAMES {
            self.left_out += 1;
            return;
        }
        self.needs.entry(from.clone()).or_default().insert(to.clone());
        self.needed_by.entry(to).or_default().insert(from);
        self.edges += 1;
    }
}

/// The workload at the top of a pod's owners: its row says `Deployment/checkout`.
fn workload_of(pod: &PodRow) -> Option<ObjectRef> {
    let (kind, name) = pod.owner.as_deref()?.split_once('/')?;
    Some(ObjectRef::namespaced(kind, &pod.namespace, name))
}
