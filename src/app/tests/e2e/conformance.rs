//! The public conformance suite against each of our servers as it is shipped: the built program at a loopback port.
//!
//! What concerns every server is held: lifecycle, listing, ping, streams, `Host` and `Origin`.
//! The scenarios that call the suite's own tools, resources and prompts are in the list of expected failures, each
//! with its reason, so that one that begins to pass is seen. The reference tools themselves run against the same
//! serving layer in the tests of `tools/common`.

use crate::github_end::GithubEnd;
use crate::process::{Program, Running, Scratch};
use chrono::TimeDelta;
use estate::Estate;
use estate::scenarios::Scenario;
use estate::serve::Served;
use tokio_util::sync::CancellationToken;

#[path = "../../../../tools/common/tests/it/suite.rs"]
mod suite;

const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/common/tests/it/conformance-tool-servers.yml");

/// What every server must pass, whatever the list of expected failures comes to hold.
const HELD: [&str; 5] =
    ["server-initialize", "ping", "tools-list", "server-sse-multiple-streams", "dns-rebinding-protection"];

/// The servers that `auto-devops mcp` knows. Each is in the tests below and in those of the Python client.
const SERVERS: [&str; 5] = ["kubernetes", "prometheus", "loki", "tempo", "github"];

/// The simulated estate and a GitHub at ports, and the variables by which our servers find them.
pub struct AtPorts {
    /// The GitHub.
    pub github: GithubEnd,
    served: Served,
    folder: Scratch,
}

impl AtPorts {
    /// An estate in which an image cannot be pulled.
    pub async fn start() -> Self {
        let estate = Estate::live(7, Scenario::named("image-pull"), TimeDelta::minutes(9));
        let served = estate::serve::serve(estate, 0, CancellationToken::new()).await.unwrap();
        Self { github: GithubEnd::start().await, served, folder: Scratch::new() }
    }

    /// Name and value of each variable.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let at = &self.served.addresses;
        let kubeconfig = self.folder.file("kubeconfig", &at.kubeconfig());
        vec![
            ("KUBECONFIG", kubeconfig.display().to_string()),
            ("PROMETHEUS_URL", format!("http://{}", at.prometheus)),
            ("ALERTMANAGER_URL", format!("http://{}", at.alertmanager)),
            ("LOKI_URL", format!("http://{}", at.loki)),
            ("TEMPO_URL", format!("http://{}", at.tempo)),
            ("GITHUB_API_URL", self.github.url.clone()),
            ("GITHUB_TOKEN", GithubEnd::TOKEN.to_owned()),
        ]
    }

    /// One of our servers on a free port, with these options beside.
    pub fn serving(&self, server: &str, options: &[&str]) -> Program {
        let program = Program::new(&[&["mcp", server, "--listen", "127.0.0.1:0"], options].concat()).within(120);
        self.variables().into_iter().fold(program, |program, (name, value)| program.env(name, value))
    }
}

/// Where a server that was started with `--listen` listens.
pub async fn listening(server: &mut Running) -> String {
    let told = server.err_until(|err| err.contains("/mcp\n")).await;
    let url = told.split("listening on ").nth(1).and_then(|rest| rest.lines().next());
    url.unwrap_or_else(|| panic!("{told}")).to_owned()
}

/// Runs the whole suite against a server.
async fn conforms(server: &str) {
    assert!(SERVERS.contains(&server));
    let estate = AtPorts::start().await;
    let mut running = estate.serving(server, &[]).start();
    let report = suite::run(&listening(&mut running).await, EXPECTED).await;
    running.signal("TERM");
    running.finish().await.code(0);
    let expected = suite::expected(include_str!("../../../../tools/common/tests/it/conformance-tool-servers.yml"));
    assert_eq!(report.failed(), expected, "{report}");
    assert!(report.accepted, "the suite itself does not accept the outcome: {report}");
    for scenario in HELD {
        assert!(report.scenarios[scenario].passed > 0 && !expected.contains(scenario), "{scenario}: {report}");
    }
}

#[tokio::test]
async fn kubernetes_conforms() {
    conforms("kubernetes").await;
}

#[tokio::test]
async fn prometheus_conforms() {
    conforms("prometheus").await;
}

#[tokio::test]
async fn loki_conforms() {
    conforms("loki").await;
}

#[tokio::test]
async fn tempo_conforms() {
    conforms("tempo").await;
}

#[tokio::test]
async fn github_conforms() {
    conforms("github").await;
}

#[tokio::test]
async fn every_server_is_held_to_the_suite() {
    let help = Program::new(&["mcp", "--help"]).run().await.code(0).out;
    let values = help.split("Possible values:").nth(1).and_then(|rest| rest.split("Options:").next()).unwrap();
    let known: Vec<&str> =
        values.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split(':').next()).collect();
    assert_eq!(known, SERVERS, "add the new server to this list, to the tests here, and to those of the Python client");
}
