//! The strict fake of GitHub's API, which the tests of `tools/github` keep, at a port: for the shipped server.

use axum::Router;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[path = "../../../../tools/github/tests/it/fake.rs"]
#[expect(
    dead_code,
    clippy::expect_used,
    reason = "the other tests use the rest; what is not as it must be fails a test"
)]
mod fake;
#[path = "../../../../tools/github/tests/it/world.rs"]
mod world;

/// Serves until it is dropped, which fails the test if a rule of the API was broken.
pub struct GithubEnd {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    _shop: fake::Checked,
    task: JoinHandle<()>,
}

impl Drop for GithubEnd {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl GithubEnd {
    /// The token that it takes.
    pub const TOKEN: &str = fake::TOKEN;

    /// The shop of the tests of `tools/github`, with a file and a place where its name occurs.
    pub async fn start() -> Self {
        let shop = world::shop();
        let text = "ZmVlID0gMgo=";
        let file = json!({"type": "file", "path": "shop.toml", "name": "shop.toml", "sha": "f1", "size": 8,
            "encoding": "base64", "content": text});
        shop.on("/repos/acme/shop/contents/shop.toml", &[("ref", "")], fake::Answer::One(file));
        let found = json!({"name": "shop.toml", "path": "shop.toml", "sha": "f1", "repository": {"full_name": "acme/shop"},
            "text_matches": [{"property": "content", "fragment": "fee = 2", "matches": [{"text": "fee", "indices": [0, 3]}]}]});
        let found = json!({"total_count": 1, "incomplete_results": false, "items": [found]});
        shop.on("/search/code", &[("q", "")], fake::Answer::One(found));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router: Router = shop.router();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, _shop: shop, task }
    }
}
