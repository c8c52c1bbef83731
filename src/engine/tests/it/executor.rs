//! The executor: each way in which an action ends, what keeps it from beginning, and what a caller may count on.

mod crashes;
mod deeds;
mod owed;
mod perils;
mod scene;
mod takeover;
