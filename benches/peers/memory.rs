//! Resident memory of a process with all that it started, from `/proc`.
//!
//! The sum counts pages that two processes share twice; a server that is one process has none of that.

use std::collections::BTreeMap;
use std::fs;

/// What a tree of processes holds, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resident {
    /// Now.
    pub now_kib: u64,
    /// The largest that each process ever held, added up.
    pub peak_kib: u64,
    /// Processes in the tree.
    pub processes: usize,
}

impl Resident {
    /// `12.3 MiB`, with the number of processes where it is not one.
    pub fn told(self, kib: u64) -> String {
        let together = if self.processes > 1 { format!(" ({} processes)", self.processes) } else { String::new() };
        format!("{:.1} MiB{together}", kib as f64 / 1024.0)
    }
}

/// Of a process and its descendants as they are now.
pub fn of_tree(root: u32) -> Resident {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for process in processes() {
        if let Some(parent) = field(process, "PPid") {
            children.entry(parent as u32).or_default().push(process);
        }
    }
    let mut resident = Resident::default();
    let mut open = vec![root];
    while let Some(process) = open.pop() {
        // A process without these fields has ended meanwhile.
        if let (Some(now), Some(peak)) = (field(process, "VmRSS"), field(process, "VmHWM")) {
            resident.now_kib += now;
            resident.peak_kib += peak;
            resident.processes += 1;
        }
        open.extend(children.remove(&process).unwrap_or_default());
    }
    resident
}

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn field(process: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    value.trim().split(' ').next()?.parse().ok()
}
