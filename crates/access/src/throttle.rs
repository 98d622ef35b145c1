//! Who fails to prove who they are waits, longer each time.

use jiff::{SignedDuration, Timestamp};

/// So many may fail at once, as when fingers slip.
const FREE: u32 = 5;
/// How long to wait after the fifth failure in a row, and after each further one.
const WAITS_MINUTES: [i64; 5] = [1, 2, 4, 8, 15];

/// What failed in a row about one person or e-mail address since it last went well.
///
/// **A try counts as failed until it has gone well**, and is stored so before the password is looked
/// at: of many tries at the same moment no more are let through than one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// At least 1.
    pub in_a_row: u32,
    pub last_at: Timestamp,
}

/// Too many failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts failed: wait until {until:.0} and try again")]
pub struct MustWait {
    /// The next attempt is let through from this moment on.
    pub until: Timestamp,
}

impl Failures {
    /// After so long without an attempt the failures before are forgotten.
    pub const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

    /// The moment from which on somebody may try again; `None` where they needn't wait.
    pub fn open_from(self) -> Option<Timestamp> {
        let longer = usize::try_from(self.in_a_row.checked_sub(FREE)?).unwrap_or(usize::MAX);
        let wait = WAITS_MINUTES[longer.min(WAITS_MINUTES.len() - 1)];
        Some(self.last_at.checked_add(SignedDuration::from_mins(wait)).unwrap_or(Timestamp::MAX))
    }

    /// Lets somebody try, and counts that as one failure more.
    pub fn admit(before: Option<Self>, now: Timestamp) -> Result<Self, MustWait> {
        let before = before.filter(|before| !before.is_forgotten(now));
        match before.and_then(Self::open_from) {
            Some(until) if now < until => Err(MustWait { until }),
            Some(_) | None => {
                let in_a_row = before.map_or(0, |before| before.in_a_row).saturating_add(1);
                Ok(Self { in_a_row, last_at: now })
            }
        }
    }

    fn is_forgotten(self, now: Timestamp) -> bool {
        now.duration_since(self.last_at) >= Self::FORGOTTEN_AFTER
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

    fn failed(in_a_row: u32) -> Failures {
        Failures { in_a_row, last_at: NOW }
    }

    #[test]
    fn waiting_grows_up_to_a_quarter_of_an_hour() {
        for (in_a_row, minutes) in [
            (0, None),
            (4, None),
            (5, Some(1)),
            (6, Some(2)),
            (7, Some(4)),
            (8, Some(8)),
            (9, Some(15)),
            (10, Some(15)),
            (u32::MAX, Some(15)),
        ] {
            let expected = minutes.map(|minutes| NOW + SignedDuration::from_mins(minutes));
            assert_eq!(failed(in_a_row).open_from(), expected, "{in_a_row}");
        }
    }

    #[test]
    fn who_waited_may_try_once() {
        let until = NOW + SignedDuration::from_mins(1);
        let early = until - SignedDuration::from_nanos(1);
        let admit = |now| Failures::admit(Some(failed(5)), now);
        assert_eq!(admit(early), Err(MustWait { until }));
        let admitted = Failures { in_a_row: 6, last_at: until };
        assert_eq!(admit(until), Ok(admitted));
        assert!(Failures::admit(Some(admitted), until).is_err());
        let first = Failures { in_a_row: 1, last_at: NOW };
        assert_eq!(Failures::admit(None, NOW), Ok(first));
        let told = MustWait { until: Timestamp::constant(0, 5) }.to_string();
        assert_eq!(told, "too many attempts failed: wait until 1970-01-01T00:00:00Z and try again");
    }

    #[test]
    fn a_day_later_it_is_forgotten() {
        let tomorrow = NOW + Failures::FORGOTTEN_AFTER;
        let anew = Failures { in_a_row: 1, last_at: tomorrow };
        assert_eq!(Failures::admit(Some(failed(20)), tomorrow), Ok(anew));
    }

    proptest! {
        /// Whatever the pauses between them: of n attempts in a day at most 5 and then one a minute
        /// are let through.
        #[test]
        fn no_rhythm_gets_around_the_waiting(pauses in prop::collection::vec(0..1200_i64, 1..200)) {
            let (mut now, mut failures, mut admitted) = (NOW, None, 0);
            for pause in pauses {
                now += SignedDuration::from_secs(pause);
                if let Ok(next) = Failures::admit(failures, now) {
                    (failures, admitted) = (Some(next), admitted + 1);
                }
            }
            let minutes = now.duration_since(NOW).as_mins();
            prop_assert!(admitted <= 5 + minutes.max(0));
            // From the fifth wait on only one in fifteen minutes.
            prop_assert!(admitted <= 9 + 1 + minutes / 15);
        }
    }
}
