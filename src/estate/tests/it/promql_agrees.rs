//! Our PromQL against Debian's real Prometheus on the same samples: what we answer, it answers.
//!
//! The real server is started on blocks that `promtool` makes from the samples. Differences that are known stand in a
//! table with their reason; any other fails. Both programs must be on the PATH: without them this test fails loudly.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use estate::telemetry::promql::{Answer, QueryError, instant, range};
use estate::telemetry::series::{Labels, Sample, Series, SeriesSource};
use promql_parser::label::Matcher;
use serde_json::Value;

const START_MS: i64 = 1_700_000_000_000;
const END_MS: i64 = START_MS + 2 * 3_600_000;
const INTERVAL_MS: i64 = 15_000;
/// Where the queries look from: not on a sample, not on a round minute.
const NOW_MS: i64 = START_MS + 5_407_000;

/// Queries on which we differ, and why that is right or bearable.
const KNOWN_DIFFERENCES: [(&str, &str); 2] = [
    ("load1 offset 5", "promql-parser takes a duration without a unit for seconds, as Prometheus does since 3"),
    ("load1 @ 5m", "promql-parser takes a duration for a time, Prometheus refuses it"),
];

const QUERIES: [&str; 83] = [
    "load1",
    "load1{pod=\"a\"}",
    "load1{pod=~\"a|b\"}",
    "load1{pod!~\"a.*\",job=\"shop\"}",
    "{__name__=~\"load.*\",pod=\"b\"}",
    "nothing_here",
    "rate(requests_total[5m])",
    "rate(requests_total[1m])",
    "rate(requests_total[20s])",
    "increase(requests_total[10m])",
    "irate(requests_total[2m])",
    "idelta(load1[2m])",
    "delta(load1[10m])",
    "deriv(load1[10m])",
    "predict_linear(load1[10m], 3600)",
    "changes(load1[10m])",
    "resets(requests_total[1h])",
    "avg_over_time(load1[7m])",
    "sum_over_time(load1[7m])",
    "min_over_time(load1[7m])",
    "max_over_time(load1[7m])",
    "count_over_time(load1[7m])",
    "stddev_over_time(load1[7m])",
    "stdvar_over_time(load1[7m])",
    "quantile_over_time(0.9, load1[7m])",
    "last_over_time(load1[7m])",
    "present_over_time(load1[7m])",
    "holt_winters(load1[10m], 0.3, 0.6)",
    "sum(load1)",
    "sum by (job) (rate(requests_total[5m]))",
    "avg without (pod) (load1)",
    "count by (code) (requests_total)",
    "min(load1) by (job)",
    "max(load1)",
    "group by (pod) (requests_total)",
    "stddev(load1)",
    "stdvar by (job) (load1)",
    "quantile(0.75, load1)",
    "topk(2, load1)",
    "bottomk by (job) (1, load1)",
    "count_values(\"value\", round(load1))",
    "histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m])))",
    "histogram_quantile(0.99, rate(latency_seconds_bucket[5m]))",
    "histogram_quantile(0.5, sum by (le, pod) (latency_seconds_bucket))",
    "histogram_quantile(1.5, latency_seconds_bucket)",
    "sum(rate(requests_total{code=\"500\"}[5m])) / sum(rate(requests_total[5m]))",
    "requests_total{code=\"500\"} / on (pod) group_left requests_total{code=\"200\"}",
    "requests_total / ignoring (code) group_left sum without (code) (requests_total)",
    "load1 * on (pod, job) group_left (zone) pod_info",
    "load1 and on (pod) (requests_total > 100)",
    "load1 or pod_info",
    "load1 unless on (pod) load1{pod=\"a\"}",
    "load1 > 1",
    "load1 > bool 1",
    "1 < load1",
    "load1 == load1",
    "load1 != bool 1",
    "-load1",
    "load1 ^ 2 % 3 - 1",
    "2 ^ 3 ^ 2",
    "load1 atan2 2",
    "1 > bool 2",
    "abs(load1 - 1)",
    "clamp(load1, 0.5, 1.5)",
    "clamp_min(load1, 1)",
    "clamp_max(load1, 1)",
    "round(load1, 0.1)",
    "ceil(load1) + floor(load1)",
    "sqrt(load1) + exp(ln(load1))",
    "sgn(load1 - 1)",
    "absent(nothing_here{job=\"x\",pod=~\"y\"})",
    "absent_over_time(nothing_here{job=\"x\"}[5m])",
    "timestamp(load1)",
    "time() - timestamp(load1 offset 1m)",
    "scalar(load1{pod=\"a\"}) + vector(1)",
    "load1 offset 10m",
    "load1 offset -1m",
    "load1 @ 1700003000",
    "rate(requests_total[5m] @ 1700003000 offset 1m)",
    "max_over_time(rate(requests_total[2m])[10m:30s])",
    "avg_over_time(load1[10m:])",
    "label_replace(load1, \"short\", \"$1-x\", \"pod\", \"(.).*\")",
    "label_join(load1, \"both\", \"/\", \"job\", \"pod\")",
];

const MORE_QUERIES: [&str; 22] = [
    "hour() + minute(vector(1700003000)) + day_of_week() + days_in_month() + year()",
    "sort_desc(load1)",
    "gappy",
    "rate(gappy_total[5m])",
    "increase(gappy_total[3m])",
    "count_over_time(gappy[1m])",
    "sum(gappy) by (job)",
    "rate(requests_total[5m] offset 3m)",
    "sum_over_time((load1 > 1)[10m:1m])",
    "load1[1m]",
    "rate(requests_total[1m])[5m:1m]",
    "\"a text\"",
    "42",
    "sum(",
    "rate(load1)",
    "requests_total * on (job) load1",
    "load1 + on (job) load1",
    "label_replace(load1, \"pod\", \"same\", \"\", \"\")",
    "sum by (pod) (load1) > on (pod) bool 1",
    "unknown_function(load1)",
    "round(5)",
    "pi() * deg(rad(load1))",
];

const EDGES: [&str; 110] = [
    "load1 == on (pod, job) group_left load1",
    "0x1F + 1e3 + .5",
    "load1 > 1 # a comment",
    "max_over_time(load1[1h2m30s])",
    "load1 @ start() - load1 @ end()",
    "max_over_time(load1[10m:1m] @ end() offset 1m)",
    "max_over_time(load1[10m:1m] offset 2m)",
    "sum_over_time(load1[5m:15s] @ 1700003000)",
    "increase(requests_total[5m:30s])",
    "rate(requests_total[10m:37s])",
    "rate(rate(requests_total[2m])[10m:1m])",
    "load1[5m] offset 1m",
    "(load1)[5m:1m]",
    "{}",
    "{__name__=~\".*\"}",
    "{__name__=~\".+\",pod=\"a\"}",
    "count_values(\"bad-label\", load1)",
    "topk(0, load1)",
    "topk(scalar(vector(2)), load1)",
    "topk by (job) (1, requests_total)",
    "bottomk(100, load1)",
    "quantile(2, load1)",
    "quantile(-1, load1)",
    "quantile(NaN, load1)",
    "load1{pod=\"a\"} > load1{pod=\"b\"}",
    "histogram_quantile(0.9, load1)",
    "histogram_quantile(0.9, latency_seconds_bucket{le!=\"+Inf\"})",
    "histogram_quantile(0, rate(latency_seconds_bucket[5m]))",
    "histogram_quantile(1, rate(latency_seconds_bucket[5m]))",
    "Inf - Inf",
    "-Inf",
    "NaN",
    "load1 / 0",
    "0 / 0",
    "load1 % 0.3",
    "-load1 ^ 2",
    "vector(time())",
    "{pod=\"a\", pod!=\"b\", __name__=\"load1\"}",
    "load1{pod=\"\"}",
    "load1{foo=~\"bar|\"}",
    "load1{pod=~\"a\", pod=~\".*\"}",
    "load1{pod=~\"(?i)A\"}",
    "load1{pod=~\"(\"}",
    "absent(load1{pod=\"zz\"} or load1{pod=\"yy\"})",
    "absent(sum(nothing_here{job=\"x\"}))",
    "absent(nothing_here{job=\"x\",job!=\"y\"})",
    "absent(load1)",
    "absent_over_time(load1[5m])",
    "avg(load1 > 100)",
    "sum(load1) > 100 or vector(0)",
    "count without () (load1)",
    "sum by () (load1)",
    "sum(load1) by (pod, nothing)",
    "load1 * ignoring (pod, zone) group_left pod_info{pod=\"a\"}",
    "pod_info * on (pod) group_right load1",
    "load1 - on (pod) pod_info",
    "load1 - ignoring (zone) pod_info",
    "load1 > ignoring (zone) pod_info",
    "load1 > on (pod) pod_info",
    "load1 >= bool on (pod) pod_info",
    "1 == bool 1",
    "1 == 1",
    "load1 and 1",
    "rate(requests_total[5m])[10m]",
    "sort(load1)",
    "\"a\" == \"b\"",
    "day_of_year() + month()",
    "clamp(load1, 2, 1)",
    "round(load1, 0)",
    "ln(-load1)",
    "exp(load1 * 1000)",
    "time() % 60",
    "minute(load1 * 1000)",
    "timestamp(load1 + 0)",
    "timestamp(timestamp(load1))",
    "idelta(requests_total[20s])",
    "sum(requests_total) by (code) / ignoring (code) group_left sum(requests_total)",
    "label_replace(load1, \"__name__\", \"renamed\", \"pod\", \"a\")",
    "label_replace(load1, \"bad-name\", \"x\", \"pod\", \"a\")",
    "label_replace(load1, \"pod\", \"\", \"pod\", \"a\")",
    "label_join(load1, \"__name__\", \"_\", \"job\", \"pod\")",
    "label_replace(load1, \"x\", \"$2\", \"pod\", \"(.)(.*)\")",
    "load1 or on (job) pod_info",
    "(load1 > 1) or (load1 <= 1)",
    "rate(requests_total[5m]) or load1",
    "sum(rate(requests_total[5m])) by (pod) > 5 unless sum(rate(requests_total[5m])) by (pod) > 10",
    "count(count by (pod) (load1))",
    "max by (pod) (load1) == on () group_left max(load1)",
    "sum_over_time(vector(1)[10m:1m])",
    "quantile_over_time(2, load1[5m])",
    "predict_linear(load1[5m] offset 1m, 60)",
    "deriv(load1[5m:30s])",
    "changes(load1[5m:30s])",
    "stddev_over_time(load1[20s])",
    "holt_winters(load1[10m], 2, 0.5)",
    "scalar(load1)",
    "vector(scalar(load1))",
    "sum(load1) without (job) by (pod)",
    "rate(load1{pod=\"a\"}[0s])",
    "load1[5m:0s]",
    "load1 offset 5",
    "load1 @ 5m",
    "group(load1) + on () group(pod_info)",
    "sinh(load1) + cosh(load1) - tanh(load1) + asin(load1) + acosh(load1) + log2(load1) + log10(load1)",
    "gappy offset 5m",
    "rate(gappy_total[1m])",
    "resets(gappy_total[30m]) + changes(gappy_total[30m])",
    "count_over_time(gappy[20m:1m])",
    "double_exponential_smoothing(load1[10m], 0.5, 0.5)",
    "last_over_time(load1[5m]) offset 5m",
];

#[test]
fn our_answers_are_those_of_the_real_prometheus() {
    let world = Recorded::new();
    let server = Server::start(&world);
    let (mut compared, mut surprises, mut known) = (0, Vec::new(), Vec::new());
    for query in QUERIES.iter().chain(&MORE_QUERIES).chain(&EDGES) {
        let checks = [
            ("instant", server.instant(query), shown(instant(&world, query, NOW_MS))),
            ("range", server.range(query), shown(range(&world, query, NOW_MS - 1_800_000, NOW_MS, 37_000))),
        ];
        for (kind, theirs, ours) in checks {
            compared += 1;
            if let Some(difference) = difference(&theirs, &ours) {
                match KNOWN_DIFFERENCES.iter().find(|(known, _)| known == query) {
                    Some((_, reason)) => known.push(format!("{kind} {query}: {reason}")),
                    None => surprises.push(format!("{kind} {query}: {difference}")),
                }
            }
        }
    }
    println!("{compared} answers compared; known differences:\n  {}", known.join("\n  "));
    assert!(surprises.is_empty(), "{} new differences:\n{}", surprises.len(), surprises.join("\n"));
    assert!(compared >= 72, "too few queries: {compared}");
}

/// An answer in comparable form: the kind and the points by label set, or the error's type.
#[derive(Debug, PartialEq)]
enum Shown {
    Error(String),
    Data(String, BTreeMap<String, Vec<(i64, f64)>>, String),
}

fn shown(answer: Result<Answer, QueryError>) -> Shown {
    let point = |sample: Sample| (sample.at_ms, sample.value);
    let key = |labels: &Labels| serde_json::to_string(labels).expect("labels are JSON");
    match answer {
        Err(QueryError::Parse(_)) => Shown::Error("bad_data".to_owned()),
        Err(QueryError::Execution(_)) => Shown::Error("execution".to_owned()),
        Ok(Answer::Scalar(sample)) => {
            Shown::Data("scalar".to_owned(), BTreeMap::from([(String::new(), vec![point(sample)])]), String::new())
        }
        Ok(Answer::Text(_, text)) => Shown::Data("string".to_owned(), BTreeMap::new(), text),
        Ok(Answer::Vector(at_ms, samples)) => Shown::Data(
            "vector".to_owned(),
            samples.into_iter().map(|sample| (key(&sample.labels), vec![(at_ms, sample.value)])).collect(),
            String::new(),
        ),
        Ok(Answer::Matrix(series)) => Shown::Data(
            "matrix".to_owned(),
            series
                .into_iter()
                .map(|series| (key(&series.labels), series.samples.into_iter().map(point).collect()))
                .collect(),
            String::new(),
        ),
    }
}

fn shown_json(body: &Value) -> Shown {
    if body["status"] != "success" {
        return Shown::Error(body["errorType"].as_str().unwrap_or("?").to_owned());
    }
    let point = |pair: &Value| {
        let at_ms = (pair[0].as_f64().expect("a time") * 1000.0).round() as i64;
        (at_ms, number(pair[1].as_str().expect("a number as text")))
    };
    let kind = body["data"]["resultType"].as_str().expect("a kind").to_owned();
    let result = &body["data"]["result"];
    let key = |series: &Value| {
        let labels: BTreeMap<String, String> = serde_json::from_value(series["metric"].clone()).expect("labels");
        serde_json::to_string(&labels).expect("labels are JSON")
    };
    match kind.as_str() {
        "scalar" => Shown::Data(kind, BTreeMap::from([(String::new(), vec![point(result)])]), String::new()),
        "string" => Shown::Data(kind, BTreeMap::new(), result[1].as_str().expect("a text").to_owned()),
        _ => {
            let points = |series: &Value| match series["values"].as_array() {
                Some(values) => values.iter().map(point).collect(),
                None => vec![point(&series["value"])],
            };
            let all = result.as_array().expect("series").iter();
            Shown::Data(kind, all.map(|series| (key(series), points(series))).collect(), String::new())
        }
    }
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        other => other.parse().expect("a number"),
    }
}

/// How two answers differ, if they do.
fn difference(theirs: &Shown, ours: &Shown) -> Option<String> {
    let (Shown::Data(their_kind, their_series, their_text), Shown::Data(our_kind, our_series, our_text)) =
        (theirs, ours)
    else {
        return (theirs != ours).then(|| format!("theirs {theirs:?}, ours {ours:?}"));
    };
    if (their_kind, their_text) != (our_kind, our_text) {
        return Some(format!("theirs is {their_kind} {their_text:?}, ours {our_kind} {our_text:?}"));
    }
    if !their_series.keys().eq(our_series.keys()) {
        return Some(format!("their series {:?}, ours {:?}", their_series.keys(), our_series.keys()));
    }
    for ((labels, theirs), ours) in their_series.iter().zip(our_series.values()) {
        let alike = |(a, b): (&(i64, f64), &(i64, f64))| {
            let close = (a.1 - b.1).abs() <= 1e-9 * a.1.abs().max(b.1.abs()).max(1e-6);
            a.0 == b.0 && (close || a.1 == b.1 || (a.1.is_nan() && b.1.is_nan()))
        };
        if theirs.len() != ours.len() || !theirs.iter().zip(ours).all(alike) {
            return Some(format!("{labels}: theirs {theirs:?}, ours {ours:?}"));
        }
    }
    None
}

/// Series with samples at fixed times: counters with a reset, gauges, a histogram, one with a gap, one that ends.
struct Recorded(Vec<Series>);

impl SeriesSource for Recorded {
    fn select(&self, matchers: &[Matcher], start_ms: i64, end_ms: i64) -> Vec<Series> {
        let inside = |sample: &Sample| sample.at_ms >= start_ms && sample.at_ms <= end_ms;
        let wanted = self.0.iter().filter(|series| series.labels.accepted_by(matchers));
        wanted
            .map(|series| Series {
                labels: series.labels.clone(),
                samples: series.samples.iter().copied().filter(inside).collect(),
            })
            .filter(|series| !series.samples.is_empty())
            .collect()
    }
}

impl Recorded {
    fn new() -> Self {
        let mut series = Vec::new();
        let mut add = |name: &str, labels: &[(&'static str, String)], value: &dyn Fn(f64) -> Option<f64>| {
            let mut all = Labels::from_pairs([("__name__", name), ("job", "shop")]);
            for (label, value) in labels {
                all.set(*label, value.as_str());
            }
            let phase = (all.to_string().len() as i64 * 617) % INTERVAL_MS;
            let ticks = (0..(END_MS - START_MS) / INTERVAL_MS).map(|tick| START_MS + phase + tick * INTERVAL_MS);
            let samples = ticks
                .filter_map(|at_ms| value((at_ms - START_MS) as f64 / 1000.0).map(|value| Sample { at_ms, value }));
            series.push(Series { labels: all, samples: samples.collect() });
        };
        for (index, pod) in ["a", "b", "c"].into_iter().enumerate() {
            let own = index as f64 + 1.0;
            let labels = [("pod", pod.to_owned())];
            add("load1", &labels, &|t| Some(own * 0.7 + (t / 97.0 * own).sin() * 0.5));
            add("pod_info", &[labels[0].clone(), ("zone", format!("z{index}"))], &|_| Some(1.0));
            for (code, rate) in [("200", 5.0), ("500", 0.3)] {
                let labels = [labels[0].clone(), ("code", code.to_owned())];
                let reset = |t: f64| if index == 1 && t > 4000.0 { t - 4000.0 } else { t };
                add("requests_total", &labels, &|t| Some((reset(t) * rate * own + (t / 50.0).sin()).max(0.0).floor()));
            }
            for (bound, part) in [("0.1", 0.4), ("0.5", 0.8), ("1", 0.97), ("+Inf", 1.0)] {
                let labels = [labels[0].clone(), ("le", bound.to_owned())];
                add("latency_seconds_bucket", &labels, &|t| Some((t * own * part).floor()));
            }
        }
        let gap = |t: f64| !(4600.0..5250.0).contains(&t);
        add("gappy", &[], &|t| gap(t).then_some(t.cos()));
        add("gappy_total", &[], &|t| gap(t).then_some((t * 3.0).floor()));
        Self(series)
    }

    /// The samples as OpenMetrics text, families together.
    fn open_metrics(&self) -> String {
        let mut text = String::new();
        let mut families: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
        for series in &self.0 {
            families.entry(series.labels.get("__name__")).or_default().push(series);
        }
        for (name, members) in families {
            let _ = writeln!(text, "# TYPE {name} unknown");
            for series in members {
                let labels = series.labels.to_string();
                for sample in &series.samples {
                    let _ = writeln!(
                        text,
                        "{} {} {}",
                        labels.replace(", ", ","),
                        sample.value,
                        sample.at_ms as f64 / 1000.0
                    );
                }
            }
        }
        text.push_str("# EOF\n");
        text
    }
}

/// The real server.
struct Server {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Server {
    fn start(world: &Recorded) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("promql-agrees-{}", std::process::id()));
        let data = folder.join("data");
        std::fs::create_dir_all(&data).expect("a folder for the test");
        let (samples, settings) = (folder.join("samples.om"), folder.join("prometheus.yml"));
        std::fs::write(&samples, world.open_metrics()).expect("the samples are written");
        std::fs::write(&settings, "global: {evaluation_interval: 1m}\n").expect("the settings are written");
        let made = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "openmetrics"])
            .args([&samples, &data])
            .output()
            .expect("promtool must be on the PATH (Debian package prometheus)");
        assert!(made.status.success(), "promtool: {}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let mut child = Command::new("prometheus")
            .arg(format!("--config.file={}", settings.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg("--storage.tsdb.retention.time=100y")
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("prometheus must be on the PATH (Debian package prometheus)");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let mut log = Vec::new();
        loop {
            let Some(Ok(line)) = lines.next() else {
                let _ = child.wait();
                panic!("prometheus ended before it was ready:\n{}", log.join("\n"));
            };
            let ready = line.contains("Server is ready to receive web requests");
            log.push(line);
            if ready {
                break;
            }
        }
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port, folder }
    }

    fn instant(&self, query: &str) -> Shown {
        self.ask(&format!("/api/v1/query?query={}&time={}", encoded(query), NOW_MS as f64 / 1000.0))
    }

    fn range(&self, query: &str) -> Shown {
        let (start, end) = ((NOW_MS - 1_800_000) as f64 / 1000.0, NOW_MS as f64 / 1000.0);
        self.ask(&format!("/api/v1/query_range?query={}&start={start}&end={end}&step=37", encoded(query)))
    }

    fn ask(&self, path: &str) -> Shown {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("prometheus listens");
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("the request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        shown_json(&serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {body}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}
