//! The applications of this estate as data: what runs, what it needs, whom it calls, and which images of it exist.

/// One call from an application to another.
#[derive(Debug)]
pub struct Call {
    /// Namespace of the callee.
    pub namespace: &'static str,
    /// Name of the callee's service.
    pub name: &'static str,
    /// The environment variable that names it.
    pub variable: &'static str,
    /// Scheme and path around the host: `http://HOST:8080`.
    pub url: &'static str,
    /// Calls for each request.
    pub per_request: f64,
    /// Which part of the caller's requests fails when the callee does.
    pub criticality: f64,
}

/// One application.
#[derive(Debug)]
pub struct Application {
    /// Namespace.
    pub namespace: &'static str,
    /// Name of the workload, the service and the container.
    pub name: &'static str,
    /// `Deployment` or `StatefulSet`.
    pub kind: &'static str,
    /// What it speaks.
    pub protocol: &'static str,
    /// In which language its logs are written: `go`, `java`, `node`, `python`, `postgres`, `redis`, `search`, `nginx`.
    pub voice: &'static str,
    /// Pods.
    pub replicas: i64,
    /// How many of them may be missing while a new version comes in.
    pub max_unavailable: &'static str,
    /// Image without its tag.
    pub repository: &'static str,
    /// Tags that exist, oldest first.
    pub tags: &'static [&'static str],
    /// Index of the tag that runs when the history begins.
    pub first_tag: usize,
    /// Port.
    pub port: u16,
    /// Readiness path; empty for a command.
    pub readiness: &'static str,
    /// CPU request in millicores.
    pub cpu_millicores: i64,
    /// Memory request in MiB.
    pub memory_mebibytes: i64,
    /// Memory limit in MiB.
    pub memory_limit_mebibytes: i64,
    /// CPU that all its pods use together at the normal rate, cores.
    pub cpu_used_cores: f64,
    /// Memory that a pod uses, MiB.
    pub memory_used_mebibytes: f64,
    /// Requests per second.
    pub requests_per_second: f64,
    /// Median latency, seconds.
    pub latency_seconds: f64,
    /// Whom it calls.
    pub calls: &'static [Call],
    /// Further configuration, kept in the ConfigMap `NAME-config`.
    pub config: &'static [(&'static str, &'static str)],
    /// Secrets of its own: (secret, key, variable).
    pub secrets: &'static [(&'static str, &'static str, &'static str)],
    /// Size of its volume in GiB, if it has one.
    pub volume_gibibytes: i64,
    /// Part of that volume that is used.
    pub volume_used: f64,
}

const fn call(
    namespace: &'static str,
    name: &'static str,
    variable: &'static str,
    url: &'static str,
    per_request: f64,
    criticality: f64,
) -> Call {
    Call { namespace, name, variable, url, per_request, criticality }
}

const PLAIN: Application = Application {
    namespace: "shop",
    name: "",
    kind: "Deployment",
    protocol: "http",
    voice: "go",
    replicas: 2,
    max_unavailable: "25%",
    repository: "",
    tags: &[],
    first_tag: 0,
    port: 8080,
    readiness: "/healthz",
    cpu_millicores: 100,
    memory_mebibytes: 128,
    memory_limit_mebibytes: 256,
    cpu_used_cores: 0.1,
    memory_used_mebibytes: 96.0,
    requests_per_second: 10.0,
    latency_seconds: 0.02,
    calls: &[],
    config: &[],
    secrets: &[],
    volume_gibibytes: 0,
    volume_used: 0.0,
};

const ORDERS: &str = "postgres://HOST:5432/orders";
const HTTP: &str = "http://HOST:8080";

/// All of them, callees after callers.
pub static APPLICATIONS: &[Application] = &[
    Application {
        namespace: "edge",
        name: "ingress-gateway",
        voice: "nginx",
        repository: "registry.example.com/edge/ingress-gateway",
        tags: &["1.11.2", "1.11.3"],
        first_tag: 1,
        cpu_used_cores: 0.22,
        requests_per_second: 64.0,
        latency_seconds: 0.118,
        calls: &[call("shop", "frontend", "UPSTREAM_URL", HTTP, 1.0, 1.0)],
        config: &[("WORKER_PROCESSES", "4"), ("PROXY_TIMEOUT", "15s")],
        ..PLAIN
    },
    Application {
        name: "frontend",
        voice: "node",
        replicas: 3,
        repository: "registry.example.com/shop/frontend",
        tags: &["4.11.0", "4.12.0", "4.12.1", "4.13.0"],
        first_tag: 1,
        cpu_millicores: 200,
        memory_mebibytes: 256,
        memory_limit_mebibytes: 512,
        cpu_used_cores: 0.36,
        memory_used_mebibytes: 212.0,
        requests_per_second: 62.0,
        latency_seconds: 0.112,
        calls: &[
            call("shop", "catalog", "CATALOG_URL", HTTP, 1.2, 0.6),
            call("shop", "cart", "CART_URL", HTTP, 0.4, 0.3),
            call("shop", "checkout", "CHECKOUT_URL", HTTP, 0.1, 0.12),
            call("shop", "search", "SEARCH_URL", HTTP, 0.3, 0.28),
            call("shop", "recommendation", "RECOMMENDATION_URL", HTTP, 0.5, 0.08),
        ],
        config: &[("SESSION_TIMEOUT", "30m"), ("LOG_LEVEL", "info"), ("FEATURE_GIFT_CARDS_ENABLED", "true")],
        ..PLAIN
    },
    Application {
        name: "checkout",
        replicas: 3,
        max_unavailable: "70%",
        repository: "registry.example.com/shop/checkout",
        tags: &["2.3.4", "2.4.0", "2.4.1", "2.5.0"],
        first_tag: 1,
        cpu_millicores: 150,
        memory_mebibytes: 192,
        memory_limit_mebibytes: 384,
        cpu_used_cores: 0.14,
        memory_used_mebibytes: 121.0,
        requests_per_second: 6.2,
        latency_seconds: 0.146,
        calls: &[
            call("shop", "payments", "PAYMENTS_URL", HTTP, 1.0, 1.0),
            call("data", "orders-db", "ORDERS_DB_URL", ORDERS, 2.0, 1.0),
            call("shop", "cart", "CART_URL", HTTP, 1.0, 0.9),
            call("shop", "shipping", "SHIPPING_URL", HTTP, 1.0, 0.5),
        ],
        config: &[("PAYMENT_TIMEOUT", "5s"), ("LOG_LEVEL", "info"), ("MAX_ITEMS_LIMIT", "100")],
        secrets: &[("checkout-database", "password", "ORDERS_DB_PASSWORD")],
        ..PLAIN
    },
    Application {
        name: "cart",
        voice: "node",
        replicas: 2,
        repository: "registry.example.com/shop/cart",
        tags: &["1.8.2", "1.9.0"],
        first_tag: 0,
        cpu_used_cores: 0.12,
        memory_used_mebibytes: 104.0,
        requests_per_second: 31.0,
        latency_seconds: 0.009,
        calls: &[call("data", "cart-redis", "CART_REDIS_URL", "redis://HOST:6379/0", 1.5, 0.55)],
        config: &[("CART_TTL_TIMEOUT", "72h"), ("LOG_LEVEL", "info")],
        secrets: &[("cart-redis-auth", "password", "CART_REDIS_PASSWORD")],
        ..PLAIN
    },
    Application {
        name: "catalog",
        voice: "java",
        replicas: 3,
        repository: "registry.example.com/shop/catalog",
        tags: &["5.0.3", "5.1.0", "5.1.1"],
        first_tag: 1,
        cpu_millicores: 250,
        memory_mebibytes: 512,
        memory_limit_mebibytes: 768,
        cpu_used_cores: 0.42,
        memory_used_mebibytes: 431.0,
        requests_per_second: 74.0,
        latency_seconds: 0.024,
        calls: &[call("data", "orders-db", "ORDERS_DB_URL", ORDERS, 1.0, 0.9)],
        config: &[("CACHE_SIZE", "5000"), ("DB_TIMEOUT", "2s"), ("LOG_LEVEL", "INFO")],
        secrets: &[("catalog-database", "password", "ORDERS_DB_PASSWORD")],
        ..PLAIN
    },
    Application {
        name: "recommendation",
        voice: "python",
        replicas: 2,
        repository: "registry.example.com/shop/recommendation",
        tags: &["3.1.0", "3.1.4", "3.2.0"],
        first_tag: 1,
        cpu_millicores: 200,
        memory_mebibytes: 384,
        memory_limit_mebibytes: 512,
        cpu_used_cores: 0.3,
        memory_used_mebibytes: 268.0,
        requests_per_second: 31.0,
        latency_seconds: 0.031,
        config: &[("MODEL_BATCH_SIZE", "32"), ("LOG_LEVEL", "INFO")],
        ..PLAIN
    },
    Application {
        name: "search",
        replicas: 2,
        repository: "registry.example.com/shop/search",
        tags: &["6.2.0", "6.2.1", "6.3.0"],
        first_tag: 2,
        cpu_millicores: 150,
        cpu_used_cores: 0.18,
        memory_used_mebibytes: 132.0,
        requests_per_second: 18.6,
        latency_seconds: 0.042,
        calls: &[call("data", "search-index", "SEARCH_INDEX_URL", "http://HOST:9200", 1.0, 1.0)],
        config: &[("QUERY_TIMEOUT", "1500ms"), ("LOG_LEVEL", "info")],
        ..PLAIN
    },
    Application {
        name: "payments",
        voice: "java",
        replicas: 3,
        repository: "registry.example.com/shop/payments",
        tags: &["2.6.9", "2.7.3", "2.8.0"],
        first_tag: 1,
        cpu_millicores: 200,
        memory_mebibytes: 512,
        memory_limit_mebibytes: 768,
        cpu_used_cores: 0.16,
        memory_used_mebibytes: 402.0,
        requests_per_second: 6.2,
        latency_seconds: 0.064,
        config: &[
            ("PROVIDER_TIMEOUT", "4s"),
            ("PROVIDER_URL", "https://api.pay-provider.example.com"),
            ("LOG_LEVEL", "INFO"),
        ],
        secrets: &[("payments-provider", "api-key", "PROVIDER_API_KEY")],
        ..PLAIN
    },
    Application {
        name: "shipping",
        voice: "python",
        replicas: 2,
        repository: "registry.example.com/shop/shipping",
        tags: &["0.14.0", "0.15.1", "0.15.2"],
        first_tag: 1,
        cpu_used_cores: 0.07,
        memory_used_mebibytes: 88.0,
        requests_per_second: 6.2,
        latency_seconds: 0.028,
        calls: &[call("data", "orders-db", "ORDERS_DB_URL", ORDERS, 1.0, 0.8)],
        config: &[("CARRIER_TIMEOUT", "3s"), ("LOG_LEVEL", "INFO")],
        secrets: &[("shipping-database", "password", "ORDERS_DB_PASSWORD")],
        ..PLAIN
    },
    Application {
        namespace: "data",
        name: "orders-db",
        kind: "StatefulSet",
        protocol: "postgres",
        voice: "postgres",
        replicas: 1,
        repository: "registry.example.com/library/postgres",
        tags: &["16.3", "16.4"],
        first_tag: 1,
        port: 5432,
        readiness: "",
        cpu_millicores: 500,
        memory_mebibytes: 1024,
        memory_limit_mebibytes: 2048,
        cpu_used_cores: 0.55,
        memory_used_mebibytes: 1180.0,
        requests_per_second: 92.6,
        latency_seconds: 0.004,
        config: &[("POSTGRES_MAX_CONNECTIONS_LIMIT", "200"), ("LOG_MIN_DURATION_TIMEOUT", "1s")],
        secrets: &[("orders-db-credentials", "password", "POSTGRES_PASSWORD")],
        volume_gibibytes: 100,
        volume_used: 0.58,
        ..PLAIN
    },
    Application {
        namespace: "data",
        name: "cart-redis",
        kind: "StatefulSet",
        protocol: "redis",
        voice: "redis",
        replicas: 1,
        repository: "registry.example.com/library/redis",
        tags: &["7.2.4", "7.2.5"],
        first_tag: 1,
        port: 6379,
        readiness: "",
        memory_mebibytes: 512,
        memory_limit_mebibytes: 768,
        cpu_used_cores: 0.05,
        memory_used_mebibytes: 214.0,
        requests_per_second: 46.5,
        latency_seconds: 0.0006,
        secrets: &[("cart-redis-auth", "password", "REDIS_PASSWORD")],
        volume_gibibytes: 10,
        volume_used: 0.12,
        ..PLAIN
    },
    Application {
        namespace: "data",
        name: "search-index",
        kind: "StatefulSet",
        protocol: "search",
        voice: "search",
        replicas: 1,
        repository: "registry.example.com/library/search-index",
        tags: &["2.14.0", "2.15.0"],
        first_tag: 1,
        port: 9200,
        readiness: "/_health",
        cpu_millicores: 400,
        memory_mebibytes: 2048,
        memory_limit_mebibytes: 3072,
        cpu_used_cores: 0.4,
        memory_used_mebibytes: 1930.0,
        requests_per_second: 18.6,
        latency_seconds: 0.021,
        volume_gibibytes: 50,
        volume_used: 0.71,
        ..PLAIN
    },
];

/// Images that run here beside the applications.
pub static OTHER_IMAGES: &[&str] = &[
    "registry.example.com/edge/node-agent:0.9.4",
    "registry.example.com/shop/nightly-report:1.4.0",
    "registry.example.com/shop/price-import:1.1.2",
    "registry.example.com/edge/cert-manager-controller:v1.15.1",
    "registry.k8s.io/coredns/coredns:v1.11.3",
    "registry.k8s.io/kube-proxy:v1.32.4",
    "registry.k8s.io/metrics-server/metrics-server:v0.7.2",
];

/// The application behind a workload.
pub fn application(namespace: &str, name: &str) -> Option<&'static Application> {
    APPLICATIONS.iter().find(|application| application.namespace == namespace && application.name == name)
}
