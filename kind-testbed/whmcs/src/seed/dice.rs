//! Chance, the same for the same seed: every client has a stream of its own.

use rand::{Rng as _, RngCore as _, SeedableRng as _, rngs::SmallRng};

#[derive(Debug)]
pub struct Dice(SmallRng);

impl Dice {
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(SmallRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ stream))
    }

    /// 0 up to, not including, `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        self.0.random_range(0..end)
    }

    /// Both ends included.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        self.0.random_range(first..=last)
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.0.random_bool(share.clamp(0.0, 1.0))
    }

    pub fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    pub fn index(&mut self, length: usize) -> usize {
        self.0.random_range(0..length)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    /// By weight.
    pub fn among<T: Copy>(&mut self, from: &[(u32, T)]) -> T {
        let mut rest = self.below(from.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in from {
            if rest < *weight {
                return *item;
            }
            rest -= weight;
        }
        from[0].1
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// Letters and digits.
    pub fn word(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
        (0..length).map(|_| char::from(*self.pick(LETTERS))).collect()
    }
}
