//! One demo from its start until nothing of it is in hand any more, with two people who approve what is asked.
//!
//! The estate is asked how its workloads stand before and afterwards, through the product's own read tools.

use super::reading::Story;
use crate::process::{Program, Running};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A debug build on a busy machine; the longest success check takes a quarter of an hour where something is wrong.
const PATIENCE_SECONDS: u64 = 900;

/// For so long nothing must happen until a demo is taken to have come to its end.
const QUIET: Duration = Duration::from_secs(25);

/// A demo that has come to its end.
pub struct Lived {
    /// What she told.
    pub told: String,
    before: BTreeMap<String, bool>,
    after: BTreeMap<String, bool>,
}

impl Lived {
    /// Workloads that had all their pods before and have not afterwards.
    pub fn worse(&self) -> Vec<String> {
        let is_worse = |name: &&String| self.before.get(*name) == Some(&true) && self.after.get(*name) != Some(&true);
        self.before.keys().filter(is_worse).cloned().collect()
    }
}

/// Lives one scenario.
pub async fn to_its_end(scenario: &str) -> Lived {
    let mut demo = Program::new(&["demo", "--scenario", scenario]).within(PATIENCE_SECONDS).start();
    let welcome = demo.out_until(|out| out.contains("Worth asking:")).await;
    let kubeconfig = welcome.split("KUBECONFIG=").nth(1).unwrap().lines().next().unwrap().to_owned();
    let before = workloads(&kubeconfig).await;
    let told = heal(&mut demo).await;
    let after = workloads(&kubeconfig).await;
    demo.send("/quit\n").await;
    demo.finish().await.code(0);
    Lived { told, before, after }
}

/// Says yes to whatever is asked, as often as it takes people, until nothing is in hand and nothing happens any more.
async fn heal(demo: &mut Running) -> String {
    let mut answered: BTreeSet<String> = BTreeSet::new();
    let mut told = demo.err_until(|told| told.contains("INC-1 ")).await;
    loop {
        let story = Story::read(&told);
        for question in &story.questions {
            if !answered.insert(question.id.clone()) {
                continue;
            }
            let yes = format!("/approve {} {}", question.id, question.digits);
            demo.send(&format!("{yes}\n")).await;
            if question.people > 1 {
                demo.send(&format!("{yes} as colleague\n")).await;
            }
        }
        let length = told.len();
        let wait = demo.err_until(|told| told.len() > length);
        told = if story.is_at_rest() {
            match tokio::time::timeout(QUIET, wait).await {
                Ok(told) => told,
                Err(_) => return told,
            }
        } else {
            wait.await
        };
    }
}

/// Whether each workload has all its pods.
async fn workloads(kubeconfig: &str) -> BTreeMap<String, bool> {
    let arguments = ["tools", "call", "kubernetes_list", r#"{"kind": "workloads", "limit": 200}"#];
    let listed = Program::new(&arguments).env("KUBECONFIG", kubeconfig).within(PATIENCE_SECONDS).run().await.code(0);
    let answer = listed.json();
    let table = &answer["table"];
    let columns: Vec<&str> = table["columns"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let at = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    let (kind, namespace, name) = (at("kind"), at("namespace"), at("name"));
    let (ready, desired) = (at("ready"), at("desired"));
    let rows = table["rows"].as_array().unwrap();
    assert!(!rows.is_empty(), "{listed}");
    let of = |row: &Value| {
        let text = |index: usize| row[index].as_str().unwrap_or_default().to_owned();
        let key = format!("{} {}/{}", text(kind), text(namespace), text(name));
        (key, row[ready].as_u64() >= row[desired].as_u64())
    };
    rows.iter().map(of).collect()
}
