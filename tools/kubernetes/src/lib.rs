//! The MCP server `kubernetes`, read side: what is in a cluster, how it is, what changed.
//!
//! `query` builds requests, `backend` sends them, `shape` turns answers into rows, `health` judges, `tools` puts them
//! together, one file a tool. Works on any conformant API server from 1.28 on; what a cluster lacks (the metrics API,
//! cert-manager) or forbids is told and takes nothing else down.
//!
//! Deliberately absent: every write, watching, and any cache of objects (a list is read when it is asked for).

mod backend;
mod config;
mod health;
mod parallel;
mod query;
mod server;
mod shape;
mod tools;

pub use backend::kubeconfig::{Problem, validate_kubeconfig, validate_kubeconfig_files};
pub use config::{ClusterConfig, ClusterSource, IgnoreRule, KubernetesConfig, Limits};
pub use server::Server;
