//! How long a session lasts, and how long a fresh proof of the second factor holds.

use jiff::{SignedDuration, Timestamp};

/// After this long without a page the person signs in again.
const IDLE_MAX: SignedDuration = SignedDuration::from_mins(30);
/// After this long they do in any case: a working day.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);
/// So long the second factor counts as just proven.
const STEP_UP_LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// Pages that follow each other more closely write nothing.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// So long the link of an invitation can be used.
pub const INVITATION_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The times of a session. Both limits are of the kind that NIST SP 800-63B-4, section 5.2, asks
/// for; that a release or an invitation needs a fresh proof is candor's own rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub started_at: Timestamp,
    /// Within [`SEEN_EVERY`] of the last page.
    pub last_seen_at: Timestamp,
    /// When the second factor was last proven; signing in proves it too.
    pub stepped_up_at: Timestamp,
}

/// Whether a session still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    Live,
    /// Nobody was there for too long. The person signs in again.
    IdleExpired,
    /// It is over, however much it was used. The person signs in again.
    Expired,
}

/// Whether the person has to prove the second factor before something that goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUp {
    Needed,
    /// Proven; holds up to, and not including, this moment.
    HoldsUntil(Timestamp),
}

impl Session {
    /// One that begins now, with both factors proven.
    pub fn start(now: Timestamp) -> Self {
        Self { started_at: now, last_seen_at: now, stepped_up_at: now }
    }

    pub fn state(&self, now: Timestamp) -> SessionState {
        if now.duration_since(self.started_at) >= LIFETIME {
            SessionState::Expired
        } else if now.duration_since(self.last_seen_at) >= IDLE_MAX {
            SessionState::IdleExpired
        } else {
            SessionState::Live
        }
    }

    pub fn stepped_up(&self, now: Timestamp) -> StepUp {
        match self.stepped_up_at.checked_add(STEP_UP_LIFETIME) {
            Ok(until) if now < until => StepUp::HoldsUntil(until),
            Ok(_) | Err(_) => StepUp::Needed,
        }
    }

    /// Whether it is time to note that the person is there.
    pub fn is_to_be_seen(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_seen_at) >= SEEN_EVERY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::constant(1_790_000_000, 0);

    fn after(seconds: i64) -> Timestamp {
        START + SignedDuration::from_secs(seconds)
    }

    /// A session that was last seen and stepped up some seconds after its start.
    fn session(seen: i64, stepped_up: i64) -> Session {
        let (last_seen_at, stepped_up_at) = (after(seen), after(stepped_up));
        Session { last_seen_at, stepped_up_at, ..Session::start(START) }
    }

    #[test]
    fn a_session_ends_when_nobody_is_there_and_at_the_end_of_the_day() {
        const HOUR: i64 = 3600;
        for (seen, now, expected) in [
            (0, 0, SessionState::Live),
            (0, 30 * 60 - 1, SessionState::Live),
            (0, 30 * 60, SessionState::IdleExpired),
            (30 * 60 - 1, 30 * 60, SessionState::Live),
            (12 * HOUR - 1, 12 * HOUR - 1, SessionState::Live),
            (12 * HOUR - 1, 12 * HOUR, SessionState::Expired),
            (0, 12 * HOUR, SessionState::Expired),
            // A clock that was set back ends nothing.
            (60, -60, SessionState::Live),
        ] {
            assert_eq!(session(seen, 0).state(after(now)), expected, "{seen} {now}");
        }
    }

    #[test]
    fn a_fresh_proof_holds_for_five_minutes() {
        for (stepped_up, now, expected) in [
            (0, 0, StepUp::HoldsUntil(after(300))),
            (0, 299, StepUp::HoldsUntil(after(300))),
            (0, 300, StepUp::Needed),
            (4000, 4001, StepUp::HoldsUntil(after(4300))),
        ] {
            assert_eq!(session(0, stepped_up).stepped_up(after(now)), expected);
        }
    }

    #[test]
    fn being_there_is_noted_once_a_minute() {
        for (now, expected) in [(0, false), (59, false), (60, true), (3600, true), (-90, false)] {
            assert_eq!(session(0, 0).is_to_be_seen(after(now)), expected, "{now}");
        }
    }
}
