//! The test program as a process of its own: what only another process can do, such as being killed.
//!
//! What a child does is a test that is ignored in the ordinary run; it finds its orders in the environment.

use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Names the folder that the child works in.
const FOLDER: &str = "AUTO_DEVOPS_STORE_TEST_FOLDER";

/// Names what else the child is told.
const ORDER: &str = "AUTO_DEVOPS_STORE_TEST_ORDER";

/// What stands before each line that the child tells: the test harness prints lines of its own.
const MARK: &str = "told: ";

/// A child that runs. It is killed when this is dropped.
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts the test of this name in a process of its own.
    pub fn start(test: &str, folder: &Path, order: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
        command.env(FOLDER, folder).env(ORDER, order).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line that it tells; none when it has ended. A line that was cut by its end is none.
    pub async fn line(&mut self) -> Option<String> {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            // The harness ends its own line only after the test: what is told first stands behind it.
            if let Some((_, told)) = line.split_once(MARK)
                && let Some(whole) = told.strip_suffix(';')
            {
                return Some(whole.to_owned());
            }
        }
        None
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Lets it end by itself: what it waits for on its standard input ends. True where it ended well.
    pub async fn ended(mut self) -> bool {
        drop(self.child.stdin.take());
        while self.line().await.is_some() {}
        self.child.wait().await.unwrap().success()
    }
}

/// In the child: its folder and its order.
pub fn orders() -> (std::path::PathBuf, String) {
    let wanted =
        |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: this is run by another test"));
    (wanted(FOLDER).into(), wanted(ORDER))
}

/// In the child: tells a line at once. When nobody listens any more, the child ends.
pub fn tell(line: &str) {
    use std::io::Write as _;
    let told = std::io::stdout().lock().write_all(format!("{MARK}{line};\n").as_bytes());
    if told.is_err() {
        std::process::exit(1);
    }
}

/// In the child: waits until the parent lets it end.
pub fn wait_for_the_end() {
    let _ = std::io::stdin().read_line(&mut String::new());
}
