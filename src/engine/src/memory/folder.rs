//! Pages in a folder of Markdown files, its folders included.
//!
//! Guarantees: bounded in files, sizes and depth; symbolic links are not followed out of a folder of pages; what is too
//! much is a problem that is told.

use super::ingest::{Page, RunbookSet};
use chrono::{DateTime, Utc};
use domain::memory::entry::TEXT_BYTES;
use domain::memory::runbook::{Fault, Problem};
use std::fs;
use std::path::Path;

/// Pages of a folder at most.
const PAGES: usize = 2_000;

/// Folders within folders at most.
const DEPTH: usize = 8;

/// Reads the `*.md` files of a folder. Blocks: call it where blocking is allowed.
///
/// # Errors
/// When the folder itself cannot be listed; the pages that were remembered of it are then better left alone.
pub fn runbooks_of_folder(folder: &Path) -> Result<RunbookSet, Problem> {
    let problem = |fault| Problem { source_name: folder.to_string_lossy().into_owned(), fault };
    // One folder is one set, however its path is written.
    let path = fs::canonicalize(folder).map_err(|error| problem(unreadable(&error)))?;
    let name = path.to_string_lossy().trim_end_matches('/').to_owned();
    let mut set = RunbookSet { name, pages: Vec::new(), problems: Vec::new() };
    collect(&path, "", 0, &mut set).map_err(problem)?;
    set.pages.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(set)
}

fn unreadable(error: &std::io::Error) -> Fault {
    Fault::Unreadable { message: format!("it could not be read ({error}); check that it exists and may be read") }
}

fn collect(folder: &Path, prefix: &str, depth: usize, set: &mut RunbookSet) -> Result<(), Fault> {
    let listed = fs::read_dir(folder).map_err(|error| unreadable(&error))?;
    for item in listed {
        let item = item.map_err(|error| unreadable(&error))?;
        let name = item.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = item.file_type().map_err(|error| unreadable(&error))?;
        let fault = if kind.is_dir() && !name.starts_with('.') {
            match depth < DEPTH {
                true => collect(&item.path(), &format!("{path}/"), depth + 1, set).err(),
                false => Some(Fault::Unreadable { message: format!("it is more than {DEPTH} folders deep") }),
            }
        } else if is_page(&item.path(), &name, kind) {
            add(&item.path(), &path, set).err()
        } else {
            None
        };
        set.problems.extend(fault.map(|fault| Problem { source_name: path, fault }));
    }
    Ok(())
}

/// A file, or a link to one as Kubernetes mounts a ConfigMap.
fn is_page(path: &Path, name: &str, kind: fs::FileType) -> bool {
    let is_file = kind.is_file() || kind.is_symlink() && fs::metadata(path).is_ok_and(|file| file.is_file());
    is_file && !name.starts_with('.') && name.to_ascii_lowercase().ends_with(".md")
}

fn add(file: &Path, path: &str, set: &mut RunbookSet) -> Result<(), Fault> {
    if set.pages.len() >= PAGES {
        return Err(Fault::Unreadable { message: format!("the folder has more than {PAGES} pages") });
    }
    let about = fs::metadata(file).map_err(|error| unreadable(&error))?;
    let bytes = usize::try_from(about.len()).unwrap_or(usize::MAX);
    if bytes > TEXT_BYTES {
        return Err(Fault::TooLarge { bytes });
    }
    let text = fs::read_to_string(file).map_err(|error| unreadable(&error))?;
    let written_at = about.modified().ok().map(DateTime::<Utc>::from);
    set.pages.push(Page { path: path.to_owned(), text, written_at });
    Ok(())
}
