//! The tools, one file each, and what they have in common.

pub mod can_i;
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
pub mod rollout_status;
mod rows;
pub mod storage;
pub mod target;
pub mod top;
pub mod who_can_reach;

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
        rollout_status::spec(),
        rollout_history::spec(),
        owner_tree::spec(),
        who_can_reach::spec(),
        recent_changes::spec(),
        top::spec(),
        storage::spec(),
        can_i::spec(),
    ]
}

#[cfg(test)]
mod tests;
