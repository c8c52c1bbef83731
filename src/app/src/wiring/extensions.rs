//! The user's own playbooks and checks from the folders that the settings name.

use crate::cli::{Exit, Stop};
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
        match files(folder) {
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
            Err(error) => mistakes.push(format!("{}: the folder could not be read: {error}", folder.display())),
        }
    }
    if mistakes.is_empty() {
        Ok(all)
    } else {
        Err(Stop::new(Exit::Usage, format!("Own playbooks and checks:\n  {}", mistakes.join("\n  "))))
    }
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Extensions, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("could not be read: {error}"))?;
    toml::from_str(&text).map_err(|error| error.to_string().trim_end().to_owned())
}
