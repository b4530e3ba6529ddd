//! Seeded randomness: the same seed gives the same practice, on every machine and in every version of a library.

/// A splitmix64 generator. Not for secrets. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

/// The mixing step of splitmix64.
const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Random {
    /// A generator that starts at a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from 0 up to, but not including, `end`; 0 when `end` is 0.
    pub const fn below(&mut self, end: u64) -> u64 {
        // The high half of the product is as good as unbiased for the small ranges used here.
        ((self.next() as u128 * end as u128) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub const fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.saturating_sub(low).unsigned_abs() + 1) as i64
    }

    /// True in so many of a hundred cases.
    pub const fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of the items; `None` only of an empty list.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// One of the items, each as often as its weight says.
    pub fn weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> u64) -> Option<&'a T> {
        let mut left = self.below(items.iter().map(&weight).sum());
        items.iter().find(|item| {
            let own = weight(item);
            let here = left < own;
            left = left.saturating_sub(own);
            here
        })
    }
}

/// A number that depends on the seed and the text only: choices made with it do not depend on the order of work.
pub(crate) fn hash(seed: u64, text: &str) -> u64 {
    mix(text.bytes().fold(seed, |hash, byte| mix(hash ^ u64::from(byte)).wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sequence_of_splitmix64() {
        let mut random = Random::new(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn ranges_are_kept_and_reached() {
        let mut random = Random::new(7);
        let mut seen = [false; 5];
        for _ in 0..200 {
            let number = random.between(-2, 2);
            assert!((-2..=2).contains(&number));
            seen[(number + 2) as usize] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), None);
    }

    #[test]
    fn weights_count() {
        let mut random = Random::new(7);
        let items = [("never", 0), ("often", 9), ("seldom", 1)];
        let often = (0..1000).filter(|_| random.weighted(&items, |i| i.1).unwrap().0 == "often").count();
        assert!((850..950).contains(&often), "{often}");
    }

    #[test]
    fn a_hash_depends_on_seed_and_text() {
        assert_ne!(hash(1, "A"), hash(2, "A"));
        assert_ne!(hash(1, "A"), hash(1, "B"));
        assert_eq!(hash(1, "A"), hash(1, "A"));
    }
}
