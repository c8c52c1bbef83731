//! What the benchmarks share: samples and their percentiles, the table that is printed, the machine it was run on.
//!
//! The measurements themselves stand in the bench targets, which may use the fakes; here is nothing of the product.
//! Deliberately absent: statistics beyond percentiles. The budgets are told as p50 and p99, and so are the results.

pub mod machine;
pub mod samples;
pub mod table;
