//! The port [`Slack`] over the client.

use super::{Client, wire};
use crate::api::{ApiError, Chunk, Group, Me, Seen, Slack, Ts, Upload, User};
use async_trait::async_trait;
use serde_json::{Value, json};
use slack_morphism::api::{
    SlackApiChatPostEphemeralRequest, SlackApiChatPostMessageRequest, SlackApiChatUpdateRequest,
    SlackApiViewsOpenRequest, SlackApiViewsPublishRequest,
};
use slack_morphism::prelude::{SlackTs, SlackView};
use slack_view::content::Content;

#[async_trait]
impl Slack for Client {
    async fn me(&self) -> Result<Me, ApiError> {
        let ask = || async {
            let answer = self.post_json("auth.test", None, &json!({})).await?;
            let part = |path: &str| wire::needed("auth.test", &answer, path);
            // A token that is not a bot's has none.
            let bot = wire::text_at(&answer, "/bot_id").unwrap_or_default();
            Ok(Me { user: part("/user_id")?, bot, team: part("/team_id")?, url: part("/url")? })
        };
        self.me.get_or_try_init(ask).await.cloned()
    }

    async fn post(&self, key: &str, channel: &str, thread: Option<&str>, content: &Content) -> Result<Ts, ApiError> {
        let mut request = SlackApiChatPostMessageRequest::new(channel.into(), wire::content(Some(key), content));
        request.thread_ts = thread.map(SlackTs::from);
        (request.unfurl_links, request.unfurl_media) = (Some(false), Some(false));
        let answer = self.post_json("chat.postMessage", Some(channel), &request).await?;
        wire::needed("chat.postMessage", &answer, "/ts")
    }

    async fn update(&self, key: &str, channel: &str, ts: &str, content: &Content) -> Result<(), ApiError> {
        let request = SlackApiChatUpdateRequest::new(channel.into(), wire::content(Some(key), content), ts.into());
        self.post_json("chat.update", Some(channel), &request).await.map(|_| ())
    }

    async fn whisper(
        &self,
        channel: &str,
        user: &str,
        thread: Option<&str>,
        content: &Content,
    ) -> Result<(), ApiError> {
        let message = wire::content(None, content);
        let mut request = SlackApiChatPostEphemeralRequest::new(channel.into(), user.into(), message);
        request.thread_ts = thread.map(SlackTs::from);
        self.post_json("chat.postEphemeral", None, &request).await.map(|_| ())
    }

    async fn respond(&self, url: &str, content: &Content) -> Result<(), ApiError> {
        let mut body = json!({ "response_type": "ephemeral", "replace_original": false, "text": content.text });
        if let (Some(body), Ok(blocks)) = (body.as_object_mut(), serde_json::to_value(&content.blocks))
            && !content.blocks.is_empty()
        {
            body.insert("blocks".to_owned(), blocks);
        }
        self.post_to("response_url", url, &body).await
    }

    async fn replies(&self, channel: &str, thread: &str, most: usize) -> Result<Vec<Seen>, ApiError> {
        let params = [("channel", Some(channel.to_owned())), ("ts", Some(thread.to_owned()))];
        let me = self.me().await?;
        self.messages("conversations.replies", &params, most, &me).await
    }

    async fn history(&self, channel: &str, since: Option<&str>, most: usize) -> Result<Vec<Seen>, ApiError> {
        let params = [("channel", Some(channel.to_owned())), ("oldest", since.map(str::to_owned))];
        let me = self.me().await?;
        self.messages("conversations.history", &params, most, &me).await
    }

    async fn message(&self, channel: &str, ts: &str) -> Result<Option<Seen>, ApiError> {
        let some = |text: &str| Some(text.to_owned());
        let exactly =
            [("channel", some(channel)), ("latest", some(ts)), ("oldest", some(ts)), ("inclusive", some("true"))];
        let me = self.me().await?;
        let found = self.messages("conversations.history", &exactly, 1, &me).await?;
        if let Some(seen) = found.into_iter().find(|seen| seen.ts == ts) {
            return Ok(Some(seen));
        }
        // A reply is not in the channel's history; asked for as if it were a thread, it comes alone.
        let params = [("channel", some(channel)), ("ts", some(ts))];
        match self.messages("conversations.replies", &params, 1, &me).await {
            Ok(found) => Ok(found.into_iter().find(|seen| seen.ts == ts)),
            Err(error) if matches!(error.code(), Some("thread_not_found" | "message_not_found")) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn upload(&self, channel: &str, thread: Option<&str>, file: &Upload) -> Result<(), ApiError> {
        const WHERE: &str = "files.getUploadURLExternal";
        let params = [
            ("filename", Some(file.name.clone())),
            ("length", Some(file.bytes.len().to_string())),
            ("alt_txt", file.alt.clone()),
        ];
        let place = self.get(WHERE, &params).await?;
        let (url, id) = (wire::needed(WHERE, &place, "/upload_url")?, wire::needed(WHERE, &place, "/file_id")?);
        self.send_bytes(&url, &file.bytes).await?;
        let mut done = json!({ "files": [{ "id": id, "title": file.title }], "channel_id": channel });
        if let (Some(done), Some(thread)) = (done.as_object_mut(), thread) {
            done.insert("thread_ts".to_owned(), Value::from(thread));
        }
        self.post_json("files.completeUploadExternal", None, &done).await.map(|_| ())
    }

    async fn user(&self, id: &str) -> Result<User, ApiError> {
        let answer = self.get("users.info", &[("user", Some(id.to_owned()))]).await?;
        Ok(wire::user(&answer, id))
    }

    async fn groups(&self) -> Result<Vec<Group>, ApiError> {
        let answer = self.get("usergroups.list", &[("include_users", Some("true".to_owned()))]).await?;
        Ok(wire::items(&answer, "/usergroups").iter().filter_map(wire::group).collect())
    }

    async fn direct(&self, user: &str) -> Result<String, ApiError> {
        let answer = self.post_json("conversations.open", None, &json!({ "users": user })).await?;
        wire::needed("conversations.open", &answer, "/channel/id")
    }

    async fn open_view(&self, trigger: &str, view: &SlackView) -> Result<(), ApiError> {
        let request = SlackApiViewsOpenRequest::new(trigger.into(), view.clone());
        self.post_json("views.open", None, &request).await.map(|_| ())
    }

    async fn publish_home(&self, user: &str, view: &SlackView) -> Result<(), ApiError> {
        let request = SlackApiViewsPublishRequest::new(user.into(), view.clone());
        self.post_json("views.publish", None, &request).await.map(|_| ())
    }

    async fn set_status(&self, channel: &str, thread: &str, status: &str) -> Result<(), ApiError> {
        let body = json!({ "channel_id": channel, "thread_ts": thread, "status": status });
        self.post_json("assistant.threads.setStatus", None, &body).await.map(|_| ())
    }

    async fn set_title(&self, channel: &str, thread: &str, title: &str) -> Result<(), ApiError> {
        let body = json!({ "channel_id": channel, "thread_ts": thread, "title": title });
        self.post_json("assistant.threads.setTitle", None, &body).await.map(|_| ())
    }

    async fn suggest(&self, channel: &str, thread: &str, prompts: &[(String, String)]) -> Result<(), ApiError> {
        let prompts: Vec<Value> =
            prompts.iter().map(|(title, message)| json!({ "title": title, "message": message })).collect();
        let body = json!({ "channel_id": channel, "thread_ts": thread, "prompts": prompts });
        self.post_json("assistant.threads.setSuggestedPrompts", None, &body).await.map(|_| ())
    }

    async fn start_stream(&self, channel: &str, thread: &str, user: &str, team: &str) -> Result<Ts, ApiError> {
        let body = json!({
            "channel": channel, "thread_ts": thread, "recipient_user_id": user, "recipient_team_id": team,
        });
        let answer = self.post_json("chat.startStream", None, &body).await?;
        wire::needed("chat.startStream", &answer, "/ts")
    }

    async fn append_stream(&self, channel: &str, ts: &str, chunks: &[Chunk]) -> Result<(), ApiError> {
        let chunks: Vec<Value> = chunks
            .iter()
            .map(|chunk| match chunk {
                Chunk::Text(text) => json!({ "type": "markdown_text", "text": text }),
                Chunk::Step { id, title, status } => {
                    json!({ "type": "task_update", "id": id, "title": title, "status": status })
                }
            })
            .collect();
        let body = json!({ "channel": channel, "ts": ts, "chunks": chunks });
        self.post_json("chat.appendStream", None, &body).await.map(|_| ())
    }

    async fn stop_stream(&self, channel: &str, ts: &str) -> Result<(), ApiError> {
        self.post_json("chat.stopStream", None, &json!({ "channel": channel, "ts": ts })).await.map(|_| ())
    }

    async fn call(&self, method: &str, body: &Value) -> Result<Value, ApiError> {
        let is_name = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        if !is_name {
            let (code, hint) = ("unknown_method".to_owned(), String::new());
            return Err(ApiError::Refused { method: "call".to_owned(), code, hint });
        }
        self.post_json(method, None, body).await
    }
}
