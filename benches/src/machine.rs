//! The machine that a benchmark was run on, from what Linux tells; what cannot be read is "unknown".

use std::fs;

/// One line: cores, processor, memory, kernel.
pub fn told() -> String {
    let cores = std::thread::available_parallelism().map_or_else(|_| "unknown".to_owned(), |cores| cores.to_string());
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(unknown);
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
        .map_or_else(unknown, |kibibytes| format!("{:.1} GiB", kibibytes as f64 / 1_048_576.0));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_else(|_| unknown());
    format!("{cores} cores of {processor}, {memory} of memory, Linux {}", kernel.trim())
}

/// The load averages over 1, 5 and 15 minutes: what else the machine was doing.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| unknown());
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// The first `NAME : VALUE` of a file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    value(&text, name)
}

fn value(text: &str, name: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_as_proc_writes_them() {
        let text = "processor\t: 0\nmodel name\t: Some Core\nmodel name\t: Other\n";
        assert_eq!(value(text, "model name"), Some("Some Core".to_owned()));
        assert_eq!(value("MemTotal:       16 kB\n", "MemTotal"), Some("16 kB".to_owned()));
        assert_eq!(value(text, "absent"), None);
    }
}
