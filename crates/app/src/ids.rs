//! New ids, in order of time and of their making.

use jiff::Timestamp;
use uuid::Uuid;

use crate::Error;

/// Makes UUIDs of version 7 (RFC 9562, section 5.7). Those made by one of these are in order: a
/// counter stands behind the millisecond (section 6.2, method 1), so that a million new rows go to
/// the end of an index and not all over it.
pub(crate) struct Ids {
    millis: u64,
    /// 32 bits that count from a random start below 2³¹.
    counter: u32,
    random: [u8; 6],
}

impl Ids {
    pub(crate) fn new(now: Timestamp) -> Result<Self, Error> {
        let mut start = [0; 10];
        getrandom::fill(&mut start).map_err(store::Error::from)?;
        let [a, b, c, d, random @ ..] = start;
        Ok(Self {
            millis: now.as_millisecond().unsigned_abs(),
            counter: u32::from_be_bytes([a, b, c, d]) >> 1,
            random,
        })
    }

    pub(crate) fn make(&mut self) -> Uuid {
        self.counter += 1;
        let [a, b, c, d] = self.counter.to_be_bytes();
        let [e, f, g, h, i, j] = self.random;
        // `new_unix_timestamp_millis` overwrites the first 4 and then 2 bits with version and
        // variant, so the counter's bits are laid around them: 12, then 6, then 14.
        let n = u32::from_be_bytes([a, b, c, d]);
        let high = (n >> 20).to_be_bytes();
        let middle = (n >> 14 & 0x3f) as u8;
        let low = (n & 0x3fff).to_be_bytes();
        let bytes = [high[2], high[3], middle, low[2], low[3], e, f, g, h, i ^ j];
        uuid::Builder::from_unix_timestamp_millis(self.millis, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_version_7_and_in_order() {
        let now = Timestamp::constant(1_790_000_000, 0);
        let mut ids = Ids::new(now).expect("random numbers");
        let made: Vec<Uuid> = (0..50_000).map(|_| ids.make()).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        assert_eq!(made[0].get_version_num(), 7);
        assert_eq!(made[0].get_variant(), uuid::Variant::RFC4122);
    }
}
