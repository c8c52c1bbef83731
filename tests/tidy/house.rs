//! What the rules look at: the files of the checkout and what cargo says of its packages, each read once.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Folders that are no part of the source.
const FOREIGN: &[&str] = &["target", "node_modules", "proptest-regressions"];

/// One text file of the checkout.
pub struct TextFile {
    /// From the root, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// The root of the checkout.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

/// Every text file of the checkout, sorted by path; hidden folders other than `.ci` are left out.
pub fn files() -> &'static [TextFile] {
    static FILES: OnceLock<Vec<TextFile>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut files = Vec::new();
        collect(&root(), "", &mut files);
        files.sort_by(|left, right| left.path.cmp(&right.path));
        files
    })
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<TextFile>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            if !FOREIGN.contains(&name.as_str()) && (!name.starts_with('.') || name == ".ci") {
                collect(&entry.path(), &format!("{path}/"), files);
            }
        } else if path != "Cargo.lock"
            && let Ok(text) = std::fs::read_to_string(entry.path())
        {
            files.push(TextFile { path, text });
        }
    }
}

/// The file at a path, `None` where it is missing.
pub fn file(path: &str) -> Option<&'static TextFile> {
    files().iter().find(|file| file.path == path)
}

/// What cargo says of all packages, from the lock file and without the network.
pub fn metadata() -> &'static Value {
    static METADATA: OnceLock<Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let cargo = option_env!("CARGO").unwrap_or("cargo");
        let output = Command::new(cargo)
            .args(["metadata", "--locked", "--offline", "--format-version", "1"])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "`cargo metadata --locked --offline` failed; is Cargo.lock committed and up to date?\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    })
}

/// The packages of the workspace.
pub fn members() -> Vec<&'static Value> {
    let members = metadata()["workspace_members"].as_array().unwrap();
    let packages = metadata()["packages"].as_array().unwrap();
    packages.iter().filter(|package| members.contains(&package["id"])).collect()
}

/// The name of a package.
pub fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

/// Fails with every complaint of a rule.
#[track_caller]
pub fn hold(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n- {}", complaints.len(), complaints.join("\n- "));
}
