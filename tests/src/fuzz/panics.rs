//! Every panic of the process, with its place, also of tasks whose result nobody awaits.
//!
//! Deliberately absent: what aborts (an overflow of the stack); the run that did it is the one that was begun last.

use std::panic;
use std::sync::{Mutex, Once, PoisonError};
use tokio::sync::MutexGuard;

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static HOOK: Once = Once::new();

/// From here on panics are noted, and not printed. One watches at a time: a panic belongs to who watches.
pub async fn watch() -> MutexGuard<'static, ()> {
    let watching = ALONE.lock().await;
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|panicked| {
            let place = panicked.location().map(ToString::to_string).unwrap_or_default();
            let said = panicked.payload_as_str().unwrap_or("no text");
            let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(format!("panic at {place}: {said}"));
        }));
    });
    take();
    watching
}

/// The panics since the last look.
pub fn take() -> Vec<String> {
    std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner))
}
