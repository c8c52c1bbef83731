//! The tools, one file each, and what they have in common.

pub mod cluster_health;
mod common;
pub mod count;
pub mod events;
pub mod get;
mod gone;
pub mod list;
pub mod logs;
pub mod owner_tree;
pub mod recent_changes;
pub mod rollout_history;
mod rows;
mod target;
pub mod top;

use tools_common::ToolSpec;

/// All tools, the most useful first.
pub fn specs() -> Vec<ToolSpec> {
    vec![
        cluster_health::spec(),
        list::spec(),
        get::spec(),
        count::spec(),
        events::spec(),
        logs::spec(),
        rollout_history::spec(),
        owner_tree::spec(),
        recent_changes::spec(),
        top::spec(),
    ]
}

#[cfg(test)]
mod tests;
