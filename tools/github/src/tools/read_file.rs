//! `read_file`: a file of a repository at a branch, tag or commit, or what a folder holds.

use super::shared::{Call, MORE, MOVED};
use crate::query::api::Content;
use crate::query::repository::Repository;
use crate::query::{names, requests, text};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::Table;
use domain::observed::github::{EntryRow, RepositoryFile};
use domain::tokens;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::page::{self, Hints, Window};
use tools_common::{ToolSpec, args, budget};

/// Longest line that is shown, in characters.
const LINE_CHARS: usize = 500;

/// GitHub lists at most so many entries of a folder.
const ENTRIES_TOLD: usize = 1_000;

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    /// owner/name.
    repository: Option<String>,
    /// File or folder; empty for the root.
    path: String,
    /// Branch, tag or commit; the default branch by default.
    #[serde(rename = "ref")]
    reference: Option<String>,
    #[schemars(range(min = 1))]
    start_line: Option<usize>,
    #[schemars(range(min = 1))]
    end_line: Option<usize>,
    /// Entries of a folder, default 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<usize>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>("read_file", "Read file", "A file (or lines of it) or a folder's entries at any commit.")
}

pub(super) async fn run(call: &Call<'_>) -> Result<Envelope, Failure> {
    let args: Args = call.args()?;
    let repository = call.repository(args.repository.as_deref())?;
    let path = names::path("path", &args.path)?;
    let reference = args.reference.as_deref().map(|text| names::reference("ref", text)).transpose()?;
    if let (Some(start), Some(end)) = (args.start_line, args.end_line)
        && end < start
    {
        return Err(args::invalid("end_line", end, "a line at or after start_line"));
    }
    let request = requests::contents(&repository, &path, reference.as_deref());
    let reply = call.backend().fetch(request, call.context).await?;
    let mut content: Content = reply.read()?;
    let mut hints = Hints::default();
    if reply.moved {
        hints.add(MOVED);
    }
    let mut told = RepositoryFile {
        path: path.clone(),
        reference: reference.clone(),
        kind: content.kind.clone(),
        size_bytes: content.size,
        ..RepositoryFile::default()
    };
    let entries = content.entries.take();
    let envelope = match (content.kind.as_str(), entries) {
        (_, Some(entries)) => folder(call, &args, told, entries, &mut hints)?,
        ("symlink", _) => {
            told.target = content.target;
            hints.add("It points out of the repository, to a folder or to nothing; read the target by its own path.");
            Envelope::whole(page::json(&told)?, 1)
        }
        ("submodule", _) => {
            let url = content.submodule_git_url.unwrap_or_default();
            told.target = Some(format!("{url} at {}", content.sha));
            hints.add("It is another repository at that commit; read it there.");
            Envelope::whole(page::json(&told)?, 1)
        }
        ("file", _) => {
            let bytes = bytes_of(call, &repository, &path, &content, reference.as_deref()).await?;
            file(&args, told, &bytes, &mut hints)?
        }
        _ => {
            let message = format!("{path}: the answer is neither a file nor a folder");
            return Err(
                Failure::new(FailureKind::BadAnswer, message).with_hint("is the URL that of GitHub's REST API?")
            );
        }
    };
    Ok(call.tell(envelope, hints, &repository))
}

fn folder(
    call: &Call<'_>,
    args: &Args,
    told: RepositoryFile,
    entries: Vec<Content>,
    hints: &mut Hints,
) -> Result<Envelope, Failure> {
    let mut rows: Vec<EntryRow> = entries.into_iter().map(entry).collect();
    rows.sort_by(|left, right| left.entry_type.cmp(&right.entry_type).then_with(|| left.name.cmp(&right.name)));
    if rows.len() >= ENTRIES_TOLD {
        hints.add(format!("GitHub lists at most {ENTRIES_TOLD} entries of a folder: there may be more."));
    }
    let window = Window {
        tool: "read_file",
        arguments: call.arguments,
        limit: args.limit.unwrap_or(100),
        budget_tokens: args.budget_tokens,
    };
    let part = window.of(rows)?;
    if part.is_cut() {
        hints.add(MORE);
    }
    let told = RepositoryFile { kind: "directory".to_owned(), entries: Some(Table::of(&part.kept)), ..told };
    Ok(part.envelope(page::json(&told)?, Hints::default()))
}

/// The API calls a submodule in a folder a file; its size of nothing and its URL tell them apart.
fn entry(content: Content) -> EntryRow {
    let is_submodule = content.kind == "submodule" || (content.kind == "file" && content.submodule_git_url.is_some());
    let size_bytes = (content.kind == "file" && !is_submodule).then_some(content.size);
    EntryRow {
        name: content.name,
        entry_type: if is_submodule { "submodule".to_owned() } else { content.kind },
        size_bytes,
    }
}

/// The bytes of a file; over 1 MB they come by a second request, for the path that was asked for.
async fn bytes_of(
    call: &Call<'_>,
    repository: &Repository,
    path: &str,
    content: &Content,
    reference: Option<&str>,
) -> Result<Vec<u8>, Failure> {
    if content.encoding == "base64" || content.size == 0 {
        let packed: String = content.content.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
        return BASE64_STANDARD.decode(packed).map_err(|error| {
            Failure::new(FailureKind::BadAnswer, format!("{path}: the content is no base64 ({error})"))
        });
    }
    let request = requests::raw_contents(repository, path, reference);
    let reply = call.backend().fetch(request, call.context).await.map_err(|failure| match failure.kind {
        FailureKind::TooLarge => failure.with_hint("files of this size are not read here; clone the repository"),
        _ => failure,
    })?;
    Ok(reply.bytes().to_vec())
}

fn file(args: &Args, told: RepositoryFile, bytes: &[u8], hints: &mut Hints) -> Result<Envelope, Failure> {
    const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";
    let content = std::str::from_utf8(bytes).ok().filter(|_| !bytes.contains(&0));
    let Some(content) = content else {
        hints.add("It is no text in UTF-8; nothing of it is shown.");
        return Ok(Envelope::whole(page::json(&RepositoryFile { kind: "binary".to_owned(), ..told })?, 1));
    };
    if bytes.starts_with(POINTER) {
        let stands_for: Vec<&str> = content.lines().skip(1).take(2).collect();
        let told = RepositoryFile {
            kind: "lfs_pointer".to_owned(),
            target: Some(text::cut(&stands_for.join(", "), 200)),
            ..told
        };
        hints.add("Its content lies in large file storage (Git LFS), which is not read here; this is its pointer.");
        return Ok(Envelope::whole(page::json(&told)?, 1));
    }
    lines(args, told, content, hints)
}

fn lines(args: &Args, told: RepositoryFile, content: &str, hints: &mut Hints) -> Result<Envelope, Failure> {
    const LINES: usize = 3_000;
    let total = content.lines().count();
    let first = args.start_line.unwrap_or(1);
    if first > total.max(1) {
        return Err(args::invalid("start_line", first, &format!("1 to {total}: the file has {total} lines")));
    }
    let wanted = args.end_line.unwrap_or(total).min(total).saturating_sub(first - 1);
    let mut left = budget::tokens_for(args.budget_tokens);
    let mut shown: Vec<String> = Vec::new();
    for line in text::safe_window(content, first - 1, wanted.min(LINES)) {
        let line = text::cut(&line, LINE_CHARS);
        let cost = tokens::estimate(&line) + 1;
        if cost > left && !shown.is_empty() {
            break;
        }
        left = left.saturating_sub(cost);
        shown.push(line);
    }
    if shown.len() < wanted {
        let next = first + shown.len();
        hints.add(format!("It goes on: start_line={next} shows the next lines; budget_tokens shows more at once."));
    }
    if total == 0 {
        hints.add("The file is empty.");
    }
    let told = RepositoryFile {
        kind: "file".to_owned(),
        first_line: Some(first as u64),
        lines_total: Some(total as u64),
        text: Some(shown.join("\n")),
        ..told
    };
    Ok(Envelope {
        total: Some(total as u64),
        truncated: shown.len() < wanted,
        ..Envelope::whole(page::json(&told)?, shown.len() as u64)
    })
}
