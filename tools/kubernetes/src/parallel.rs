//! Several looks at once, a few at a time, the results in the order of the looks; and one computation on several cores.

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use std::num::NonZero;
use std::thread;

/// More threads than this gain little over starting them.
const THREADS: usize = 4;

/// Awaits all, at most `at_once` of them at the same time. Boxed, because a stream of borrowing closures held over an
/// await is beyond what the compiler can prove `Send`.
pub async fn in_order<T>(looks: Vec<BoxFuture<'_, T>>, at_once: usize) -> Vec<T> {
    stream::iter(looks).buffered(at_once).collect().await
}

/// Does the same to each item on the cores that there are, this thread being one of them, and gives what came of them
/// in the order of the items; `None` as soon as one gives none.
pub fn on_cores<I: Sync, R: Send>(items: &[I], work: &(impl Fn(&[I]) -> Option<Vec<R>> + Sync)) -> Option<Vec<R>> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(THREADS);
    let mut parts = items.chunks(items.len().div_ceil(threads).max(1));
    let own = parts.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let mut all = work(own)?;
        for other in others {
            all.extend(other.join().ok()??);
        }
        Some(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_items_and_one_failure_is_enough() {
        for count in [0, 1, 2, 3, 5, 1_000] {
            let items: Vec<u32> = (0..count).collect();
            let doubled = on_cores(&items, &|part| Some(part.iter().map(|item| item * 2).collect()));
            assert_eq!(doubled, Some(items.iter().map(|item| item * 2).collect::<Vec<_>>()));
            let fails = |part: &[u32]| part.iter().all(|item| item + 1 != count).then(|| part.to_vec());
            assert_eq!(on_cores(&items, &fails).is_none(), count > 0);
        }
    }
}
