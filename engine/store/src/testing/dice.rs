//! Repeatable chance.

/// A small generator of repeatable numbers: the same seed, the same numbers.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    /// A number from 0 to `sides - 1`; 0 when there are no sides.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33).checked_rem(sides).unwrap_or_default()
    }

    /// True in one of `sides` throws.
    pub fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}
