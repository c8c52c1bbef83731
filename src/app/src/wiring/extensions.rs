//! The user's own playbooks and checks from the folders that the settings name.

use crate::cli::{Exit, Stop};
use crate::convert::files_of;
use domain::playbook::custom::Extensions;
use std::fs;
use std::path::{Path, PathBuf};

/// Reads every `.toml` file of the folders, in the order of their names.
///
/// # Errors
/// Every mistake of every file in one message, with exit code 64.
pub fn load(folders: &[PathBuf]) -> Result<Extensions, Stop> {
    let mut all = Extensions::default();
    let mut mistakes = Vec::new();
    for folder in folders {
        match files_of(std::slice::from_ref(folder), "toml") {
            Ok(files) => files.iter().for_each(|file| match read(file) {
                Ok(extensions) => {
                    mistakes.extend(
                        extensions
                            .mistakes()
                            .into_iter()
                            .map(|mistake| format!("{}: {}: {}", file.display(), mistake.place, mistake.problem)),
                    );
                    all.merge(extensions);
                }
                Err(problem) => mistakes.push(format!("{}: {problem}", file.display())),
            }),
            Err(stop) => mistakes.push(stop.to_string()),
        }
    }
    if mistakes.is_empty() {
        Ok(all)
    } else {
        Err(Stop::new(Exit::Usage, format!("Own playbooks and checks:\n  {}", mistakes.join("\n  "))))
    }
}

fn read(file: &Path) -> Result<Extensions, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("could not be read: {error}"))?;
    toml::from_str(&text).map_err(|error| error.to_string().trim_end().to_owned())
}
