//! What a trace says: where the time went, what failed first, what repeats, what two traces differ in, who calls whom.
//!
//! Guarantees: no input makes these functions panic or run for ever, whatever its parents, times and names are: cycles
//! are cut, duplicates dropped, missing parents make further roots, negative durations count as zero, and each of these
//! is counted in [`Oddities`]. The work grows with the number of spans times its logarithm and never recurses, so that a
//! chain of 10,000 spans is as safe as a bush.
//!
//! Deliberately absent: any wire format (see the server `tempo`), shifts of behaviour between two times.

mod critical_path;
mod diff;
mod failures;
mod gaps;
mod groups;
mod map;
mod names;
mod repeated;
mod self_time;
mod skew;
mod span;
mod summary;
mod tree;

pub use critical_path::{Segment, critical_path};
pub use diff::{Change, PathDifference, diff};
pub use failures::{FailedGroup, failures};
pub use gaps::{Gap, gaps};
pub use groups::{OperationGroup, by_operation, differing_attributes};
pub use map::{Edge, edges};
pub use names::general_name;
pub use repeated::{Repeated, repeated};
pub use self_time::self_times;
pub use skew::{Skew, without_skew};
pub use span::{Kind, Span};
pub use summary::{milliseconds, summarize};
pub use tree::{Oddities, Tree};

#[cfg(test)]
mod tests;
