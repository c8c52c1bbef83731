//! How a turn looks in a terminal: steps on stderr as they go, the answer on stdout.

pub mod answer;
pub mod approval;
pub mod incident;
pub mod living;
pub mod markdown;
pub mod progress;
pub mod spark;
