//! Keys of the webhooks that are called: actions, and telling people. `docs/webhooks.md` has them in context.

use crate::settings::definition::{Definition, key};
use crate::settings::kind::Kind;
use tools_webhooks::Method;

/// The keys.
pub const KEYS: &[Definition] = &[
    key(
        "webhooks.NAME.purpose",
        Kind::OneOf(&["action", "notification"]),
        "Whether it changes something, or tells people what is not done without them (`scarlet.escalate_to`).",
    )
    .or("action"),
    key("webhooks.NAME.url", Kind::Secret, "Its address. Only its host is ever told, since many hosts put secrets into the path.")
        .required(),
    key("webhooks.NAME.method", Kind::OneOf(Method::WORDS), "The method of the request.").or("POST"),
    key("webhooks.NAME.bearer", Kind::Secret, "The bearer token."),
    key("webhooks.NAME.user", Kind::Text, "The user of basic authentication."),
    key("webhooks.NAME.password", Kind::Secret, "The password of basic authentication."),
    key("webhooks.NAME.headers", Kind::SecretMap, "Further headers of each request.").or("{}"),
    key("webhooks.NAME.ca_file", Kind::File, "PEM file with the authorities to trust, beside the built-in ones."),
    key("webhooks.NAME.client_cert_file", Kind::File, "PEM file with the client's certificate."),
    key("webhooks.NAME.client_key_file", Kind::File, "PEM file with the client's key."),
    key(
        "webhooks.NAME.body",
        Kind::Text,
        "The body: JSON in which a text `{{PARAMETER}}` stands for the value of a parameter. An empty object where it is not given.",
    ),
    key(
        "webhooks.NAME.expected_status",
        Kind::TextList,
        "The statuses that mean that it was done: `202`, `200-204`, `2xx`. None named means every success.",
    )
    .or("[]"),
    key("webhooks.NAME.timeout_seconds", Kind::Seconds { min: 1, max: 30 }, "How long it may take.").or("10"),
    key(
        "webhooks.NAME.probe_url",
        Kind::Secret,
        "Of a notification: an address that answers a GET with a success while people can be told there.",
    ),
    key(
        "webhooks.NAME.class",
        Kind::OneOf(&["W2", "W3"]),
        "Of an action: W2 for what another webhook takes back (`undo`), W3 for what is hard to undo and takes two people.",
    )
    .or("W3"),
    key("webhooks.NAME.undo", Kind::Text, "Of an action: the webhook that takes it back."),
    key(
        "webhooks.NAME.rehearse",
        Kind::OneOf(&["none", "parameter", "url"]),
        "Of an action, how it is rehearsed: not at all, by the same request with a parameter from `dry_run`, or at `rehearse_url`.",
    )
    .or("none"),
    key("webhooks.NAME.rehearse_url", Kind::Secret, "Of an action: the address that takes the same body and changes nothing."),
    key(
        "webhooks.NAME.environments",
        Kind::NamesOf("environments"),
        "Of an action: the environments that it may be called in. None named means none.",
    )
    .or("[]"),
    key(
        "webhooks.NAME.symptoms",
        Kind::TextList,
        "Of an action: the rules of diagnosis whose trouble it is for, such as `slow-by-itself`. None named means that it only takes others back.",
    )
    .or("[]"),
    key(
        "webhooks.NAME.services",
        Kind::TextList,
        "Of an action: the only services (names of workloads) that it is for; none named means all.",
    )
    .or("[]"),
    key(
        "webhooks.NAME.success",
        Kind::Text,
        "Of an action: a PromQL expression that must give no result afterwards, or at most `success_at_most`, beside what the trouble was seen by.",
    ),
    key("webhooks.NAME.success_at_most", Kind::Text, "Of an action: the bound of `success`, a number such as `0.05`."),
    key(
        "webhooks.NAME.parameters.NAME.type",
        Kind::OneOf(&["text", "whole", "flag"]),
        "The type of its value in the body.",
    )
    .or("text"),
    key(
        "webhooks.NAME.parameters.NAME.from",
        Kind::Text,
        "What its value says. Of an action: `kind`, `namespace`, `name` of the object, `cluster`, `environment`, `reason`, `plan`, `grant`, `dry_run`; of a notification: `text`, `title`, `key`, `about`, `state`, `environment`.",
    ),
    key("webhooks.NAME.parameters.NAME.value", Kind::Text, "A constant in the place of `from`, such as `40`."),
    key(
        "webhooks.NAME.parameters.NAME.min",
        Kind::Whole { min: 0, max: 1_000_000_000 },
        "The least value of a whole number, the fewest characters of a text. 0 where it is not given.",
    ),
    key(
        "webhooks.NAME.parameters.NAME.max",
        Kind::Whole { min: 0, max: 1_000_000_000 },
        "The most. 4000 characters, and 1000000000, where it is not given.",
    ),
    key("webhooks.NAME.parameters.NAME.choices", Kind::TextList, "The only texts; none named means every text.").or("[]"),
];
