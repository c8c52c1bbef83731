//! Redis dies and comes back again and again, and its line breaks in every way, while several processes publish and
//! handle: whatever was taken is handled by every group, once.

use crate::server::RedisServer;
use crate::worlds::{SOON, event, memory, settings, until};
use bus::Resilient;
use fakes::FaultProxy;
use fakes::fault_proxy::Direction;
use ports::bus::Bus;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PROCESSES: usize = 3;
const PUBLISHERS: usize = 2;
const GROUPS: [&str; 2] = ["first", "second"];
const TOPICS: [&str; 2] = ["t0", "t1"];

/// What consumers said they handled: by group and id, how often that was taken as said.
type Handled = Arc<Mutex<BTreeMap<(String, String), u32>>>;

/// SplitMix64, so that a failure can be run again.
struct Seed(u64);

impl Seed {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Everything that was taken, and whether publishers go on.
#[derive(Default)]
struct Published {
    taken: Mutex<Vec<String>>,
    refused: AtomicUsize,
    stop: AtomicBool,
}

async fn publish(bus: Arc<Resilient>, name: String, published: Arc<Published>) {
    let mut number = 0;
    while !published.stop.load(Ordering::SeqCst) {
        number += 1;
        let topic = TOPICS[number % TOPICS.len()];
        let id = format!("{topic}-{name}-{number}");
        match bus.publish(topic, event(&id)).await {
            Ok(()) => published.taken.lock().unwrap().push(id),
            Err(_) => drop(published.refused.fetch_add(1, Ordering::SeqCst)),
        }
        tokio::time::sleep(Duration::from_millis(8)).await;
    }
}

async fn consume(bus: Arc<Resilient>, topic: &'static str, group: &'static str, name: String, handled: Handled) {
    let mut consumer = bus.subscribe(topic, group, &name).await.unwrap();
    let mut count = 0;
    while let Ok(delivery) = consumer.next().await {
        count += 1;
        // Now and then one dies with an event in hand, and another takes its place.
        if count % 97 == 0 {
            consumer = bus.subscribe(topic, group, &format!("{name}-{count}")).await.unwrap();
            continue;
        }
        if consumer.acknowledge(&delivery).await.is_ok() {
            *handled.lock().unwrap().entry((group.to_owned(), delivery.event.id)).or_default() += 1;
        }
    }
}

struct Estate {
    server: RedisServer,
    proxies: Vec<FaultProxy>,
}

impl Estate {
    /// One fault, from its beginning to its end.
    async fn suffer(&mut self, seed: &mut Seed) -> &'static str {
        let at = usize::try_from(seed.below(PROCESSES as u64)).unwrap();
        let lasts = Duration::from_millis(100 + seed.below(1_200));
        let proxy = &self.proxies[at];
        let what = match seed.below(7) {
            0 | 1 => {
                self.server.kill();
                tokio::time::sleep(lasts).await;
                self.server.restart();
                "killed"
            }
            2 => {
                proxy.swallow();
                tokio::time::sleep(lasts).await;
                proxy.answer_again();
                "half open"
            }
            3 => {
                proxy.refuse().await;
                tokio::time::sleep(lasts).await;
                proxy.come_back().await;
                "refused"
            }
            4 => {
                for _ in 0..5 {
                    proxy.reset_all();
                    tokio::time::sleep(lasts / 10).await;
                }
                "reset"
            }
            5 => {
                proxy.reset_after(Direction::ToClient, seed.below(500));
                tokio::time::sleep(lasts / 4).await;
                proxy.reset_after(Direction::ToServer, seed.below(500));
                "cut"
            }
            _ => {
                proxy.delay_with_jitter(Duration::from_millis(1), Duration::from_millis(30), seed.below(1_000));
                tokio::time::sleep(lasts).await;
                proxy.delay(Duration::ZERO);
                "slow"
            }
        };
        tokio::time::sleep(Duration::from_millis(seed.below(800))).await;
        what
    }
}

async fn torture(seed: u64, faults: usize) {
    let (server, store) = (RedisServer::start(), memory());
    let mut estate = Estate { proxies: Vec::new(), server };
    let (published, handled): (Arc<Published>, Handled) = (Arc::default(), Arc::default());
    let (mut buses, mut publishing) = (Vec::new(), Vec::new());
    for process in 0..PROCESSES {
        let proxy = FaultProxy::start(estate.server.address()).await;
        // Long enough that no consumer is late for it, which would rightly give its event to another.
        let mut settings = settings(proxy.address(), Duration::from_secs(4));
        settings.prefix = "torture".to_owned();
        let bus = Resilient::start(settings, Some(Arc::clone(&store)), &format!("p{process}")).await.unwrap();
        estate.proxies.push(proxy);
        buses.push(Arc::new(bus));
    }
    for (process, bus) in buses.iter().enumerate() {
        for topic in TOPICS {
            for group in GROUPS {
                let name = format!("c{process}");
                tokio::spawn(consume(Arc::clone(bus), topic, group, name, Arc::clone(&handled)));
            }
        }
    }
    // Every group is there before the first event.
    for topic in TOPICS {
        for group in GROUPS {
            drop(buses[0].subscribe(topic, group, "first").await.unwrap());
        }
    }
    for (process, bus) in buses.iter().enumerate() {
        for number in 0..PUBLISHERS {
            let name = format!("{process}.{number}");
            publishing.push(tokio::spawn(publish(Arc::clone(bus), name, Arc::clone(&published))));
        }
    }
    let mut seed_state = Seed(seed);
    let mut suffered = BTreeMap::<&str, usize>::new();
    for _ in 0..faults {
        *suffered.entry(estate.suffer(&mut seed_state).await).or_default() += 1;
    }
    published.stop.store(true, Ordering::SeqCst);
    for one in publishing {
        one.await.unwrap();
    }
    for bus in &buses {
        until("every process is back on Redis", || bus.health().degraded.is_none()).await;
    }

    let taken = published.taken.lock().unwrap().clone();
    let missing = || {
        let handled = handled.lock().unwrap();
        let lacks = |group: &str| {
            let key = |id: &String| (group.to_owned(), id.clone());
            taken.iter().filter(|id| !handled.contains_key(&key(id))).cloned().collect::<Vec<_>>()
        };
        GROUPS.map(lacks).concat()
    };
    let settling = async {
        while !missing().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let settled = tokio::time::timeout(SOON * 2, settling).await;
    let (lost, refused) = (missing(), published.refused.load(Ordering::SeqCst));
    println!("seed {seed}: {} taken, {refused} refused, {suffered:?}", taken.len());
    assert!(settled.is_ok(), "seed {seed}: taken and not handled: {} of {}, {lost:?}", lost.len(), taken.len());
    let doubled: Vec<_> =
        handled.lock().unwrap().iter().filter(|(_, count)| **count > 1).map(|(id, _)| id.clone()).collect();
    assert!(doubled.is_empty(), "seed {seed}: handled twice: {doubled:?}");
    assert!(taken.len() > 100, "seed {seed}: only {} events were taken", taken.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_taken_is_lost_or_doubled() {
    torture(1, 8).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_taken_is_lost_or_doubled_with_another_seed() {
    torture(2, 8).await;
}
