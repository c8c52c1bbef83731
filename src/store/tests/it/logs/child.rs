//! This test program, run again as a process of its own.

use super::{entry, open};
use ports::store::Log;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where a child finds its folder.
const FOLDER: &str = "AUTO_DEVOPS_TEST_LOGS";

/// Which writer a child is.
const WRITER: &str = "AUTO_DEVOPS_TEST_WRITER";

/// The arguments with which this program runs one test alone, also one that is not run by itself.
pub fn arguments(test: &str) -> Vec<String> {
    let program = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    [program.as_str(), "--exact", test, "--ignored", "--nocapture", "--test-threads=1"].map(str::to_owned).to_vec()
}

/// A command with a folder for its child.
pub fn with_folder(arguments: &[String], folder: &Path, writer: u64) -> Command {
    let mut command = Command::new(&arguments[0]);
    command.args(&arguments[1..]).env(FOLDER, folder).env(WRITER, writer.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The folder of this child.
pub fn folder() -> PathBuf {
    std::env::var_os(FOLDER).map(PathBuf::from).expect("only ever run by another test, which names a folder")
}

/// The command of a child that appends until it is killed, or has appended `most`, and prints what was acknowledged.
pub fn appending(folder: &Path, writer: u64) -> Command {
    with_folder(&arguments("logs::child::appends_until_it_is_killed"), folder, writer)
}

/// How much a child appends that nobody kills, and by how many tasks.
pub const TASKS: u64 = 8;
pub const EACH: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by other tests in a process of its own"]
async fn appends_until_it_is_killed() {
    let files = std::sync::Arc::new(open(&folder()));
    let writer: u64 = std::env::var(WRITER).unwrap().parse().unwrap();
    let tasks = (0..TASKS).map(|task| {
        let files = files.clone();
        tokio::spawn(async move {
            for number in (task * EACH)..((task + 1) * EACH) {
                files.append(Log::Journal, vec![entry(writer, number)]).await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nacknowledged {number}").unwrap();
                out.flush().unwrap();
            }
        })
    });
    futures::future::try_join_all(tasks.collect::<Vec<_>>()).await.unwrap();
}

/// What a child tells was acknowledged, from one line of its output.
pub fn acknowledged(line: &str) -> Option<u64> {
    line.strip_prefix("acknowledged ").and_then(|number| number.parse().ok())
}
