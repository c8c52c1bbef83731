//! Flows of talking over a Slack that a test scripts, a store in memory and answers from a script.

mod alerts;
mod asking;
mod crashes;
mod feeling;
mod files;
mod house;
mod panes;
mod stopping;
mod ways;
