//! What `/health` answers, over scripted parts.

use super::*;
use axum::body::to_bytes;
use axum::http::Request;
use std::sync::atomic::{AtomicU32, Ordering};
use tower::ServiceExt as _;

struct Scripted {
    name: &'static str,
    /// `None` never answers.
    status: Option<Status>,
    looks: AtomicU32,
}

impl Scripted {
    fn part(name: &'static str, status: Option<Status>) -> Arc<Self> {
        Arc::new(Self { name, status, looks: AtomicU32::new(0) })
    }
}

#[async_trait]
impl Part for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    async fn look(&self) -> Component {
        self.looks.fetch_add(1, Ordering::Relaxed);
        let Some(status) = self.status else { return std::future::pending().await };
        Component { name: self.name.to_owned(), status, detail: "as scripted".to_owned(), since: None }
    }
}

async fn answer_of(parts: Vec<Arc<dyn Part>>) -> (StatusCode, serde_json::Value) {
    let routes = routes(Arc::new(Health::new("1.2.3", parts)));
    let answer = routes.oneshot(Request::get("/health").body(axum::body::Body::empty()).unwrap()).await.unwrap();
    let code = answer.status();
    (code, serde_json::from_slice(&to_bytes(answer.into_body(), 65_536).await.unwrap()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_worst_part_is_the_answer() {
    let (ok, degraded, failing) = (Some(Status::Ok), Some(Status::Degraded), Some(Status::Failing));
    let cases = [
        (vec![], "ok", 200),
        (vec![ok, ok], "ok", 200),
        (vec![ok, degraded], "degraded", 200),
        (vec![failing, degraded], "failing", 503),
        (vec![ok, None], "failing", 503),
    ];
    for (statuses, told, code) in cases {
        let parts = statuses.iter().map(|status| Scripted::part("part", *status) as Arc<dyn Part>).collect();
        let (answered, body) = answer_of(parts).await;
        assert_eq!((body["status"].as_str().unwrap(), answered.as_u16()), (told, code), "{statuses:?}");
        assert_eq!(body["components"].as_array().unwrap().len(), statuses.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_hangs_is_told_as_failing_and_holds_up_no_other() {
    let (_, body) = answer_of(vec![Scripted::part("stuck", None), Scripted::part("store", Some(Status::Ok))]).await;
    assert_eq!(body["components"][0]["detail"], "did not tell within 2 s");
    assert_eq!(body["components"][1]["status"], "ok");
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_at_once_cost_one_look() {
    let part = Scripted::part("store", Some(Status::Ok));
    let health = Health::new("1.2.3", vec![Arc::clone(&part) as Arc<dyn Part>]);
    futures::future::join_all((0..100).map(|_| health.report())).await;
    assert_eq!(part.looks.load(Ordering::Relaxed), 1);
    tokio::time::advance(FRESH).await;
    health.report().await;
    assert_eq!(part.looks.load(Ordering::Relaxed), 2);
}
