//! The estate seen from outside: its APIs in-process, through the kube client, and through clients that nobody here wrote.

#[cfg(test)]
mod api;
#[cfg(test)]
mod believed_by_clients;
#[cfg(test)]
mod kube_client;
#[cfg(test)]
mod loki;
#[cfg(test)]
mod promql_agrees;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod signals_before_alerts;
#[cfg(test)]
mod support;
#[cfg(test)]
mod telemetry_http;
#[cfg(test)]
mod telemetry_metrics;
#[cfg(test)]
mod telemetry_scenarios;
#[cfg(test)]
mod tempo;
