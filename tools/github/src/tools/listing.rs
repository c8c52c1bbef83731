//! GitHub's pages as ours: rows are kept until the limit or the budget is reached, and a cursor goes on there.
//!
//! A cursor names the page and the row in it. GitHub's pages are numbered, and of the same size in each call with the
//! same arguments; rows that come in between two calls move the rest by as much, which only repeats rows.
//! Guarantee: at most [`PAGES`] pages a call, whatever the filter leaves of them.

use super::shared::{Call, MORE, MOVED};
use crate::backend::Reply;
use domain::envelope::{Envelope, Failure};
use domain::tokens;
use serde::Serialize;
use serde_json::Value;
use tools_common::http::Request;
use tools_common::page::Hints;
use tools_common::{args, budget, cursor};

/// Pages that one call reads at most.
const PAGES: usize = 5;

/// What is wanted of a list.
pub(super) struct Listing<'a> {
    pub call: &'a Call<'a>,
    pub tool: &'static str,
    pub limit: usize,
    pub budget_tokens: Option<usize>,
}

/// The rows, and what there is to say about them.
pub(super) struct Listed<Row> {
    pub rows: Vec<Row>,
    pub next_cursor: Option<String>,
    /// Rows there are, where GitHub tells or all were read.
    pub total: Option<u64>,
    /// Rows that were looked at, fitting or not.
    pub looked_at: usize,
    moved: bool,
}

/// One page as it was read: its rows, and how many there are on all pages, where that is told.
pub(super) type Page<Raw> = (Vec<Raw>, Option<u64>);

impl Listing<'_> {
    /// Reads pages until there are enough rows that `keep` keeps.
    pub(super) async fn read<Raw, Row: Serialize>(
        &self,
        ask: impl Fn(u64) -> Request,
        read: impl Fn(&Reply) -> Result<Page<Raw>, Failure>,
        keep: impl Fn(Raw) -> Option<Row>,
    ) -> Result<Listed<Row>, Failure> {
        let (mut page, mut skip) = self.start()?;
        let is_first = (page, skip) == (1, 0);
        let mut left = budget::tokens_for(self.budget_tokens);
        let mut listed = Listed { rows: Vec::new(), next_cursor: None, total: None, looked_at: 0, moved: false };
        for read_pages in 1.. {
            let reply = self.call.backend().fetch(ask(page), self.call.context).await?;
            listed.moved |= reply.moved;
            let (raws, total) = read(&reply)?;
            listed.total = total.or(listed.total);
            for (at, raw) in raws.into_iter().enumerate().skip(skip) {
                let Some(row) = keep(raw) else {
                    listed.looked_at += 1;
                    continue;
                };
                let cost = serde_json::to_string(&row).map_or(0, |text| tokens::estimate(&text));
                if listed.rows.len() >= self.limit || (cost > left && !listed.rows.is_empty()) {
                    listed.next_cursor = Some(self.cursor(page, at));
                    return Ok(listed);
                }
                left = left.saturating_sub(cost);
                listed.looked_at += 1;
                listed.rows.push(row);
            }
            // A next page that is none would be read for ever.
            let Some(next) = reply.next_page().filter(|next| *next > page) else {
                if is_first && listed.total.is_none() {
                    listed.total = Some(listed.rows.len() as u64);
                }
                return Ok(listed);
            };
            (page, skip) = (next, 0);
            if listed.rows.len() >= self.limit || read_pages >= PAGES {
                break;
            }
        }
        listed.next_cursor = Some(self.cursor(page, 0));
        Ok(listed)
    }

    fn cursor(&self, page: u64, row: usize) -> String {
        cursor::make(self.tool, self.call.arguments, &format!("{page}.{row}"))
    }

    fn start(&self) -> Result<(u64, usize), Failure> {
        let Some(text) = self.call.arguments.get("cursor").and_then(Value::as_str) else { return Ok((1, 0)) };
        let position = cursor::read(text, self.tool, self.call.arguments)?;
        let read = position.split_once('.').and_then(|(page, row)| Some((page.parse().ok()?, row.parse().ok()?)));
        read.ok_or_else(|| args::invalid("cursor", "a cursor of another list", "next_cursor of the result before"))
    }
}

impl<Row> Listed<Row> {
    /// The envelope of the rows, whose `data` is given.
    pub(super) fn envelope(&self, data: Value, hints: &mut Hints) -> Envelope {
        if self.next_cursor.is_some() {
            let all_looked_at = self.rows.len() == self.looked_at;
            let told = match all_looked_at {
                true => MORE.to_owned(),
                false => format!("{} rows were looked at. {MORE}", self.looked_at),
            };
            hints.add(told);
        }
        if self.moved {
            hints.add(MOVED);
        }
        Envelope {
            total: self.total,
            truncated: self.next_cursor.is_some(),
            next_cursor: self.next_cursor.clone(),
            ..Envelope::whole(data, self.rows.len() as u64)
        }
    }
}
