//! What a piece of work adds to the process's memory at its peak.

use std::fs;

/// The peak of resident memory from here on.
pub struct Measure {
    before: u64,
}

fn kibibytes(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

impl Measure {
    /// Begins: the peak so far is forgotten.
    pub fn begin() -> Self {
        // See proc(5): 5 resets the peak. Where it cannot be reset, what is measured is too high, never too low.
        let _ = fs::write("/proc/self/clear_refs", "5");
        Self { before: kibibytes("VmRSS:") }
    }

    /// MiB at the peak over what there was; printed, and at most `most`.
    pub fn within(self, what: &str, most: u64) {
        let grown = kibibytes("VmHWM:").saturating_sub(self.before) / 1024;
        println!("memory: {what}: {grown} MiB at the peak (bound of the test {most} MiB)");
        assert!(grown <= most, "{what}: {grown} MiB, at most {most}");
    }
}
