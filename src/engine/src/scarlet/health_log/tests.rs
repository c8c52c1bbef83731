//! Files that are torn, foreign, moved away, too large and too old.

use super::*;
use domain::sense::uptime::{Found, HEADER, Why};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of a test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("auto-devops-health-log-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn check(seconds: i64, found: Found) -> Check {
    let why = (found == Found::Down).then_some(Why::Timeout);
    Check { at: at(seconds), endpoint: "shop".to_owned(), found, status: None, milliseconds: 5, why }
}

fn up(seconds: i64) -> Check {
    check(seconds, Found::Up)
}

#[tokio::test]
async fn checks_are_lines_below_one_header_also_after_a_restart() {
    let folder = Folder::new();
    for seconds in [0, 30] {
        let log = HealthLog::new(&folder.0, "prod", Rotation::default()).unwrap();
        log.append(up(seconds)).await.unwrap();
    }
    assert_eq!(folder.text("prod.csv"), format!("{HEADER}{}{}", up(0).line(), up(30).line()));
}

#[tokio::test]
async fn a_line_that_a_crash_tore_is_cut_off_wherever_it_was_torn() {
    let (first, second) = (up(0).line(), up(30).line());
    let whole = format!("{HEADER}{first}{second}");
    for cut in 0..whole.len() {
        let folder = Folder::new();
        std::fs::write(folder.0.join("prod.csv"), &whole[..cut]).unwrap();
        let log = HealthLog::new(&folder.0, "prod", Rotation::default()).unwrap();
        log.append(up(60)).await.unwrap();
        let kept: String = [HEADER, &first, &second]
            .iter()
            .scan(0, |end, line| {
                *end += line.len();
                Some((*end <= cut).then_some(*line))
            })
            .flatten()
            .collect();
        let start = if kept.is_empty() { HEADER } else { &kept };
        assert_eq!(folder.text("prod.csv"), format!("{start}{}", up(60).line()), "cut at {cut}");
    }
}

#[tokio::test]
async fn a_file_of_other_columns_is_kept_aside() {
    let folder = Folder::new();
    let foreign = "when,what\nyesterday,fine\n";
    std::fs::write(folder.0.join("prod.csv"), foreign).unwrap();
    let log = HealthLog::new(&folder.0, "prod", Rotation::default()).unwrap();
    log.append(up(0)).await.unwrap();
    assert_eq!(folder.names(), ["prod.19700101T000000Z.csv", "prod.csv"]);
    assert_eq!(folder.text("prod.19700101T000000Z.csv"), foreign);
    assert_eq!(folder.text("prod.csv"), format!("{HEADER}{}", up(0).line()));
}

#[tokio::test]
async fn files_are_ended_by_size_and_by_age_and_only_so_many_are_kept() {
    let folder = Folder::new();
    std::fs::write(folder.0.join("prod.notes.csv"), "not ours").unwrap();
    std::fs::write(folder.0.join("prod.eu.csv"), "of the environment prod.eu").unwrap();
    let by_size = Rotation { bytes: 200, age: TimeDelta::days(1), files: 3 };
    let log = HealthLog::new(&folder.0, "prod", by_size).unwrap();
    for number in 0..40 {
        log.append(up(30 * number)).await.unwrap();
    }
    let names = folder.names();
    assert_eq!(names.len(), 6, "{names:?}");
    assert!(names.contains(&"prod.notes.csv".to_owned()) && names.contains(&"prod.eu.csv".to_owned()));
    let bytes: usize = names.iter().map(|name| folder.text(name).len()).sum();
    assert!(bytes < 1_500, "{bytes}");

    let folder = Folder::new();
    let by_age = Rotation { bytes: 1_000_000, age: TimeDelta::hours(1), files: 3 };
    let log = HealthLog::new(&folder.0, "prod", by_age).unwrap();
    for seconds in [0, 3_599, 3_600, 7_300] {
        log.append(up(seconds)).await.unwrap();
    }
    assert_eq!(folder.names(), ["prod.20270115T080000Z.csv", "prod.20270115T090000Z.csv", "prod.csv"]);
    assert_eq!(folder.text("prod.20270115T080000Z.csv"), format!("{HEADER}{}{}", up(0).line(), up(3_599).line()));
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_begun_anew() {
    let folder = Folder::new();
    let log = HealthLog::new(&folder.0, "prod", Rotation::default()).unwrap();
    log.append(up(0)).await.unwrap();
    std::fs::rename(folder.0.join("prod.csv"), folder.0.join("saved")).unwrap();
    log.append(up(30)).await.unwrap();
    assert_eq!(folder.text("prod.csv"), format!("{HEADER}{}", up(30).line()));
}

#[tokio::test]
async fn figures_are_of_all_files_and_pass_over_what_is_no_line() {
    let folder = Folder::new();
    let rotation = Rotation { bytes: 400, age: TimeDelta::days(1), files: 10 };
    let log = HealthLog::new(&folder.0, "prod", rotation).unwrap();
    for number in 0..20 {
        let found = if number < 5 { Found::Down } else { Found::Up };
        log.append(check(30 * number, found)).await.unwrap();
    }
    let torn = format!("{}{}\n{}", folder.text("prod.csv"), "x".repeat(100_000), up(600).line());
    std::fs::write(folder.0.join("prod.csv"), torn).unwrap();
    let every = BTreeMap::from([("shop".to_owned(), TimeDelta::seconds(30))]);
    let figures = log.figures(every, at(630)).await.unwrap();
    assert_eq!((figures["shop"].hour.up, figures["shop"].hour.made, figures["shop"].hour.not_made), (16, 21, 0));
    assert!(folder.names().len() > 2);
    let recent = log.last_hour("shop", at(3_650)).await.unwrap();
    assert!(recent.iter().all(|check| check.at > at(50)) && recent.last().unwrap().at == at(600));
    assert_eq!(log.figures(BTreeMap::new(), at(630)).await.unwrap(), BTreeMap::new(), "nothing is declared any more");
}

#[test]
fn a_name_that_would_leave_the_folder_is_refused() {
    for name in ["", "../etc", "a/b", ".hidden", "a b"] {
        assert!(HealthLog::new(&std::env::temp_dir(), name, Rotation::default()).is_err(), "{name}");
    }
}
