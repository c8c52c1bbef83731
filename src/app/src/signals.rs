//! Waiting for the wish to stop.

/// Returns on Ctrl-C, and on SIGTERM where there is one.
pub async fn stop_requested() {
    tokio::select! {
        biased;
        () = terminated() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Returns on SIGTERM; never where there is none.
pub async fn terminated() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        terminate.recv().await;
        return;
    }
    std::future::pending().await
}
