//! Which namespaces, workloads and nodes there are, and the names of everything: made from numbers, the same in each run.

/// How many of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Namespaces.
    pub namespaces: usize,
    /// Deployments in each of them.
    pub deployments: usize,
    /// Pods of each of them.
    pub replicas: usize,
    /// Pods in trouble, spread evenly.
    pub unhealthy: usize,
}

const TEAMS: [&str; 5] = ["shop", "search", "billing", "logistics", "identity"];
const STAGES: [&str; 5] = ["prod", "canary", "staging", "batch", "edge"];
const PARTS: [&str; 10] =
    ["api", "worker", "gateway", "indexer", "scheduler", "notifier", "importer", "reporter", "cache", "frontend"];
const SUBJECTS: [&str; 4] = ["orders", "catalog", "payments", "shipments"];
/// Letters of generated suffixes, without vowels, as Kubernetes has them.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
const PODS_A_NODE: usize = 50;

impl Layout {
    /// Pods altogether.
    pub const fn pods(self) -> usize {
        self.namespaces * self.deployments * self.replicas
    }

    /// Nodes altogether.
    pub const fn nodes(self) -> usize {
        self.pods().div_ceil(PODS_A_NODE)
    }

    /// Every deployment: its number, its namespace, its name.
    pub fn workloads(self) -> Vec<(usize, String, String)> {
        let numbered = (0..self.namespaces * self.deployments).map(|number| {
            let (place, part) = (number / self.deployments, number % self.deployments);
            (number, namespace(place), workload(part))
        });
        numbered.collect()
    }

    /// Whether the pod of this number is in trouble, and which case of trouble it is.
    pub fn trouble(self, pod: usize) -> Option<usize> {
        let before = pod * self.unhealthy / self.pods();
        let after = (pod + 1) * self.unhealthy / self.pods();
        (after > before).then_some(before)
    }
}

/// The name of a namespace.
pub fn namespace(place: usize) -> String {
    let team = TEAMS.get(place % TEAMS.len()).copied().unwrap_or_default();
    let stage = STAGES.get(place / TEAMS.len() % STAGES.len()).copied().unwrap_or_default();
    format!("{team}-{stage}")
}

fn workload(number: usize) -> String {
    let subject = SUBJECTS.get(number % SUBJECTS.len()).copied().unwrap_or_default();
    let part = PARTS.get(number / SUBJECTS.len() % PARTS.len()).copied().unwrap_or_default();
    format!("{subject}-{part}")
}

/// The name of a node.
pub fn node(number: usize) -> String {
    format!("ip-10-{}-{}-{}.eu-central-1.compute.internal", 20 + number % 3, number / 250, 10 + number % 250)
}

/// A suffix as Kubernetes makes it.
pub fn suffix(seed: usize, length: usize) -> String {
    let mut state = mixed(seed);
    let letters = (0..length).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (state >> 33) as usize % LETTERS.len();
        LETTERS.get(at).map_or('x', |letter| char::from(*letter))
    });
    letters.collect()
}

/// A unique id.
pub fn uid(seed: usize) -> String {
    let (first, second) = (mixed(seed), mixed(seed ^ 0x5bd1_e995));
    let part = |value: u64, shift: u32, mask: u64| (value >> shift) & mask;
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        part(first, 0, 0xffff_ffff),
        part(first, 32, 0xffff),
        part(first, 48, 0xfff),
        part(second, 48, 0xfff),
        part(second, 0, 0xffff_ffff_ffff)
    )
}

fn mixed(seed: usize) -> u64 {
    let value = (seed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
