//! How often somebody may try from one network address, whatever they try.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp};

use crate::MustWait;

/// So many tries at once from one address: an office that comes to work behind one.
const AT_ONCE_MAX: u32 = 60;
/// One more is free after so long.
const ONE_MORE_AFTER: SignedDuration = SignedDuration::from_secs(2);
/// So many addresses are known at a time, some 80 bytes each. All others share one place.
const ADDRESSES_MAX: usize = 4_096;

/// The tries of late, by network address, in memory. What is here is gone when the program ends.
///
/// A try counts when it begins and is given back when it goes well, so that who signs in as they
/// should takes nothing from others behind the same address.
#[derive(Debug, Default)]
pub struct Crowd {
    /// When all tries of an address will be free again.
    known: HashMap<Place, Timestamp>,
}

/// What counts as one address. Whoever has an IPv6 address has 2^64 of them (RFC 4291, section
/// 2.5.4; RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    V4([u8; 4]),
    V6Network([u8; 8]),
    /// All for which there is no room.
    Others,
}

impl Place {
    fn of(address: IpAddr) -> Self {
        let network = |address: Ipv6Addr| *address.octets().first_chunk().expect("16 bytes hold 8");
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => Self::V6Network(network(address)),
        }
    }
}

impl Crowd {
    /// Lets a try through, or says when the next one is.
    pub fn admit(&mut self, from: IpAddr, now: Timestamp) -> Result<(), MustWait> {
        let place = self.place_for(from, now);
        // A token bucket: each try moves the moment at which it is full.
        let full_at = self.known.get(&place).copied().unwrap_or(now).max(now);
        let all = ONE_MORE_AFTER * i32::try_from(AT_ONCE_MAX).expect("it is small");
        let after = full_at.saturating_add(ONE_MORE_AFTER).unwrap_or(Timestamp::MAX);
        let until = after.saturating_sub(all).unwrap_or(Timestamp::MIN);
        if now < until {
            return Err(MustWait { until });
        }
        self.known.insert(place, after);
        Ok(())
    }

    /// A try went well.
    pub fn give_back(&mut self, from: IpAddr) {
        let place = match Place::of(from) {
            place if self.known.contains_key(&place) => place,
            Place::V4(_) | Place::V6Network(_) | Place::Others => Place::Others,
        };
        if let Some(full_at) = self.known.get_mut(&place) {
            *full_at = full_at.saturating_sub(ONE_MORE_AFTER).unwrap_or(Timestamp::MIN);
        }
    }

    fn place_for(&mut self, from: IpAddr, now: Timestamp) -> Place {
        let place = Place::of(from);
        if self.known.contains_key(&place) || self.known.len() < ADDRESSES_MAX {
            return place;
        }
        // Whose tries are all free again is as good as unknown.
        self.known.retain(|_, full_at| now < *full_at);
        if self.known.len() < ADDRESSES_MAX { place } else { Place::Others }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

    fn after(seconds: i64) -> Timestamp {
        NOW + SignedDuration::from_secs(seconds)
    }

    fn v4(n: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(n))
    }

    #[test]
    fn an_address_has_sixty_tries_and_then_one_in_two_seconds() {
        let mut crowd = Crowd::default();
        for _ in 0..60 {
            assert_eq!(crowd.admit(v4(1), NOW), Ok(()));
        }
        assert_eq!(crowd.admit(v4(1), NOW), Err(MustWait { until: after(2) }));
        assert_eq!(crowd.admit(v4(1), after(1)), Err(MustWait { until: after(2) }));
        assert_eq!(crowd.admit(v4(2), NOW), Ok(()), "another is not held up");
        assert_eq!(crowd.admit(v4(1), after(2)), Ok(()));
        assert_eq!(crowd.admit(v4(1), after(2)), Err(MustWait { until: after(4) }));
        // Two minutes later all are free again, and no more than all.
        for _ in 0..60 {
            assert_eq!(crowd.admit(v4(1), after(500)), Ok(()));
        }
        assert!(crowd.admit(v4(1), after(500)).is_err());
    }

    #[test]
    fn who_signs_in_takes_nothing_from_others_behind_the_same_address() {
        let mut crowd = Crowd::default();
        for _ in 0..1_000 {
            assert_eq!(crowd.admit(v4(1), NOW), Ok(()));
            crowd.give_back(v4(1));
        }
        for _ in 0..60 {
            assert_eq!(crowd.admit(v4(1), NOW), Ok(()));
        }
        assert!(crowd.admit(v4(1), NOW).is_err());
        // Nobody gives back what was not taken.
        crowd.give_back(v4(9));
        for _ in 0..60 {
            assert_eq!(crowd.admit(v4(9), NOW), Ok(()));
        }
        assert!(crowd.admit(v4(9), NOW).is_err());
    }

    #[test]
    fn one_network_of_ipv6_is_one_address_and_so_is_ipv4_in_it() {
        let mut crowd = Crowd::default();
        let of = |text: &str| -> IpAddr { text.parse().expect("an address") };
        for n in 0..60 {
            assert_eq!(crowd.admit(of(&format!("2001:db8:1:2::{n:x}")), NOW), Ok(()));
        }
        assert!(crowd.admit(of("2001:db8:1:2:ffff::1"), NOW).is_err());
        assert_eq!(crowd.admit(of("2001:db8:1:3::1"), NOW), Ok(()));
        for _ in 0..60 {
            assert_eq!(crowd.admit(of("::ffff:192.0.2.7"), NOW), Ok(()));
        }
        assert!(crowd.admit(of("192.0.2.7"), NOW).is_err());
    }

    #[test]
    fn however_many_addresses_try_the_memory_is_bounded_and_who_is_known_goes_on() {
        let mut crowd = Crowd::default();
        let many = u32::try_from(ADDRESSES_MAX).expect("it is small");
        for n in 0..many {
            assert_eq!(crowd.admit(v4(n), NOW), Ok(()));
        }
        // Those for whom there is no room share one place.
        for n in 0..60 {
            assert_eq!(crowd.admit(v4(many + n), NOW), Ok(()));
        }
        assert!(crowd.admit(v4(many + 60), NOW).is_err());
        assert_eq!(crowd.admit(v4(7), NOW), Ok(()));
        assert_eq!(crowd.known.len(), ADDRESSES_MAX + 1);
        // Once others are free again there is room.
        assert_eq!(crowd.admit(v4(many + 60), after(3)), Ok(()));
        assert!(crowd.known.len() < 100);
    }

    proptest! {
        /// In any span, from one address, not more than sixty and one in two seconds.
        #[test]
        fn no_order_of_tries_gets_more_through(
            gaps in proptest::collection::vec(0_i64..5_000, 1..400),
        ) {
            let (mut crowd, mut now, mut through) = (Crowd::default(), NOW, Vec::new());
            for gap in gaps {
                now += SignedDuration::from_millis(gap);
                match crowd.admit(v4(1), now) {
                    Ok(()) => through.push(now),
                    Err(MustWait { until }) => prop_assert!(now < until),
                }
            }
            for (i, first) in through.iter().enumerate() {
                for (j, last) in through.iter().enumerate().skip(i) {
                    let seconds = last.duration_since(*first).as_secs_f64();
                    prop_assert!((j - i) as f64 <= 60.0 + seconds / 2.0);
                }
            }
        }
    }
}
