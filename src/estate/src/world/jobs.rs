//! Jobs and cron jobs, as far as a nightly batch needs them.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use super::World;
use super::object::{
    array, flag, integer, is_controlled_by, is_deleting, name, owner_reference, set, text, timestamp, uid,
};
use super::task::Task;
use super::writes::WriteOptions;

impl World {
    pub(crate) fn reconcile_job(&mut self, ns: &str, own: &str) {
        let Some(job) = self.store.get("jobs", ns, own) else { return };
        if array(&job, "/status/conditions")
            .iter()
            .any(|condition| matches!(text(condition, "/type"), "Complete" | "Failed"))
        {
            return;
        }
        let pods = self.pods_of(ns, uid(&job));
        let count = |phase: &str| pods.iter().filter(|pod| text(pod, "/status/phase") == phase).count() as i64;
        let (succeeded, failed) = (count("Succeeded"), count("Failed"));
        let active: Vec<_> = pods.iter().filter(|pod| !is_deleting(pod) && !super::pods::is_finished(pod)).collect();
        let suspended = flag(&job, "/spec/suspend");
        let wanted = integer(&job, "/spec/completions").unwrap_or(1);
        let limit = integer(&job, "/spec/backoffLimit").unwrap_or(6);
        let mut changed = Value::clone(&job);
        let now = timestamp(self.now);
        if succeeded >= wanted {
            let condition = json!({"type": "Complete", "status": "True", "reason": "CompletionsReached",
                "message": "Reached expected number of succeeded pods", "lastProbeTime": now, "lastTransitionTime": now});
            set(&mut changed, &["status", "conditions"], json!([condition]));
            set(&mut changed, &["status", "completionTime"], json!(now));
            self.normal(&job, "Completed", "Job completed", "job-controller");
        } else if failed > limit {
            let condition = json!({"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded",
                "message": "Job has reached the specified backoff limit", "lastProbeTime": now, "lastTransitionTime": now});
            set(&mut changed, &["status", "conditions"], json!([condition]));
            self.warn(&job, "BackoffLimitExceeded", "Job has reached the specified backoff limit", "job-controller");
        } else if suspended {
            for pod in &active {
                self.delete_pod(ns, name(pod), None);
            }
        } else if active.is_empty() {
            let pod_name = format!("{own}-{}", self.random.suffix(5));
            let pod =
                self.pod_from_template(&job, &pod_name, &[("job-name", own), ("batch.kubernetes.io/job-name", own)]);
            self.put("pods", pod);
            self.normal(&job, "SuccessfulCreate", &format!("Created pod: {pod_name}"), "job-controller");
        }
        if text(&changed, "/status/startTime").is_empty() && !suspended {
            set(&mut changed, &["status", "startTime"], json!(now));
        }
        let active = self.living_pods(ns, uid(&job)).len();
        let ready = self.pods_of(ns, uid(&job)).iter().filter(|pod| super::pods::is_ready(pod)).count();
        for (field, number) in [("active", active as i64), ("succeeded", succeeded), ("failed", failed)] {
            set(&mut changed, &["status", field], json!(number));
        }
        set(&mut changed, &["status", "ready"], json!(ready));
        self.put("jobs", changed);
    }

    pub(crate) fn reconcile_cronjob(&mut self, ns: &str, own: &str) {
        let Some(cron) = self.store.get("cronjobs", ns, own) else { return };
        let mut jobs = self.store.list("jobs", Some(ns));
        jobs.retain(|job| is_controlled_by(job, uid(&cron)));
        jobs.sort_by_key(|job| text(job, "/metadata/creationTimestamp").to_owned());
        let (running, mut done): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| text(job, "/status/completionTime").is_empty());
        let keep = integer(&cron, "/spec/successfulJobsHistoryLimit").unwrap_or(3).max(0) as usize;
        let surplus = done.len().saturating_sub(keep);
        for job in done.drain(..surplus) {
            self.forget("jobs", ns, name(&job), false);
        }
        let mut changed = Value::clone(&cron);
        let active: Vec<Value> = running
            .iter()
            .map(|job| json!({"apiVersion": "batch/v1", "kind": "Job", "namespace": ns, "name": name(job)}))
            .collect();
        set(&mut changed, &["status", "active"], Value::Array(active));
        if let Some(last) = done.last() {
            set(&mut changed, &["status", "lastSuccessfulTime"], json!(text(last, "/status/completionTime")));
        }
        self.put("cronjobs", changed);
        if text(&cron, "/status/lastScheduleTime").is_empty() && cron.pointer("/status").is_none() {
            self.plan_cron(&cron);
        }
    }

    fn plan_cron(&mut self, cron: &Value) {
        if let Some(next) = next_run(text(cron, "/spec/schedule"), self.now) {
            let task =
                Task::CronTick { namespace: text(cron, "/metadata/namespace").to_owned(), name: name(cron).to_owned() };
            self.queue.push(next, task);
        }
    }

    pub(crate) fn cron_tick(&mut self, ns: &str, own: &str) {
        let Some(cron) = self.store.get("cronjobs", ns, own) else { return };
        self.plan_cron(&cron);
        if flag(&cron, "/spec/suspend") {
            return;
        }
        let job_name = format!("{own}-{}", self.now.timestamp() / 60);
        let job = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": job_name, "namespace": ns, "ownerReferences": [owner_reference(&cron)],
                "labels": cron.pointer("/spec/jobTemplate/spec/template/metadata/labels").cloned().unwrap_or_default()},
            "spec": cron.pointer("/spec/jobTemplate/spec").cloned().unwrap_or_default(),
        });
        let created = self.create("jobs", job, &WriteOptions::by("kube-controller-manager"));
        if created.is_ok() {
            self.normal(&cron, "SuccessfulCreate", &format!("Created job {job_name}"), "cronjob-controller");
            let mut changed = Value::clone(&cron);
            set(&mut changed, &["status", "lastScheduleTime"], json!(timestamp(self.now)));
            self.put("cronjobs", changed);
        }
    }
}

/// The next time of a schedule of the forms `M H * * *`, `M * * * *` and `*/N * * * *`.
fn next_run(schedule: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut fields = schedule.split_whitespace();
    let (minute, hour) = (fields.next()?, fields.next()?);
    let fits = |field: &str, value: u32| match field.strip_prefix("*/") {
        Some(step) => step.parse::<u32>().is_ok_and(|step| step > 0 && value.is_multiple_of(step)),
        None => field == "*" || field.parse() == Ok(value),
    };
    let begin = now.with_second(0)?.with_nanosecond(0)?;
    (1..=1440)
        .map(|minutes| begin + TimeDelta::minutes(minutes))
        .find(|at| fits(minute, at.minute()) && fits(hour, at.hour()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_give_their_next_time() {
        let now: DateTime<Utc> = "2026-03-10T09:07:30Z".parse().unwrap();
        for (schedule, wanted) in [
            ("0 2 * * *", "2026-03-11T02:00:00Z"),
            ("*/5 * * * *", "2026-03-10T09:10:00Z"),
            ("8 9 * * *", "2026-03-10T09:08:00Z"),
        ] {
            assert_eq!(next_run(schedule, now).map(timestamp).as_deref(), Some(wanted), "{schedule}");
        }
        assert_eq!(next_run("nonsense", now), None);
    }
}
