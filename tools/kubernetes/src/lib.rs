//! The MCP server `kubernetes`: what is in a cluster, how it is, what changed; and, in act mode, what may be done.
//!
//! `query` builds requests, `backend` sends them, `shape` turns answers into rows, `health` judges, `tools` puts them
//! together, one file a tool; `act` has the changes, one file an action. Works on any conformant API server from 1.28
//! on; what a cluster lacks (the metrics API, cert-manager) or forbids is told and takes nothing else down.
//!
//! Deliberately absent: any cache that is not kept up to date by a watch. By default a list is read when it is asked
//! for; a server that runs long may keep lists (`Limits::watch`), and its answers say so.

mod act;
mod backend;
mod config;
mod health;
mod parallel;
mod permissions;
mod query;
mod server;
mod shape;
mod tools;

pub use backend::kubeconfig::{Problem, validate_kubeconfig, validate_kubeconfig_files};
pub use config::{ClusterConfig, ClusterSource, IgnoreRule, KubernetesConfig, Limits, WatchLimits};
pub use permissions::Permissions;
pub use server::Server;
