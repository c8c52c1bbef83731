//! Durations of repeated runs, and their percentiles.
//!
//! Guarantee: the runs that warm up are made and not counted.

use std::time::Duration;

/// How often something is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runs {
    /// Runs before the counted ones.
    pub warm_up: usize,
    /// Counted runs.
    pub counted: usize,
}

impl Runs {
    /// Makes the runs one after the other; each tells how long it took.
    ///
    /// # Errors
    /// The first run's that fails.
    pub fn make<E>(self, mut run: impl FnMut() -> Result<Duration, E>) -> Result<Samples, E> {
        for _ in 0..self.warm_up {
            run()?;
        }
        (0..self.counted).map(|_| run()).collect::<Result<Vec<Duration>, E>>().map(Samples::of)
    }

    /// The same for runs that wait.
    ///
    /// # Errors
    /// The first run's that fails.
    pub async fn make_waiting<E>(self, mut run: impl AsyncFnMut() -> Result<Duration, E>) -> Result<Samples, E> {
        for _ in 0..self.warm_up {
            run().await?;
        }
        let mut took = Vec::with_capacity(self.counted);
        for _ in 0..self.counted {
            took.push(run().await?);
        }
        Ok(Samples::of(took))
    }
}

/// Durations in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// Of durations in any order.
    pub fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self(durations)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest sample that at least `percent` of all do not exceed (nearest rank); zero without samples.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).or(self.0.last()).copied().unwrap_or_default()
    }

    /// The middle.
    pub fn p50(&self) -> Duration {
        self.percentile(50)
    }

    /// What 99 of 100 runs keep below.
    pub fn p99(&self) -> Duration {
        self.percentile(99)
    }

    /// `p50 1.20 ms, p99 3.40 ms (500 runs)`.
    pub fn told(&self) -> String {
        format!("p50 {}, p99 {} ({} runs)", told(self.p50()), told(self.p99()), self.count())
    }
}

/// A duration with three digits that count.
pub fn told(duration: Duration) -> String {
    let microseconds = duration.as_secs_f64() * 1e6;
    match microseconds {
        small if small < 1_000.0 => format!("{small:.0} us"),
        middle if middle < 100_000.0 => format!("{:.2} ms", middle / 1e3),
        large => format!("{:.0} ms", large / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(values: impl IntoIterator<Item = u64>) -> Samples {
        Samples::of(values.into_iter().map(Duration::from_millis).collect())
    }

    #[test]
    fn percentiles_are_samples_of_the_nearest_rank() {
        let hundred = milliseconds((1..=100).rev());
        assert_eq!((hundred.p50(), hundred.p99()), (Duration::from_millis(50), Duration::from_millis(99)));
        assert_eq!(hundred.percentile(100), Duration::from_millis(100));
        let three = milliseconds([30, 10, 20]);
        assert_eq!((three.p50(), three.p99()), (Duration::from_millis(20), Duration::from_millis(30)));
        assert_eq!(milliseconds([]).p99(), Duration::ZERO);
    }

    #[test]
    fn warming_up_is_not_counted() {
        let mut made = 0;
        let samples = Runs { warm_up: 2, counted: 3 }.make(|| {
            made += 1;
            Ok::<_, ()>(Duration::from_millis(made))
        });
        assert_eq!(samples, Ok(milliseconds([3, 4, 5])));
    }

    #[test]
    fn durations_read_in_the_unit_that_fits() {
        let cases = [(12, "12 us"), (1_500, "1.50 ms"), (99_990, "99.99 ms"), (250_000, "250 ms")];
        for (microseconds, expected) in cases {
            assert_eq!(told(Duration::from_micros(microseconds)), expected);
        }
    }
}
