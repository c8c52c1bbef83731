//! The MCP server `github`: commits, pull requests, deployments, workflow runs, comparisons, files and code search over
//! GitHub's REST API (version 2022-11-28), of github.com or of a GitHub Enterprise Server.
//!
//! Layout: `query` holds what is asked and how answers are read, as plain values and pure functions; `backend` sends,
//! remembers what has an ETag, and keeps within the rate limits; `tools` has one file a tool. Guarantees: a repository
//! outside the allow-list is refused before anything is sent; the token goes to the configured host alone, never to
//! the storage that holds the logs; once a rate limit is used up nothing is sent until it ends; what a private
//! repository hides behind a 404 is told as a possible lack of permission.
//!
//! Everything here was tried on a fake of the API in the tests only: it was never run against github.com.
//!
//! Deliberately absent: writes (`open_fix_pr`, `revert_pr`, `rerun_workflow`, `comment`), which come with the act mode;
//! GraphQL; issues.

mod backend;
mod config;
mod query;
mod server;
mod tools;

pub use config::{GithubConfig, Limits};
pub use server::Server;
