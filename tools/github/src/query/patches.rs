//! Patches within a budget: in the order of the files, each cut by whole lines.

use super::api::File;
use super::text;
use domain::observed::github::{FileRow, Patch};
use domain::tokens;

/// Longest line of a patch that is shown, in characters.
const LINE_CHARS: usize = 300;

/// Lines of one patch that are looked at; what stands behind is counted.
const LINES: usize = 400;

/// The row of a changed file.
pub(crate) fn row(file: &File) -> FileRow {
    FileRow {
        path: file.filename.clone(),
        status: file.status.clone(),
        additions: file.additions,
        deletions: file.deletions,
        before: file.previous_filename.clone(),
    }
}

/// What fits of the files' patches, and how many files' patches did not.
pub(crate) fn within(files: &[File], budget_tokens: usize) -> (Vec<Patch>, usize) {
    let mut left = budget_tokens;
    let mut patches = Vec::new();
    let mut without = 0;
    let with_patch = files.iter().filter_map(|file| Some((file, file.patch.as_deref()?)));
    for (file, patch) in with_patch {
        match shortened(&file.filename, patch, left) {
            Some(patch) => {
                left = left.saturating_sub(tokens::estimate(&patch.patch) + tokens::estimate(&patch.path));
                patches.push(patch);
            }
            None => without += 1,
        }
    }
    (patches, without)
}

/// Half of what is left for one file, so that a large first one does not take it all; nothing where that is too little
/// to be of use.
fn shortened(path: &str, patch: &str, left_tokens: usize) -> Option<Patch> {
    const LEAST_TOKENS: usize = 40;
    let all: Vec<&str> = patch.lines().collect();
    let whole_fits = tokens::estimate(patch) <= left_tokens;
    let allowed = if whole_fits { left_tokens } else { left_tokens / 2 };
    if allowed < LEAST_TOKENS && !whole_fits {
        return None;
    }
    let looked_at = all.get(..LINES.min(all.len())).unwrap_or_default();
    let mut out = String::new();
    let mut shown = 0;
    for line in text::safe_lines(looked_at) {
        let line = text::cut(&line, LINE_CHARS);
        if tokens::estimate(&out) + tokens::estimate(&line) > allowed {
            break;
        }
        out.push_str(&line);
        out.push('\n');
        shown += 1;
    }
    (shown > 0).then(|| Patch {
        path: path.to_owned(),
        patch: out.trim_end_matches('\n').to_owned(),
        lines_left_out: (all.len() - shown) as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(name: &str, patch: &str) -> File {
        File { filename: name.to_owned(), patch: Some(patch.to_owned()), ..File::default() }
    }

    #[test]
    fn a_large_patch_leaves_room_for_the_next() {
        let large = "+line\n".repeat(2_000);
        let (patches, without) = within(&[file("a", &large), file("b", "@@ -1 +1 @@\n-x\n+y")], 400);
        assert_eq!((patches.len(), without), (2, 0));
        assert!(patches[0].lines_left_out > 1_800, "{}", patches[0].lines_left_out);
        assert_eq!((patches[1].patch.as_str(), patches[1].lines_left_out), ("@@ -1 +1 @@\n-x\n+y", 0));
    }

    #[test]
    fn secrets_of_a_patch_stay_in() {
        let (patches, _) = within(&[file(".env", "@@ -1,2 +1,2 @@\n-DB_PASSWORD=old-one\n+DB_PASSWORD=hunter2")], 400);
        assert_eq!(patches[0].patch, "@@ -1,2 +1,2 @@\n-DB_PASSWORD=[redacted]\n+DB_PASSWORD=[redacted]");
    }

    proptest! {
        #[test]
        fn patches_keep_to_the_budget(texts in prop::collection::vec("([ +-].{0,60}\n){0,30}", 0..6), budget in 0usize..600) {
            let files: Vec<File> = texts.iter().map(|text| file("f", text)).collect();
            let (patches, _) = within(&files, budget);
            let spent: usize = patches.iter().map(|patch| tokens::estimate(&patch.patch)).sum();
            prop_assert!(spent <= budget + files.len(), "{} of {}", spent, budget);
        }
    }
}
