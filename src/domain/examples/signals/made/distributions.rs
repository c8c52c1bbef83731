//! What made signals are drawn from, besides even and normal numbers.

use super::noise::Noise;

impl Noise {
    /// Even between two bounds.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.even()
    }

    /// One of the numbers below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.even() * bound as f64) as usize
    }

    /// Exponential, mean 1.
    pub fn exponential(&mut self) -> f64 {
        -(1.0 - self.even()).ln()
    }

    /// Pareto from 1 upwards; the smaller the exponent, the heavier the tail.
    pub fn pareto(&mut self, exponent: f64) -> f64 {
        (1.0 - self.even()).powf(-1.0 / exponent)
    }

    /// A count whose mean is this: exact for small means, normal for large ones.
    pub fn count(&mut self, mean: f64) -> f64 {
        if mean > 50.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (mut product, mut count, least) = (self.even(), 0.0, (-mean).exp());
        while product > least {
            product *= self.even();
            count += 1.0;
        }
        count
    }
}
