//! Everything in the world that looks random: uids, name suffixes, jitter. All of it follows from the seed and the order of calls.

const SUFFIX_ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Mixes bytes into a well spread number (FNV-1a, then a finaliser), the same on every machine.
pub fn hash(seed: u64, parts: &[&str]) -> u64 {
    let mut value = 0xcbf2_9ce4_8422_2325 ^ seed;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            value = (value ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    spread(value)
}

/// A number in `[0, 1)` from a hash.
pub fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

fn spread(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A short suffix of the letters that Kubernetes uses for generated names.
pub fn suffix(mut value: u64, length: usize) -> String {
    let base = SUFFIX_ALPHABET.len() as u64;
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        let letter = SUFFIX_ALPHABET.get((value % base) as usize).copied().unwrap_or(b'b');
        text.push(char::from(letter));
        value = spread(value / base);
    }
    text
}

/// A sequence that follows from its seed.
#[derive(Debug, Clone)]
pub struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    /// Starts the sequence.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.drawn += 1;
        spread(self.seed.wrapping_add(self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A uid in the shape of a UUID of version 4.
    pub fn uid(&mut self) -> String {
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }

    /// A suffix as in generated names.
    pub fn suffix(&mut self, length: usize) -> String {
        suffix(self.draw(), length)
    }

    /// Milliseconds between the two bounds.
    pub fn milliseconds(&mut self, least: i64, most: i64) -> i64 {
        let width = (most - least).max(1) as u64;
        least + (self.draw() % width) as i64
    }
}
