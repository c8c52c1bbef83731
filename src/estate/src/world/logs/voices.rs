//! How each program writes its log: the words of its language and framework over what happened at a moment.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use crate::world::random::hash;
use crate::world::seed::topology::{Application, application};
use crate::world::timeline::PodTrack;

/// What goes wrong at a moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// A mistake of its own.
    Own,
    /// A peer cannot be reached.
    Unreachable { host: String, port: u16 },
    /// A peer is too slow.
    Slow { host: String, port: u16 },
    /// A peer answers with errors.
    Failing { host: String },
    /// The volume fills.
    Disk { part: f64 },
    /// Memory runs out.
    Memory { used_bytes: f64, limit_bytes: f64 },
    /// A certificate cannot be renewed.
    Certificate { name: String },
    /// A query takes long.
    Query,
}

/// What one line is about.
#[derive(Debug)]
pub struct Moment<'a> {
    /// Who speaks.
    pub pod: &'a PodTrack,
    /// Its application, if it is one.
    pub application: Option<&'static Application>,
    /// When.
    pub at: DateTime<Utc>,
    /// A number to choose words by.
    pub dice: u64,
    /// How long the request took.
    pub milliseconds: f64,
    /// How it was answered.
    pub status: u16,
    /// What went wrong.
    pub trouble: Option<Trouble>,
}

/// The voice of a pod.
pub fn of(track: &PodTrack) -> &'static str {
    let own = track.labels.get("app").map(String::as_str).unwrap_or_default();
    application(&track.namespace, own).map_or("klog", |application| application.voice)
}

fn version(track: &PodTrack) -> &str {
    track.image.rsplit_once(':').map_or("", |(_, tag)| tag)
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn spaced(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// What a program says as it starts.
pub fn banner(voice: &str, track: &PodTrack, at: DateTime<Utc>) -> Vec<String> {
    let (own, version) = (&track.container, version(track));
    let messages = match voice {
        "postgres" => vec![
            format!("starting PostgreSQL {version} on x86_64-pc-linux-gnu"),
            "database system is ready to accept connections".to_owned(),
        ],
        "redis" => vec![
            format!("Redis version={version}, bits=64, pid=1, just started"),
            "Ready to accept connections tcp".to_owned(),
        ],
        _ => vec![format!("starting {own} {version}"), "configuration loaded".to_owned()],
    };
    messages.iter().map(|message| dress(voice, track, at, Level::Info, message, &[])).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Info,
    Warn,
    Error,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// One message in the dress of a program's logger.
fn dress(
    voice: &str,
    track: &PodTrack,
    at: DateTime<Utc>,
    level: Level,
    message: &str,
    fields: &[(&str, serde_json::Value)],
) -> String {
    let upper = level.word().to_uppercase();
    let own = &track.container;
    let pairs = || -> String { fields.iter().map(|(key, value)| format!(" {key}={value}")).collect() };
    match voice {
        "go" | "node" => {
            let mut line = serde_json::Map::new();
            if voice == "go" {
                line.insert("time".to_owned(), json!(iso(at)));
                line.insert("level".to_owned(), json!(level.word()));
            } else {
                let number = if level == Level::Info {
                    30
                } else if level == Level::Warn {
                    40
                } else {
                    50
                };
                line.insert("level".to_owned(), json!(number));
                line.insert("time".to_owned(), json!(at.timestamp_millis()));
                line.insert("name".to_owned(), json!(own));
            }
            line.insert("msg".to_owned(), json!(message));
            line.extend(fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
            serde_json::Value::Object(line).to_string()
        }
        "java" => {
            let thread = hash(at.timestamp_millis() as u64, &[own]) % 16 + 1;
            format!(
                "{}  {upper:>5} 1 --- [http-nio-8080-exec-{thread}] c.example.{own}.Api : {message}{}",
                spaced(at),
                pairs()
            )
        }
        "python" => format!("{} {upper} {own}.api: {message}{}", spaced(at), pairs()),
        "postgres" => {
            let word = if level == Level::Error {
                "ERROR"
            } else if level == Level::Warn {
                "WARNING"
            } else {
                "LOG"
            };
            format!("{} UTC [{}] {word}:  {message}", spaced(at), 40 + at.timestamp_millis() % 160)
        }
        "redis" => {
            let mark = if level == Level::Info { '*' } else { '#' };
            format!("1:M {} {mark} {message}", at.format("%d %b %Y %H:%M:%S%.3f"))
        }
        "search" => format!(
            "[{}][{upper:<5}][o.o.i.engine.Engine] [{}] {message}",
            at.format("%Y-%m-%dT%H:%M:%S,%3f"),
            track.name
        ),
        "nginx" if level == Level::Info => message.to_owned(),
        "nginx" => format!("{} [{}] 29#29: {message}", at.format("%Y/%m/%d %H:%M:%S"), level.word()),
        _ => {
            let letter = upper.get(..1).unwrap_or("I").to_owned();
            format!("{letter}{} 1 controller.go:114] {message}{}", at.format("%m%d %H:%M:%S%.6f"), pairs())
        }
    }
}

fn routes(own: &str) -> &'static [&'static str] {
    match own {
        "ingress-gateway" | "frontend" => {
            &["GET /", "GET /product/{n}", "GET /search?q=lamp", "POST /cart", "POST /checkout"]
        }
        "checkout" => &["POST /v1/orders", "GET /v1/orders/{n}"],
        "cart" => &["GET /v1/cart/{n}", "POST /v1/cart/{n}/items"],
        "catalog" => &["GET /v1/products", "GET /v1/products/{n}"],
        "recommendation" => &["GET /v1/recommendations?user={n}"],
        "search" | "search-index" => &["GET /v1/search?q=lamp", "GET /v1/suggest?q=la"],
        "payments" => &["POST /v1/charges", "GET /v1/charges/{n}"],
        "shipping" => &["POST /v1/quotes", "GET /v1/shipments/{n}"],
        _ => &["GET /"],
    }
}

/// The line, or lines (a stack trace is several), about a moment.
pub fn speak(voice: &str, moment: &Moment<'_>) -> Vec<String> {
    let say = |level: Level, message: &str, fields: &[(&str, serde_json::Value)]| {
        dress(voice, moment.pod, moment.at, level, message, fields)
    };
    let own = moment.application.map_or(moment.pod.container.as_str(), |application| application.name);
    let options = routes(own);
    let route = options.get((moment.dice >> 8) as usize % options.len().max(1)).copied().unwrap_or("GET /");
    let route = route.replace("{n}", &(moment.dice % 90_000 + 1_000).to_string());
    let trace = format!("{:016x}{:016x}", hash(moment.dice, &["a"]), hash(moment.dice, &["b"]));
    if let Some(trouble) = &moment.trouble {
        return complain(voice, trouble, moment, &route, &trace, &say);
    }
    match voice {
        "postgres" if moment.dice.is_multiple_of(9) => {
            vec![say(Level::Info, "checkpoint complete: wrote 412 buffers (2.5%); write=41.2 s, sync=0.004 s", &[])]
        }
        "postgres" => vec![say(
            Level::Info,
            &format!("connection authorized: user=orders database=orders application_name=app-{}", moment.dice % 7),
            &[],
        )],
        "redis" => vec![say(
            Level::Info,
            if moment.dice.is_multiple_of(2) {
                "100 changes in 300 seconds. Saving..."
            } else {
                "Background saving terminated with success"
            },
            &[],
        )],
        "search" => vec![say(Level::Info, &format!("refreshed [products] in [{:.0}ms]", moment.milliseconds), &[])],
        "klog" => vec![say(Level::Info, &format!("\"Synced\" component={:?}", moment.pod.container), &[])],
        "nginx" => {
            let line = format!(
                "10.0.12.{} - - [{}] \"{route} HTTP/1.1\" {} {} {:.3}",
                moment.dice % 200 + 2,
                moment.at.format("%d/%b/%Y:%H:%M:%S +0000"),
                moment.status,
                moment.dice % 9000 + 300,
                moment.milliseconds / 1000.0
            );
            vec![say(Level::Info, &line, &[])]
        }
        _ => {
            let fields = [
                ("status", json!(moment.status)),
                ("duration_ms", json!((moment.milliseconds * 10.0).round() / 10.0)),
                ("trace_id", json!(trace)),
            ];
            vec![say(Level::Info, &route, &fields)]
        }
    }
}

/// One message in the dress of the one who speaks.
type Say<'a> = dyn Fn(Level, &str, &[(&str, serde_json::Value)]) -> String + 'a;

fn complain(
    voice: &str,
    trouble: &Trouble,
    moment: &Moment<'_>,
    route: &str,
    trace: &str,
    say: &Say<'_>,
) -> Vec<String> {
    let fields = |error: &str| [("status", json!(moment.status)), ("error", json!(error)), ("trace_id", json!(trace))];
    let failed = |error: String| vec![say(Level::Error, &format!("{route} failed: {error}"), &fields(&error))];
    match trouble {
        Trouble::Own if voice == "java" => vec![
            say(Level::Error, &format!("{route} failed with status 500"), &[("trace_id", json!(trace))]),
            "java.lang.NullPointerException: Cannot invoke \"CardToken.network()\" because \"token\" is null"
                .to_owned(),
            format!("\tat com.example.{}.ChargeService.route(ChargeService.java:214)", moment.pod.container),
            format!("\tat com.example.{}.Api.charge(Api.java:88)", moment.pod.container),
        ],
        Trouble::Own => failed("internal error".to_owned()),
        Trouble::Unreachable { host, port } => {
            failed(format!("dial tcp {host}:{port}: i/o timeout (connection timed out after 2s)"))
        }
        Trouble::Slow { host, port } => failed(format!("timeout waiting for {host}:{port}: context deadline exceeded")),
        Trouble::Failing { host } => failed(format!("upstream {host} answered 500 Internal Server Error")),
        Trouble::Disk { part } if *part >= 0.999 => {
            vec![say(Level::Error, "failed to flush translog: java.io.IOException: No space left on device", &[])]
        }
        Trouble::Disk { part } if *part >= 0.95 => vec![say(
            Level::Error,
            &format!(
                "flush failed: flood stage disk watermark [95%] exceeded on /var/lib/data ({:.1}% used), all indices on this node are marked read-only; writes will fail with no space left on device",
                part * 100.0
            ),
            &[],
        )],
        Trouble::Disk { part } => vec![say(
            Level::Warn,
            &format!("high disk watermark [90%] exceeded on /var/lib/data ({:.1}% used)", part * 100.0),
            &[],
        )],
        Trouble::Memory { used_bytes, limit_bytes } => vec![say(
            Level::Warn,
            &format!(
                "memory use is high: {:.0} MiB of {:.0} MiB, feature cache holds {} vectors",
                used_bytes / 1_048_576.0,
                limit_bytes / 1_048_576.0,
                (used_bytes / 4096.0) as u64
            ),
            &[],
        )],
        Trouble::Certificate { name } => {
            let message = format!(
                "\"re-queuing item due to error processing\" err=\"clusterissuer.cert-manager.io \\\"letsencrypt-production\\\" not found\" key=\"{name}\""
            );
            vec![say(Level::Error, &message, &[])]
        }
        Trouble::Query => {
            let statements = [
                "SELECT o.* FROM orders o WHERE o.customer_reference = $1 ORDER BY o.created_at DESC",
                "SELECT count(*) FROM orders o JOIN order_items i ON i.order_id = o.id WHERE i.sku = $1",
                "UPDATE orders SET status = $2 WHERE id = $1",
            ];
            let statement = statements.get((moment.dice % 3) as usize).copied().unwrap_or_default();
            vec![say(Level::Info, &format!("duration: {:.3} ms  statement: {statement}", moment.milliseconds), &[])]
        }
    }
}
