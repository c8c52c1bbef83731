//! What a question asks for.
//!
//! Each intent collects points from phrases (strong) and words (weak); the highest wins, ties go to the intent that
//! stands first in its table, which runs from the narrow to the general. A table, so that a wording that was
//! understood wrongly becomes one more row and one more test case.

/// The investigations that the playbook brain knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Intent {
    /// Which scrape targets are down?
    Targets,
    /// Which alerts fire?
    Alerts,
    /// The logs of something.
    Logs,
    /// Who uses the memory, CPU or disk?
    Usage(Resource),
    /// How does it compare with before?
    Compare,
    /// Is this normal for the time of the week?
    Usual,
    /// When is it full?
    RunsOut,
    /// When do certificates expire?
    Certificates,
    /// What changed?
    Changes,
    /// Why is it slow?
    Slow,
    /// What is wrong with it?
    Wrong,
    /// How many, or which, objects of a kind.
    Inventory,
    /// How is the cluster?
    Health,
    /// What can you do?
    Help,
    /// None of the above.
    Unknown,
}

/// A resource that can be used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Memory.
    Memory,
    /// CPU time.
    Cpu,
    /// Disk space of volumes and nodes.
    Disk,
}

struct Rule {
    intent: Intent,
    /// Adjacent words, three points each.
    phrases: &'static [&'static str],
    /// Single words, one point each.
    words: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        intent: Intent::Targets,
        phrases: &[
            "targets down",
            "targets are down",
            "target down",
            "scrape targets",
            "targets up",
            "which targets",
            "being scraped",
        ],
        words: &["targets", "target", "scrape", "scraped", "scraping", "exporter", "exporters"],
    },
    Rule {
        intent: Intent::Alerts,
        phrases: &[
            "any alerts",
            "alerts firing",
            "which alerts",
            "what alerts",
            "what is firing",
            "is firing",
            "are firing",
            "alerts are",
        ],
        words: &["alerts", "alert", "firing", "alerting", "paging", "paged", "silenced", "fired"],
    },
    Rule {
        intent: Intent::Logs,
        phrases: &[
            "logs of",
            "logs for",
            "logs from",
            "show logs",
            "log of",
            "show me the logs",
            "in the logs",
            "the logs",
            "last lines",
            "logging",
        ],
        words: &["logs", "log", "stacktrace", "stack-trace", "traceback"],
    },
    Rule {
        intent: Intent::Usage(Resource::Memory),
        phrases: &[
            "uses the memory",
            "most memory",
            "memory usage",
            "using memory",
            "eating memory",
            "memory hog",
            "uses the ram",
            "top memory",
            "the memory",
            "much memory",
        ],
        words: &["memory", "ram"],
    },
    Rule {
        intent: Intent::Usage(Resource::Cpu),
        phrases: &[
            "uses the cpu",
            "most cpu",
            "cpu usage",
            "using cpu",
            "eating cpu",
            "cpu hog",
            "top cpu",
            "the cpu",
            "much cpu",
        ],
        words: &["cpu", "cores", "processor"],
    },
    Rule {
        intent: Intent::Usage(Resource::Disk),
        phrases: &[
            "disk usage",
            "disk space",
            "most disk",
            "disk full",
            "the disk",
            "volume usage",
            "filling up",
            "uses the disk",
            "running out of disk",
            "running out of space",
        ],
        words: &["disk", "disks", "storage", "volume", "volumes"],
    },
    Rule {
        intent: Intent::Compare,
        phrases: &[
            "before and after",
            "compared to",
            "compared with",
            "compare with",
            "than before",
            "than yesterday",
            "versus",
            "better or worse",
            "since the deploy",
            "since the rollout",
            "since the release",
            "after the deploy",
            "after the rollout",
            "after the release",
            "is it worse",
            "got worse",
        ],
        words: &["compare", "comparison", "vs", "worse", "versus"],
    },
    Rule {
        intent: Intent::Usual,
        phrases: &[
            "is this normal",
            "is that normal",
            "is it normal",
            "is this usual",
            "is that usual",
            "as usual",
            "than usual",
            "normal for",
            "usual for",
            "unusual for",
            "anything unusual",
            "any anomalies",
            "out of the ordinary",
        ],
        words: &["normal", "usual", "unusual", "unusually", "abnormal", "anomaly", "anomalies", "anomalous"],
    },
    Rule {
        intent: Intent::Changes,
        phrases: &[
            "what changed",
            "what has changed",
            "whats changed",
            "anything changed",
            "any changes",
            "recent changes",
            "what was deployed",
            "what got deployed",
            "who changed",
            "what is new",
            "what happened",
            "was deployed",
            "last deploy",
            "last change",
            "recent deploys",
        ],
        words: &["changed", "changes", "deployed", "deploys", "rollouts", "modified"],
    },
    Rule {
        intent: Intent::Slow,
        phrases: &[
            "so slow",
            "response time",
            "response times",
            "taking so long",
            "takes so long",
            "high latency",
            "is slow",
            "timing out",
            "time out",
        ],
        words: &[
            "slow", "slower", "slowly", "latency", "sluggish", "lag", "lagging", "laggy", "p99", "p95", "timeouts",
            "timeout",
        ],
    },
    Rule {
        intent: Intent::Wrong,
        phrases: &[
            "what is wrong",
            "whats wrong",
            "what wrong",
            "root cause",
            "going on with",
            "happening with",
            "happening to",
            "not working",
            "not ready",
            "not starting",
            "not available",
            "what broke",
            "up with",
            "what is up with",
            "not healthy",
            "is down",
            "are down",
            "keeps restarting",
            "keeps crashing",
            "not reachable",
            "matter with",
            "in trouble",
        ],
        words: &[
            "wrong",
            "broken",
            "broke",
            "crash",
            "crashing",
            "crashed",
            "crashes",
            "crashloop",
            "crashloopbackoff",
            "fail",
            "fails",
            "failing",
            "failed",
            "failure",
            "failures",
            "error",
            "errors",
            "500",
            "500s",
            "5xx",
            "down",
            "unhealthy",
            "restarting",
            "restarts",
            "restarted",
            "stuck",
            "pending",
            "unavailable",
            "unreachable",
            "problem",
            "problems",
            "issue",
            "issues",
            "trouble",
            "outage",
            "incident",
            "diagnose",
            "investigate",
            "debug",
            "hanging",
            "degraded",
            "oom",
            "oomkilled",
            "evicted",
            "imagepullbackoff",
            "why",
            "cause",
            "rejected",
            "denied",
            "expired",
            "expiring",
        ],
    },
    Rule {
        intent: Intent::Inventory,
        phrases: &[
            "how many",
            "list all",
            "list the",
            "which version",
            "what version",
            "which image",
            "what image",
            "show me all",
            "what runs",
            "what is running",
            "which pods",
            "which nodes",
            "which services",
            "which deployments",
        ],
        words: &["list", "count", "inventory"],
    },
    Rule {
        intent: Intent::Health,
        phrases: &[
            "how is",
            "how are",
            "all good",
            "everything ok",
            "everything okay",
            "everything fine",
            "all ok",
            "is everything",
            "status of",
            "overview of",
            "anything wrong",
            "any problems",
            "any issues",
            "anything broken",
            "what is broken",
            "what is wrong in the cluster",
            "what is wrong with the cluster",
            "what is wrong with my cluster",
        ],
        words: &["health", "healthy", "status", "overview", "fine", "ok", "okay", "summary", "cluster"],
    },
    Rule {
        intent: Intent::Help,
        phrases: &["what can you do", "what can i ask", "how do you work", "who are you"],
        words: &["help"],
    },
];

/// "When will it be full?" is told by words that stand apart: one that asks for a time, one for the end of something. What
/// asks for a reason, or for the past, asks for something else.
fn asks_for_the_end(words: &[String]) -> bool {
    let says = |these: &[&str]| words.iter().any(|word| these.contains(&word.as_str()));
    let runs_out = words.windows(2).any(|pair| matches!(pair, [run, out] if run.starts_with("run") && out == "out"));
    let is_the_end = runs_out || says(&["full", "fill", "fills", "exhausted"]);
    let is_asked_when = says(&["when", "forecast"]) || (says(&["how"]) && says(&["long", "soon"]));
    is_the_end && is_asked_when && !says(&["why", "what", "what's", "did", "was", "were", "logs"])
}

/// "When do certificates expire?": what asks for a reason asks what is wrong.
fn asks_for_certificates(words: &[String]) -> bool {
    let says = |these: &[&str]| words.iter().any(|word| these.contains(&word.as_str()));
    let is_of_them = says(&["certificate", "certificates", "cert", "certs", "tls", "ssl"]);
    let ends = ["expire", "expires", "expired", "expiring", "expiry", "expiration", "renew", "renewed", "renewal"];
    is_of_them && says(&ends) && !says(&["why", "wrong", "logs"])
}

/// The intent with the most points; `Unknown` where nothing scored.
pub fn classify(words: &[String]) -> Intent {
    if asks_for_the_end(words) {
        return Intent::RunsOut;
    }
    if asks_for_certificates(words) {
        return Intent::Certificates;
    }
    let text = format!(" {} ", words.join(" ").replace("what's", "what is"));
    let mut best = (0, Intent::Unknown);
    for rule in RULES {
        let phrases = rule.phrases.iter().filter(|phrase| text.contains(&format!(" {phrase} "))).count();
        let single = rule.words.iter().filter(|word| words.iter().any(|w| w == *word)).count();
        let points = phrases * 3 + single;
        if points > best.0 {
            best = (points, rule.intent);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::words::split;

    fn check(text: &str, intent: Intent) {
        assert_eq!(classify(&split(text)), intent, "{text}");
    }

    #[test]
    fn common_questions_are_understood() {
        check("which targets are down?", Intent::Targets);
        check("how is my cluster?", Intent::Health);
        check("is everything ok", Intent::Health);
        check("any problems?", Intent::Health);
        check("what is wrong with my cluster?", Intent::Wrong);
        check("what is wrong with checkout?", Intent::Wrong);
        check("what's wrong with checkout", Intent::Wrong);
        check("whats up with payments", Intent::Wrong);
        check("why is checkout crashing after the change?", Intent::Wrong);
        check("why does frontend return 500s", Intent::Wrong);
        check("checkout is down", Intent::Wrong);
        check("why is the catalog slow?", Intent::Slow);
        check("p99 latency of checkout", Intent::Slow);
        check("any alerts?", Intent::Alerts);
        check("which alerts are firing in shop", Intent::Alerts);
        check("what changed in the last 2 hours?", Intent::Changes);
        check("what changed before checkout broke?", Intent::Changes);
        check("who uses the memory?", Intent::Usage(Resource::Memory));
        check("which pods use the most cpu", Intent::Usage(Resource::Cpu));
        check("are we running out of disk space", Intent::Usage(Resource::Disk));
        check("which volumes are nearly full?", Intent::Usage(Resource::Disk));
        check("when do certificates expire?", Intent::Certificates);
        check("which TLS certs are expiring soon", Intent::Certificates);
        check("why did the certificate expire?", Intent::Wrong);
        check("when will the disk be full?", Intent::RunsOut);
        check("when does the disk of node worker-1 run out?", Intent::RunsOut);
        check("when is the disk full", Intent::RunsOut);
        check("when do the volumes of search-index fill up", Intent::RunsOut);
        check("how long until orders-db is full?", Intent::RunsOut);
        check("when will checkout run out of memory?", Intent::RunsOut);
        check("how long will the rollout of checkout take?", Intent::Unknown);
        check("why does the disk fill up when the backup runs?", Intent::Usage(Resource::Disk));
        check("when did checkout run out of memory?", Intent::Usage(Resource::Memory));
        check("show me the logs of cart", Intent::Logs);
        check("logs for checkout since 02:00", Intent::Logs);
        check("compare checkout before and after the deploy", Intent::Compare);
        check("is checkout worse since the deploy", Intent::Compare);
        check("is this normal for checkout?", Intent::Usual);
        check("is the traffic of cart usual for a Tuesday?", Intent::Usual);
        check("any anomalies in search", Intent::Usual);
        check("how many pods run in shop", Intent::Inventory);
        check("list the nodes", Intent::Inventory);
        check("what can you do", Intent::Help);
        check("the quick brown fox", Intent::Unknown);
    }
}
