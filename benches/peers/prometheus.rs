//! Our `prometheus` server beside `prometheus-mcp-server`: `up`, ten thousand series at once, the ten largest of them.

use crate::Fallible;
use crate::contender::{Contender, Question};
use crate::expect;
use crate::metrics::{METRIC, Prometheus, SERIES, TARGETS};
use crate::programs::Programs;
use crate::report::{Comparison, grouped};
use crate::stdio::Launch;
use benches::samples::Runs;
use serde_json::json;
use std::path::{Path, PathBuf};

const OURS: &str = "`auto-devops mcp prometheus`";
const PEER: &str = "`prometheus-mcp-server` (PyPI), its default";
const WITHOUT_LINKS: &str = "the same with `PROMETHEUS_DISABLE_LINKS=true`";

const START_RUNS: Runs = Runs { warm_up: 1, counted: 8 };
const CALL_RUNS: Runs = Runs { warm_up: 3, counted: 20 };

/// The comparison.
pub async fn compare(programs: &Programs, prometheus: &Prometheus, folder: &Path) -> Fallible<Comparison> {
    let mut table = Comparison::new("Prometheus", [OURS, PEER, WITHOUT_LINKS].map(str::to_owned));
    let settings: [(&str, &PathBuf, &[&str]); 3] = [
        (OURS, &programs.own, &["mcp", "prometheus"]),
        (PEER, &programs.prometheus, &[]),
        (WITHOUT_LINKS, &programs.prometheus, &[]),
    ];
    for (name, program, arguments) in settings {
        let mut variables = vec![("PROMETHEUS_URL".to_owned(), prometheus.url.clone())];
        if name == WITHOUT_LINKS {
            variables.push(("PROMETHEUS_DISABLE_LINKS".to_owned(), "true".to_owned()));
        }
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let launch = Launch { program: program.clone(), arguments, variables };
        let contender = Contender { name, launch, folder };
        if name != WITHOUT_LINKS {
            contender.start_up(START_RUNS, &mut table).await?;
        }
        let server = contender.start().await?;
        contender.schemas("tools: names, descriptions, input schemas (both only read)", &server, &mut table);
        contender.idle(&server, &mut table).await?;
        let tool = if name == OURS { "query" } else { "execute_query" };
        let question = |what, query: &str, check| Question {
            what,
            tool,
            arguments: json!({"query": query}),
            runs: CALL_RUNS,
            check,
        };
        let what = format!("`up`, {TARGETS} targets of which 3 are down");
        let up = question(&what, "up", &expect::up);
        contender.ask(&server, &up, None, &mut table).await?;
        let what = format!("a wide query, {} series", grouped(SERIES));
        contender.ask(&server, &question(&what, METRIC, &expect::wide), None, &mut table).await?;
        let (what, query) = ("the same as `topk(10, ...)`", format!("topk(10, {METRIC})"));
        contender.ask(&server, &question(what, &query, &expect::ten_largest), None, &mut table).await?;
        if name != WITHOUT_LINKS {
            contender.press(&server, &up, &mut table).await?;
        }
        contender.peak("largest resident memory after all of it", &server, &mut table)?;
    }
    Ok(table)
}
