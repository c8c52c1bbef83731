//! What comes from outside: troubles of the cluster, alerts about them that are lost, doubled and late, outages of the store,
//! clocks that jump, processes that are killed, and others who change objects meanwhile.

use crate::dice::Dice;
use crate::house::{ENVIRONMENT, House, SERVICES};
use crate::mischief::Mischief;
use crate::replica::Replica;
use crate::weather::StoreWeather;
use crate::world::{NAMESPACE, Trouble};
use chrono::{DateTime, TimeDelta, Utc};
use domain::incident::Severity;
use domain::object::ObjectRef;
use domain::signal::{Signal, Source, SourceKind, Status, fingerprint};
use ports::clock::Clock as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// An alert that lasts is sent again after this time.
const AGAIN: TimeDelta = TimeDelta::seconds(240);

/// The other end of the alerts: what was sent of each service, and when.
struct Alert {
    since: DateTime<Utc>,
    is_firing: bool,
    sent: Option<DateTime<Utc>>,
}

/// Sends alerts as long as the run lasts.
pub async fn alerts(house: Arc<House>, replicas: Vec<Arc<Replica>>) {
    let dice = house.dice.fork("alerts");
    let severities =
        [Severity::Low, Severity::Low, Severity::Medium, Severity::Medium, Severity::High, Severity::Critical];
    let severity: BTreeMap<&str, Severity> =
        SERVICES.iter().map(|name| (*name, dice.pick(&severities).copied().unwrap_or(Severity::Medium))).collect();
    let mut known: BTreeMap<&str, Alert> = BTreeMap::new();
    loop {
        tokio::time::sleep(Duration::from_millis(dice.between(15_000, 40_000))).await;
        let (world, now) = (house.cluster.now(), house.cluster.time());
        for name in SERVICES {
            let is_ailing = world.is_ailing(name);
            let alert = known.entry(name).or_insert(Alert { since: now, is_firing: false, sent: Some(now) });
            if alert.is_firing != is_ailing {
                if is_ailing {
                    alert.since = now;
                }
                (alert.is_firing, alert.sent) = (is_ailing, None);
            }
            let is_due = match alert.sent {
                None => true,
                Some(sent) => alert.is_firing && now - sent >= AGAIN,
            };
            if !is_due {
                continue;
            }
            let level = severity.get(name).copied().unwrap_or(Severity::Medium);
            if send(&house, &replicas, &dice, signal(name, alert, level, now)).await {
                alert.sent = Some(now);
            }
        }
    }
}

fn signal(name: &str, alert: &Alert, severity: Severity, now: DateTime<Utc>) -> Signal {
    let labels =
        BTreeMap::from([("namespace".to_owned(), NAMESPACE.to_owned()), ("deployment".to_owned(), name.to_owned())]);
    let about = labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fingerprint = fingerprint(ENVIRONMENT, "DeploymentReplicasMismatch", about);
    let status = if alert.is_firing { Status::Firing } else { Status::Resolved };
    Signal {
        id: format!("{fingerprint} {} {status:?}", alert.since.timestamp()),
        fingerprint,
        source: Source { kind: SourceKind::Alertmanager, name: "main".to_owned() },
        environment: ENVIRONMENT.to_owned(),
        name: "DeploymentReplicasMismatch".to_owned(),
        status,
        severity,
        object: Some(ObjectRef::namespaced("Deployment", NAMESPACE, name)),
        service: Some(name.to_owned()),
        labels,
        text: String::new(),
        value: None,
        query: None,
        started_at: alert.since,
        seen_at: now,
    }
}

/// Sends one alert. False where its source must send it again.
async fn send(house: &Arc<House>, replicas: &[Arc<Replica>], dice: &Dice, signal: Signal) -> bool {
    let rates = replicas.first().map(|replica| replica.weather.rates()).unwrap_or(crate::weather::Rates::NONE);
    let told = format!("{:?} {}", signal.status, signal.service.as_deref().unwrap_or_default());
    if dice.chance(rates.signal_lost) {
        house.chronicle.injected("signal lost", "alerts", &told);
        // Its source believes that it was sent, and sends it again only as one that lasts.
        return signal.status == Status::Firing;
    }
    if dice.chance(rates.signal_late) {
        house.chronicle.injected("signal late", "alerts", &told);
        let (replicas, late) = (replicas.to_vec(), Duration::from_secs(dice.between(20, 100)));
        let first = dice.below(2);
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            deliver(&replicas, first, signal).await;
        });
        return true;
    }
    if dice.chance(rates.signal_doubled) {
        house.chronicle.injected("signal doubled", "alerts", &told);
        let (one, other) = (deliver(replicas, 0, signal.clone()), deliver(replicas, 1, signal));
        let (one, other) = futures::future::join(one, other).await;
        return one || other;
    }
    house.chronicle.happened("signals", "alerts", &told);
    deliver(replicas, dice.below(2), signal).await
}

async fn deliver(replicas: &[Arc<Replica>], first: u64, signal: Signal) -> bool {
    let first = usize::try_from(first).unwrap_or(0);
    for replica in replicas.iter().cycle().skip(first).take(replicas.len()) {
        if let Some(process) = replica.process()
            && process.deliver(vec![signal.clone()]).await
        {
            return true;
        }
    }
    false
}

/// One trouble; those that Scarlet can heal by herself more often, so that there is something to go wrong.
fn drawn(dice: &Dice) -> Trouble {
    const HEALED: [Trouble; 4] = [Trouble::Leak, Trouble::StuckPod, Trouble::Poisoned, Trouble::ImagePull];
    let of: &[Trouble] = if dice.chance(600) { &HEALED } else { &Trouble::ALL };
    dice.pick(of).copied().unwrap_or(Trouble::Leak)
}

/// Lets befall the cluster what a seed has in store.
pub async fn troubles(house: Arc<House>, most: u64) {
    let dice = house.dice.fork("troubles");
    let count = dice.between(1, most);
    for _ in 0..count {
        tokio::time::sleep(Duration::from_secs(dice.between(5, 150))).await;
        let trouble = match house.mischief {
            // What Scarlet heals by herself, so that there is something to break a rule with.
            Mischief::None => drawn(&dice),
            Mischief::Permissive => Trouble::ImagePull,
            _ => Trouble::Leak,
        };
        let name = dice.pick(&SERVICES).copied().unwrap_or("cart");
        let ends_in = TimeDelta::seconds(i64::try_from(dice.between(60, 600)).unwrap_or(60));
        house.chronicle.injected(&format!("trouble: {}", trouble.name()), name, "it begins");
        house.cluster.befall(name, trouble, ends_in);
    }
}

/// Others change objects, right when somebody may want to act on them.
pub async fn touches(house: Arc<House>) {
    let dice = house.dice.fork("touches");
    loop {
        tokio::time::sleep(Duration::from_secs(dice.between(3, 30))).await;
        if dice.chance(house.rates.touched * 4) {
            let name = dice.pick(&SERVICES).copied().unwrap_or("cart");
            house.chronicle.injected("object changed by others", name, "it has another version");
            house.cluster.touch(name);
        }
    }
}

/// Outages of the store, jumps of the clock and kills, of one replica.
pub async fn misfortunes(house: Arc<House>, replica: Arc<Replica>, name: &'static str) {
    let dice = house.dice.fork(&format!("misfortunes of {name}"));
    let (outages, jumps, kills) = (dice.chance(350), dice.chance(200), dice.chance(350));
    loop {
        tokio::time::sleep(Duration::from_secs(dice.between(20, 300))).await;
        match dice.below(3) {
            0 if outages => outage(&house, &replica, name, &dice).await,
            1 if jumps => jump(&house, &replica, name, &dice).await,
            2 if kills => {
                if let Some(process) = replica.process() {
                    process.life.die("kill", "is killed");
                }
            }
            _ => {}
        }
    }
}

async fn outage(house: &House, replica: &Replica, name: &str, dice: &Dice) {
    let weather = if dice.chance(600) { StoreWeather::Away } else { StoreWeather::Hangs };
    let lasts = Duration::from_secs(dice.between(2, 120));
    let sort = if weather == StoreWeather::Away { "store outage: away" } else { "store outage: hangs" };
    house.chronicle.injected(sort, name, format_args!("for {} s", lasts.as_secs()));
    replica.weather.set_store(weather);
    tokio::time::sleep(lasts).await;
    replica.weather.set_store(StoreWeather::Fine);
    house.chronicle.tell(name, "the store is back");
}

async fn jump(house: &House, replica: &Replica, name: &str, dice: &Dice) {
    let seconds = i64::try_from(dice.between(1, 5_400)).unwrap_or(0);
    let seconds = if dice.chance(500) { seconds } else { -seconds };
    let lasts = Duration::from_secs(dice.between(5, 400));
    let sort = if seconds > 0 { "clock jump forward" } else { "clock jump back" };
    house.chronicle.injected(sort, name, format_args!("{seconds} s for {} s", lasts.as_secs()));
    replica.clock.jump(seconds);
    tokio::time::sleep(lasts).await;
    replica.clock.jump(0);
    house.chronicle.tell(name, format_args!("the clock is right again: {}", replica.clock.now()));
}
