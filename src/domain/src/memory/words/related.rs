//! What this field says in several ways: a symptom as people call it, and as the machines do.
//!
//! Data: a row is found when one of its phrases stands in the question, and gives its words. A row that gives too much
//! drowns the question, so each gives the few words that a page about it cannot do without.

/// Ways to say a thing, and what else it is called.
struct Row {
    /// Phrases of a question; compared by stems.
    said: &'static [&'static str],
    /// What a page would call it.
    called: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        said: &["oom", "oomkilled", "out of memory", "memory limit", "exit code 137", "code 137", "ran out of memory"],
        called: &["OOMKilled", "out of memory", "memory limit", "137"],
    },
    Row {
        said: &[
            "crash loop",
            "crashloop",
            "crashlooping",
            "crashloopbackoff",
            "keeps restarting",
            "keep restarting",
            "keeps crashing",
            "keep crashing",
            "restarting over and over",
            "restart loop",
            "back off",
            "backoff",
            "keeps dying",
            "keep dying",
            "restarts",
        ],
        called: &["CrashLoop", "crash loop", "restarting"],
    },
    Row {
        said: &[
            "image pull",
            "imagepull",
            "imagepullbackoff",
            "errimagepull",
            "pull the image",
            "pull image",
            "pulling",
        ],
        called: &["ImagePullBackOff", "registry", "tag"],
    },
    Row { said: &["evicted", "evict", "kicked off", "kicked out"], called: &["evicted", "pressure"] },
    Row {
        said: &["pvc", "pv", "volume", "persistent volume", "disk", "storage claim"],
        called: &["volume", "PersistentVolumeClaim", "disk"],
    },
    Row {
        said: &[
            "no space left",
            "disk full",
            "disk is full",
            "full disk",
            "enospc",
            "running out of space",
            "out of space",
        ],
        called: &["disk", "space", "filesystem", "full"],
    },
    Row { said: &["inode", "inodes"], called: &["inodes", "files", "filesystem"] },
    Row {
        said: &["cert", "certs", "certificate", "tls", "ssl", "x509", "https", "handshake"],
        called: &["certificate", "TLS", "x509"],
    },
    Row { said: &["expiry", "expire", "runs out", "expired"], called: &["expires", "expiry", "expired"] },
    Row {
        said: &["5xx", "500", "502", "503", "504", "bad gateway", "server error", "internal server error"],
        called: &["5xx", "errors"],
    },
    Row { said: &["error rate", "errors", "failing requests", "requests fail"], called: &["errors", "5xx"] },
    Row {
        said: &["slow", "slower", "latency", "p99", "p95", "sluggish", "response time", "takes long", "takes ages"],
        called: &["latency", "slow"],
    },
    Row {
        said: &["dns", "resolve", "nxdomain", "no such host", "name resolution", "lookup"],
        called: &["DNS", "CoreDNS", "resolve"],
    },
    Row { said: &["throttle", "cfs", "cpu limit"], called: &["throttling", "CPU", "limit"] },
    Row {
        said: &[
            "pending",
            "unschedulable",
            "not scheduled",
            "cannot be scheduled",
            "failed scheduling",
            "no nodes available",
            "insufficient",
        ],
        called: &["pending", "scheduling", "unschedulable"],
    },
    Row { said: &["not ready", "notready", "unready", "readiness"], called: &["NotReady", "readiness"] },
    Row { said: &["node", "machine", "host", "worker", "server"], called: &["node"] },
    Row { said: &["unreachable", "gone", "vanished", "disappeared", "went away"], called: &["down", "unreachable"] },
    Row { said: &["rollout", "deploy", "release", "new version"], called: &["rollout", "deployment"] },
    Row { said: &["roll back", "rollback", "undo"], called: &["rollback", "rollout"] },
    Row {
        said: &["autoscaler", "hpa", "scale up", "scaling", "autoscaling"],
        called: &["HPA", "replicas", "autoscaler"],
    },
    Row { said: &["cron", "cronjob", "scheduled job", "nightly job", "batch"], called: &["job", "CronJob"] },
    Row { said: &["connection refused", "econnrefused", "refused"], called: &["connection", "endpoints"] },
    Row { said: &["timeout", "timed out", "etimedout", "deadline exceeded", "timing out"], called: &["timeout"] },
    Row { said: &["pool", "too many connections", "connections exhausted"], called: &["connections", "pool"] },
    Row { said: &["replica lag", "replication lag", "replica behind", "lagging"], called: &["replication", "lag"] },
    Row {
        said: &["queue", "backlog", "lag", "consumer", "pile up", "piling up"],
        called: &["queue", "lag", "consumer"],
    },
    Row { said: &["clock", "ntp", "time drift", "skew"], called: &["clock", "skew", "NTP"] },
    Row { said: &["quota", "exceeded quota", "limit reached"], called: &["quota"] },
    Row { said: &["apiserver", "api server", "control plane", "kubectl"], called: &["API server"] },
    Row { said: &["etcd", "leader election", "no leader"], called: &["etcd", "leader"] },
    Row {
        said: &["scrape", "target down", "no metrics", "metrics are missing", "up is 0"],
        called: &["target", "scrape", "Prometheus"],
    },
    Row { said: &["alert fired", "watchdog", "dead man"], called: &["Watchdog", "Alertmanager"] },
    Row { said: &["burn rate", "error budget", "slo"], called: &["error budget", "burn"] },
    Row { said: &["configmap", "config map", "secret", "missing config"], called: &["ConfigMap", "Secret"] },
    Row {
        said: &["forbidden", "403", "rbac", "permission denied", "unauthorized", "401"],
        called: &["permission", "RBAC", "forbidden"],
    },
    Row { said: &["ingress", "gateway", "load balancer", "nginx"], called: &["ingress"] },
    Row { said: &["network policy", "blocked traffic", "firewall"], called: &["NetworkPolicy"] },
    Row { said: &["drain", "maintenance", "cordon"], called: &["drain", "PodDisruptionBudget"] },
    Row { said: &["pdb", "disruption budget"], called: &["PodDisruptionBudget"] },
    Row {
        said: &[
            "lost a node",
            "node lost",
            "lost node",
            "node died",
            "dead node",
            "node is dead",
            "node down",
            "node is down",
            "node is gone",
            "node offline",
        ],
        called: &["NotReady", "kubelet", "unreachable"],
    },
    Row {
        said: &["hook", "admission", "policy engine", "apply is rejected", "apply gets rejected", "apply rejected"],
        called: &["webhook", "admission", "denied"],
    },
    Row {
        said: &["error ratio", "error percentage", "percent of requests", "failure rate", "error share"],
        called: &["error rate", "requests", "service"],
    },
    Row {
        said: &["vendor", "third party", "provider", "external api", "external service", "partner"],
        called: &["third party", "dependency", "external"],
    },
    Row {
        said: &["no alerts", "not paged", "no pages", "no notifications", "pager is silent", "alerts do not arrive"],
        called: &["Alertmanager", "notifications"],
    },
    Row {
        said: &[
            "no logs",
            "logs missing",
            "missing logs",
            "logs stopped",
            "log lines missing",
            "loki",
            "fluent bit",
            "promtail",
            "vector",
        ],
        called: &["log", "pipeline", "dropping"],
    },
    Row {
        said: &["no traces", "traces missing", "missing traces", "spans", "tempo", "jaeger", "otel"],
        called: &["tracing", "spans", "collector"],
    },
    Row {
        said: &["redis", "cache full", "cache is full", "evicting keys", "maxmemory"],
        called: &["Redis", "maxmemory", "memory"],
    },
    Row { said: &["rabbitmq", "sqs", "messages waiting", "unacked", "dead letter"], called: &["queue", "messages"] },
    Row { said: &["kafka", "consumer group", "offset", "rebalance"], called: &["Kafka", "consumer", "lag"] },
    Row { said: &["postgres", "postgresql", "mysql", "mariadb", "db", "sql"], called: &["database"] },
    Row {
        said: &["packet loss", "packets dropped", "retransmit", "nic", "flapping link"],
        called: &["network", "errors", "interface"],
    },
    Row {
        said: &["load average", "cpu busy", "cpu is at", "cpu pegged", "cpu maxed", "high cpu", "high load"],
        called: &["CPU", "saturated", "load"],
    },
    Row { said: &["swap", "low memory", "ram", "memory is low"], called: &["memory", "pressure"] },
    Row { said: &["mount", "multi attach", "attach", "containercreating"], called: &["mount", "volume", "attach"] },
    Row {
        said: &["flag", "toggle", "setting", "settings", "configuration", "config"],
        called: &["configuration", "changed", "ConfigMap"],
    },
    // Short names of kubectl (<https://kubernetes.io/docs/reference/kubectl/#resource-types>) and of people.
    Row { said: &["svc"], called: &["Service"] },
    Row { said: &["ep", "backends", "no endpoints"], called: &["endpoints", "Service"] },
    Row { said: &["ns"], called: &["namespace"] },
    Row { said: &["sts", "pod 0", "ordinal"], called: &["StatefulSet"] },
    Row { said: &["ds", "agent on every node", "pod per node", "one per node"], called: &["DaemonSet"] },
    Row { said: &["cm"], called: &["ConfigMap"] },
    Row { said: &["netpol"], called: &["NetworkPolicy"] },
    Row { said: &["lb"], called: &["load balancer", "ingress"] },
    Row { said: &["machines", "dropped out of the cluster", "left the cluster"], called: &["node", "NotReady"] },
    Row {
        said: &["killed by the kernel", "killed by kernel", "oom killer", "sigkill", "heap space"],
        called: &["OOMKilled", "memory limit"],
    },
    Row { said: &["root disk", "root partition", "var lib", "docker images"], called: &["node", "disk", "filesystem"] },
    Row {
        said: &["stripe", "paypal", "twilio", "sendgrid", "adyen", "auth0", "okta", "cloudflare", "status page"],
        called: &["third party", "dependency", "external"],
    },
    Row {
        said: &["too many clients", "connection slots", "max connections"],
        called: &["database", "connections", "exhausted"],
    },
    Row {
        said: &["stale reads", "stale data", "read replica", "replicas are behind", "standby"],
        called: &["replication", "lag", "replica"],
    },
    Row {
        said: &["rollout hangs", "deploy hangs", "deploy is stuck", "stuck deploy", "deploy stuck", "half rolled out"],
        called: &["rollout", "stuck", "progress deadline"],
    },
    Row {
        said: &["health check", "healthcheck", "liveness", "never becomes ready", "not becoming ready"],
        called: &["readiness", "probe"],
    },
    Row {
        said: &["max replicas", "maxed out", "cannot scale further", "does not scale"],
        called: &["HPA", "maximum", "replicas"],
    },
    Row {
        said: &[
            "dashboards are empty",
            "empty dashboard",
            "graphs are flat",
            "gaps in graphs",
            "grafana is empty",
            "exporter",
        ],
        called: &["Prometheus", "target", "scrape"],
    },
    Row { said: &["tsdb", "wal", "out of order", "compaction"], called: &["Prometheus", "storage", "TSDB"] },
    Row { said: &["rule evaluation", "recording rule", "rule group"], called: &["Prometheus", "rule", "evaluation"] },
    Row { said: &["kubectl is slow", "kubectl times out", "kubectl hangs"], called: &["API server", "latency"] },
    Row { said: &["fsync", "leader changes", "quorum"], called: &["etcd"] },
    Row {
        said: &["did not run", "didnt run", "has not run", "never ran", "did not start on time", "missed run"],
        called: &["CronJob", "schedule", "missed"],
    },
    Row {
        said: &["createcontainerconfigerror", "missing secret", "missing key", "env var missing"],
        called: &["Secret", "ConfigMap", "missing"],
    },
    Row {
        said: &["cannot evict", "drain hangs", "drain is stuck", "drain stuck", "drain blocked"],
        called: &["PodDisruptionBudget", "drain", "evict"],
    },
    Row {
        said: &["browser", "not secure", "lets encrypt", "acme", "cert manager"],
        called: &["certificate", "expires", "TLS"],
    },
    Row {
        said: &["cannot keep up", "cant keep up", "falling behind", "behind", "unprocessed"],
        called: &["lag", "consumer", "queue"],
    },
    Row { said: &["exceeded quota", "resourcequota", "limit of the namespace"], called: &["quota", "namespace"] },
    Row {
        said: &["read only file system", "input output error", "stale file handle"],
        called: &["volume", "disk", "mount"],
    },
];

/// What else the things are called that a question names; the question as stems in their order.
pub(super) fn to(question: &[String]) -> impl Iterator<Item = &'static str> {
    let rows = ROWS.iter().filter(|row| row.said.iter().any(|phrase| stands_in(phrase, question)));
    let found: Vec<&'static str> = rows.flat_map(|row| row.called.iter().copied()).collect();
    found.into_iter()
}

fn stands_in(phrase: &str, question: &[String]) -> bool {
    let phrase = super::sequence(phrase);
    !phrase.is_empty() && question.windows(phrase.len()).any(|part| part == phrase)
}
