//! Sealed mode: how large the batches are in which leaves get their place in the log, and how
//! often one is made.

use std::num::{NonZeroU16, NonZeroU32};

use serde::{Deserialize, Serialize};

/// The shape of every batch. What really happened fills it up to these numbers, pads fill the rest,
/// and what is more waits for the next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Padding {
    /// A batch is due at each multiple of so many seconds since 1970.
    pub every_seconds: NonZeroU32,
    /// Leaves of each kind in a batch.
    pub submissions: NonZeroU16,
    pub requests: NonZeroU16,
    pub decisions: NonZeroU16,
    pub reclassifications: NonZeroU16,
}

impl Padding {
    /// Every submission comes to a request and every request to a decision, so that a later kind
    /// with fewer places would wait for ever.
    pub fn has_room(&self) -> bool {
        self.submissions <= self.requests && self.requests <= self.decisions
    }

    /// The moment at or before `now` at which a batch is due, in seconds since 1970.
    pub fn due(&self, now_seconds: i64) -> i64 {
        now_seconds - now_seconds.rem_euclid(self.every_seconds.get().into())
    }

    /// The moment after `now` at which the next one is.
    pub fn next_due(&self, now_seconds: i64) -> i64 {
        self.due(now_seconds) + i64::from(self.every_seconds.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_due_at_multiples() {
        let one = NonZeroU16::MIN;
        let padding = Padding {
            every_seconds: NonZeroU32::new(60).expect("60 is not 0"),
            submissions: one,
            requests: one,
            decisions: one,
            reclassifications: one,
        };
        for (now, due) in [(0, 0), (59, 0), (60, 60), (61, 60), (-1, -60)] {
            assert_eq!((padding.due(now), padding.next_due(now)), (due, due + 60), "{now}");
        }
        assert!(padding.has_room());
        let two = NonZeroU16::new(2).expect("2 is not 0");
        assert!(!Padding { submissions: two, ..padding }.has_room());
        assert!(!Padding { requests: two, ..padding }.has_room());
    }
}
