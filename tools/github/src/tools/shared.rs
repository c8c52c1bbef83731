//! What several tools share: the call, changed files within a budget, looks side by side.

use crate::backend::Backend;
use crate::query::api::File;
use crate::query::patches;
use crate::query::repository::Repository;
use crate::server::Server;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::github::Patch;
use futures::StreamExt;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tools_common::page::Hints;
use tools_common::{CallContext, args, budget};

/// Requests that one call has under way at once.
const AT_ONCE: usize = 6;

/// One call.
pub(super) struct Call<'a> {
    pub server: &'a Server,
    pub arguments: &'a Map<String, Value>,
    pub context: &'a CallContext,
}

impl Call<'_> {
    pub(super) fn args<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        args::parse(self.arguments.clone())
    }

    pub(super) fn backend(&self) -> &Backend {
        &self.server.backend
    }

    /// The repository that is meant, if it may be read.
    pub(super) fn repository(&self, asked: Option<&str>) -> Result<Repository, Failure> {
        self.server.scope.choose(asked)
    }

    /// The envelope with its hints and the repository that it speaks of.
    pub(super) fn tell(&self, envelope: Envelope, hints: Hints, repository: &Repository) -> Envelope {
        let source = format!("{} {repository}", self.backend().source());
        Envelope { source: Some(source), ..hints.with(envelope) }
    }
}

/// The hint of a list that was cut.
pub(super) const MORE: &str = "There are more: pass next_cursor as cursor, or narrow.";

/// The hint of an answer that came by a redirect.
pub(super) const MOVED: &str = "The repository has been renamed or moved: GitHub redirected from this name.";

/// Changed files, and as much of their patches as the budget holds.
pub(super) struct Changes {
    pub files: Table,
    pub shown: usize,
    pub total: usize,
    pub patches: Vec<Patch>,
    pub is_cut: bool,
}

/// GitHub tells at most so many files of one commit or comparison at once.
pub(super) const FILES_TOLD: usize = 300;

/// Half of the budget for the files, the rest for patches where they are wanted.
pub(super) fn changes(files: &[File], with_patches: bool, budget_tokens: Option<usize>, hints: &mut Hints) -> Changes {
    const ROWS: usize = 100;
    let tokens = budget::tokens_for(budget_tokens);
    let rows = files.iter().map(patches::row).collect();
    let cut = budget::cut(rows, ROWS, if with_patches { tokens / 2 } else { tokens });
    let (patches, without) = if with_patches { patches::within(files, tokens / 2) } else { (Vec::new(), 0) };
    if cut.is_cut() {
        hints.add(format!("{} more files are not shown; raise budget_tokens.", cut.left.len()));
    }
    if without > 0 {
        hints.add(format!("Patches of {without} files did not fit; raise budget_tokens, or use read_file."));
    }
    if files.len() >= FILES_TOLD {
        hints.add(format!("GitHub tells at most {FILES_TOLD} files here: there may be more."));
    }
    let is_cut = cut.is_cut() || without > 0 || patches.iter().any(|patch| patch.lines_left_out > 0);
    Changes { files: Table::of(&cut.kept), shown: cut.kept.len(), total: files.len(), patches, is_cut }
}

/// Runs the looks side by side, a few at a time, and gives their results in order.
pub(super) async fn side_by_side<T>(looks: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    futures::stream::iter(looks).buffered(AT_ONCE).collect().await
}

/// The result of a look that the rest can do without; why it failed goes into the hints.
pub(super) fn or_missed<T: Default>(result: Result<T, Failure>, what: &str, hints: &mut Hints) -> T {
    result.unwrap_or_else(|failure| {
        hints.miss(format!("{what} could not be looked at: {failure}"));
        T::default()
    })
}
