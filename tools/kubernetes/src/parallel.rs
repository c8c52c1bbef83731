//! Several looks at once, a few at a time, the results in the order of the looks.

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};

/// Awaits all, at most `at_once` of them at the same time. Boxed, because a stream of borrowing closures held over an
/// await is beyond what the compiler can prove `Send`.
pub async fn in_order<T>(looks: Vec<BoxFuture<'_, T>>, at_once: usize) -> Vec<T> {
    stream::iter(looks).buffered(at_once).collect().await
}
