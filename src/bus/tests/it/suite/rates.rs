//! Counted requests.

use crate::worlds::World;
use std::time::Duration;

pub async fn requests_are_counted_within_their_window(world: World) {
    let hour = Duration::from_secs(3_600);
    for counted in 1..=5 {
        let bus = if counted % 2 == 0 { &world.bus } else { &world.other };
        assert_eq!(bus.count("person ä", hour).await.unwrap(), counted);
    }
    assert_eq!(world.bus.count("somebody else", hour).await.unwrap(), 1);
    let blink = Duration::from_millis(20);
    for _ in 0..3 {
        world.bus.count("short", blink).await.unwrap();
    }
    tokio::time::sleep(blink * 3).await;
    assert_eq!(world.bus.count("short", blink).await.unwrap(), 1);
}
