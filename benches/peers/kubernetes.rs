//! Our `kubernetes` server beside `kubernetes-mcp-server`: 500 pods, 5,000 pods, events, one object.

use crate::Fallible;
use crate::cluster::{Cluster, Layout, Planted};
use crate::contender::{Contender, Question, schema_bytes};
use crate::expect;
use crate::programs::Programs;
use crate::report::{Comparison, size};
use crate::stdio::{Launch, Server};
use benches::samples::Runs;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

const OURS: &str = "`auto-devops mcp kubernetes`";
const PEER: &str = "`kubernetes-mcp-server` (npm), tables, its default";
const YAML: &str = "the same with `--list-output yaml`";
const NATIVE: &str = "its native program without node";

const START_RUNS: Runs = Runs { warm_up: 1, counted: 10 };
const CALL_RUNS: Runs = Runs { warm_up: 3, counted: 20 };
/// Lists of 5,000 pods take long, and as YAML the longest.
const LARGE_RUNS: Runs = Runs { warm_up: 2, counted: 12 };
const YAML_RUNS: Runs = Runs { warm_up: 1, counted: 3 };
/// What all tools of a server cost.
const ALL_TOOLS: &str = "all tools: names, descriptions, input schemas";
/// Pages that are read at most until a list must have ended.
const PAGES: usize = 60;

const SMALL: Layout = Layout { namespaces: 10, deployments: 10, replicas: 5, unhealthy: 16 };
const LARGE: Layout = Layout { namespaces: 25, deployments: 40, replicas: 5, unhealthy: 37 };

/// One cluster and one server that looks at it.
struct Session<'a> {
    contender: &'a Contender<'a>,
    server: Server,
    cluster: &'a Cluster,
}

/// The comparison.
pub async fn compare(programs: &Programs, folder: &Path) -> Fallible<Comparison> {
    let small = Cluster::serve(SMALL, folder).await?;
    let large = Cluster::serve(LARGE, folder).await?;
    let columns = [OURS, PEER, YAML, NATIVE].map(str::to_owned);
    let mut table = Comparison::new("Kubernetes", columns);
    let launch = |program: &Path, arguments: &[&str], cluster: &Cluster| Launch {
        program: program.to_path_buf(),
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        variables: vec![("KUBECONFIG".to_owned(), cluster.kubeconfig.display().to_string())],
    };
    let settings: [(&str, &PathBuf, &[&str], &[&str]); 4] = [
        (OURS, &programs.own, &["mcp", "kubernetes"], &["mcp", "kubernetes"]),
        (PEER, &programs.kubernetes, &[], &["--read-only"]),
        (YAML, &programs.kubernetes, &["--list-output", "yaml"], &[]),
        (NATIVE, &programs.kubernetes_native, &[], &[]),
    ];
    for (name, program, arguments, read_only) in settings {
        let start = |cluster: &Cluster| Contender { name, launch: launch(program, arguments, cluster), folder };
        let contender = start(&small);
        if name != YAML {
            contender.start_up(START_RUNS, &mut table).await?;
        }
        if [OURS, PEER].contains(&name) {
            let reading = Contender { launch: launch(program, read_only, &small), ..start(&small) };
            reading.schemas("tools that read: names, descriptions, input schemas", &reading.start().await?, &mut table);
        }
        let session = Session { contender: &contender, server: contender.start().await?, cluster: &small };
        match name {
            OURS => acting(&contender, &small, folder, &mut table).await?,
            PEER => contender.schemas(ALL_TOOLS, &session.server, &mut table),
            _ => {}
        }
        contender.idle(&session.server, &mut table).await?;
        if name == NATIVE {
            continue;
        }
        session.lists(&mut table).await?;
        if name != YAML {
            session.events(&mut table).await?;
            session.one_object(&mut table).await?;
        }
        contender.peak("largest resident memory after the calls on 500 pods", &session.server, &mut table)?;
        drop(session);
        let contender = start(&large);
        let session = Session { contender: &contender, server: contender.start().await?, cluster: &large };
        session.lists(&mut table).await?;
        contender.peak("largest resident memory after the lists of 5,000 pods", &session.server, &mut table)?;
    }
    Ok(table)
}

/// All tools of ours: the side that acts is a server of its own, with credentials from the settings.
async fn acting(reading: &Contender<'_>, cluster: &Cluster, folder: &Path, table: &mut Comparison) -> Fallible<()> {
    let home = folder.join("acting");
    let settings = home.join(".config/auto-devops");
    std::fs::create_dir_all(&settings)?;
    let kubeconfig = cluster.kubeconfig.display().to_string();
    let text = format!("[clusters.bench]\nkubeconfig = {kubeconfig:?}\nact_kubeconfig = {kubeconfig:?}\n");
    std::fs::write(settings.join("config.toml"), text)?;
    let arguments = ["mcp", "kubernetes", "--mode", "act", "--without-grants"].map(str::to_owned).into();
    let launch = Launch { arguments, variables: Vec::new(), ..reading.launch.clone() };
    let (reads, acts) = (reading.start().await?, Server::start(&launch, &home).await?);
    let bytes = schema_bytes(&reads.tools) + schema_bytes(&acts.tools);
    let tools = reads.tools.len() + acts.tools.len();
    let told = format!("{}, {tools} tools, of which {} act (a server of its own)", size(bytes), acts.tools.len());
    table.put(ALL_TOOLS, reading.name, told);
    Ok(())
}

impl Session<'_> {
    fn name(&self) -> &str {
        self.contender.name
    }

    fn is_ours(&self) -> bool {
        self.name() == OURS
    }

    fn planted(&self) -> &Planted {
        &self.cluster.planted
    }

    async fn ask(&self, question: &Question<'_>, table: &mut Comparison) -> Fallible<String> {
        let requests: &AtomicU64 = &self.cluster.requests;
        Ok(self.contender.ask(&self.server, question, Some(requests), table).await?.text)
    }

    /// `list pods` over all namespaces, and what of the unhealthy is in it.
    async fn lists(&self, table: &mut Comparison) -> Fallible<()> {
        let planted = self.planted();
        let what = format!("list of {} pods", crate::report::grouped(planted.pods));
        let is_yaml = self.name() == YAML;
        let check = |text: &str| match (self.is_ours(), is_yaml) {
            (true, _) => expect::our_pods(text, planted).map(drop),
            (false, true) => expect::yaml_of_pods(text, planted),
            (false, false) => expect::table_of_pods(text, planted),
        };
        let (tool, arguments) =
            if self.is_ours() { ("list", json!({"kind": "pods"})) } else { ("pods_list", json!({})) };
        let runs = match (is_yaml, planted.pods == LARGE.pods()) {
            (true, _) => YAML_RUNS,
            (false, true) => LARGE_RUNS,
            (false, false) => CALL_RUNS,
        };
        let question = Question { what: &what, tool, arguments, runs, check: &check };
        let text = self.ask(&question, table).await?;
        let row = format!("{what}: the {} unhealthy", planted.unhealthy.len());
        let cell = if self.is_ours() {
            let (named, counted) = expect::our_pods(&text, planted)?;
            format!("{named} named in the first page, {counted} counted by group")
        } else {
            format!("{} named, anywhere in the list", planted.unhealthy.len())
        };
        table.put(&row, self.name(), cell);
        if self.is_ours() {
            let arguments = json!({"kind": "pods", "status": "unhealthy", "budget_tokens": 4000});
            let check = |text: &str| expect::our_unhealthy(text, planted);
            let what = format!("{what}, only the unhealthy");
            let question = Question { what: &what, tool: "list", arguments, runs, check: &check };
            self.ask(&question, table).await?;
            let told = format!("{0} of {0}", planted.unhealthy.len());
            table.put(&format!("{what}: named"), self.name(), told);
        } else if !is_yaml {
            // The nearest that the peer has: the API selects by phase, and a container that crashes leaves it at Running.
            let outside = planted.unhealthy.iter().filter(|pod| pod.phase != "Running").count();
            let arguments = json!({"fieldSelector": "status.phase!=Running"});
            let check = |text: &str| expect::lines_of_pods(text, outside).map(drop);
            let what = format!("{what}, only the unhealthy");
            let question = Question { what: &what, tool, arguments, runs, check: &check };
            self.ask(&question, table).await?;
            let told = format!("{outside} of {} (`status.phase!=Running`)", planted.unhealthy.len());
            table.put(&format!("{what}: named"), self.name(), told);
        }
        Ok(())
    }

    async fn events(&self, table: &mut Comparison) -> Fallible<()> {
        let planted = self.planted();
        let everything = |text: &str| {
            if self.is_ours() {
                expect::our_total(text, planted.events)
            } else {
                expect::peers_events(text, planted.events, &planted.warnings)
            }
        };
        let warned = |text: &str| {
            if self.is_ours() {
                expect::our_total(text, planted.warnings.len())
            } else {
                expect::peers_events(text, planted.warnings.len(), &planted.warnings)
            }
        };
        let ((all, warnings), tool) = if self.is_ours() {
            ((json!({"warnings_only": false}), json!({})), "events")
        } else {
            ((json!({}), json!({"fieldSelector": "type=Warning"})), "events_list")
        };
        let what = format!("all {} events", crate::report::grouped(planted.events));
        let question = Question { what: &what, tool, arguments: all, runs: CALL_RUNS, check: &everything };
        self.ask(&question, table).await?;
        let what = format!("the {} warnings among them", planted.warnings.len());
        let question = Question { what: &what, tool, arguments: warnings, runs: CALL_RUNS, check: &warned };
        self.ask(&question, table).await?;
        let row = format!("{what}: to read every one");
        if self.is_ours() {
            self.all_pages(&row, table).await
        } else {
            table.put(&row, self.name(), "the one call");
            Ok(())
        }
    }

    /// Follows the cursor of our warnings to the end, with pages as large as can be asked for.
    async fn all_pages(&self, row: &str, table: &mut Comparison) -> Fallible<()> {
        let (mut texts, mut cursor) = (String::new(), None);
        for page in 1..=PAGES {
            let mut arguments = json!({"limit": 500, "budget_tokens": 8000});
            if let (Some(cursor), Some(fields)) = (cursor.take(), arguments.as_object_mut()) {
                fields.insert("cursor".to_owned(), cursor);
            }
            let text = self.server.call("events", &arguments).await?.text;
            let envelope: Value = serde_json::from_str(&text)?;
            texts.push_str(&text);
            match envelope.get("next_cursor").filter(|next| next.is_string()) {
                Some(next) => cursor = Some(next.clone()),
                None => {
                    expect::all_named(&texts, self.planted().warnings.iter())?;
                    let told = format!("{page} calls with `budget_tokens: 8000`, together {}", size(texts.len()));
                    table.put(row, self.name(), told);
                    return Ok(());
                }
            }
        }
        Err(format!("the warnings did not end within {PAGES} pages").into())
    }

    async fn one_object(&self, table: &mut Comparison) -> Fallible<()> {
        let planted = self.planted();
        let (namespace, name) = &planted.one;
        let check = |text: &str| expect::one_pod(text, planted);
        let (tool, arguments) = if self.is_ours() {
            ("get", json!({"kind": "pod", "namespace": namespace, "name": name}))
        } else {
            ("pods_get", json!({"namespace": namespace, "name": name}))
        };
        let question = Question { what: "one pod", tool, arguments, runs: CALL_RUNS, check: &check };
        self.ask(&question, table).await?;
        self.contender.press(&self.server, &question, table).await
    }
}
