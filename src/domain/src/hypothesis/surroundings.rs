//! What an incident stands among: the objects that its signals and the looks of the rules named in typed fields.
//!
//! A hypothesis may be about one of these and about nothing else. A text that names another object adds nothing here.

use crate::diagnosis::Judgement;
use crate::diagnosis::case::{Case, Scene};
use crate::incident::Incident;
use crate::object::ObjectRef;
use std::collections::BTreeSet;

/// Objects at most; those that are nearest come first.
const MOST: usize = 400;

/// The objects around an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    objects: Vec<ObjectRef>,
}

impl Surroundings {
    /// Of the incident, of what the rules judged, and of the cases that they gathered.
    pub fn of(incident: &Incident, ranked: &[Judgement], scene: &Scene, cases: &[Case]) -> Self {
        let mut found = Self::default();
        let named = incident.members.iter().filter_map(|member| member.object.as_ref()).chain(&incident.affected);
        named.for_each(|object| found.add(object));
        for judgement in ranked {
            [&judgement.cause, &judgement.affected]
                .into_iter()
                .chain(&judgement.victims)
                .for_each(|object| found.add(object));
        }
        cases.iter().for_each(|case| found.add_case(scene, case));
        found
    }

    /// The objects, the nearest first.
    pub fn objects(&self) -> &[ObjectRef] {
        &self.objects
    }

    /// Whether an object is one of them.
    pub fn holds(&self, object: &ObjectRef) -> bool {
        self.objects.contains(object)
    }

    /// Whether something of this name is among them.
    pub fn knows_name(&self, name: &str) -> bool {
        self.objects.iter().any(|object| object.name == name)
    }

    /// Their namespaces.
    pub fn namespaces(&self) -> BTreeSet<&str> {
        self.objects.iter().filter_map(|object| object.namespace.as_deref()).collect()
    }

    fn add(&mut self, object: &ObjectRef) {
        if self.objects.len() < MOST && !self.holds(object) {
            self.objects.push(object.clone());
        }
    }

    fn add_case(&mut self, scene: &Scene, case: &Case) {
        self.add(&case.subject);
        if let Some(tree) = case.tree.seen() {
            tree.data.refers_to.iter().chain(&tree.data.referred_by).for_each(|reference| self.add(&reference.object));
            tree.data.members.iter().for_each(|member| self.add(&member.object));
        }
        case.called(scene).iter().for_each(|peer| self.add(peer));
        for pod in case.pods.seen().into_iter().flat_map(|seen| &seen.data) {
            self.add(&ObjectRef::namespaced("Pod", &pod.namespace, &pod.name));
            if let Some(node) = &pod.node {
                self.add(&ObjectRef::cluster("Node", node));
            }
        }
        case.peers.iter().for_each(|peer| self.add_case(scene, peer));
    }
}
