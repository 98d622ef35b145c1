//! The registers of authorities: who verifies an officer, through what, and for which letter.

use std::collections::BTreeSet;

use domain::authority::{
    Arrival, AuthorityRefusal, Command, ContactKind, ContactSource, Doubt, MailCheck, Means,
    OfficerStanding, Register, VALID_DAYS_MAX, VerificationResult, WithdrawalReason, decide,
    evolve,
};
use domain::event::{AuthorityEvent, Event, Recorded, Stream};
use domain::id::{
    Actor, AuthorityId, ContactId, OfficerId, PersonId, Position, SubmissionId, VerificationId,
};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

const START: Date = date(2026, 3, 2);

fn id(n: u8) -> Uuid {
    Uuid::from_u128(u128::from(n))
}

fn person(n: u8) -> Actor {
    Actor::Person(PersonId(id(n)))
}

fn contact(n: u8) -> ContactId {
    ContactId(id(100 + n))
}

fn officer(n: u8) -> OfficerId {
    OfficerId(id(200 + n))
}

fn day(n: u8) -> Date {
    START.saturating_add(i64::from(n).days())
}

/// A register and what made it. Each event has a place of its own, and letters arrive between them.
#[derive(Default)]
struct World {
    register: Register,
    told: Vec<Recorded>,
    position: i64,
}

impl World {
    fn does(&mut self, who: u8, on: Date, command: &Command) -> Result<(), AuthorityRefusal> {
        for event in decide(&self.register, command, (person(who), on))? {
            self.position += 1;
            let recorded = Recorded {
                position: Position(self.position),
                at: Timestamp::UNIX_EPOCH,
                actor: person(who),
                stream: Stream::Authority(AuthorityId(id(1))),
                event: event.into(),
            };
            self.register = evolve(std::mem::take(&mut self.register), &recorded)
                .expect("decide makes what evolve takes");
            self.told.push(recorded);
        }
        Ok(())
    }

    /// A letter arrives now.
    fn letter(&mut self, n: u8, received_on: Date) -> Arrival {
        self.position += 1;
        Arrival { submission: SubmissionId(id(n)), position: Position(self.position), received_on }
    }

    fn registers(&mut self, who: u8, on: Date, n: u8, kind: ContactKind) {
        let source = ContactSource::PublicDirectory;
        let command = Command::RegisterContact { contact: contact(n), kind, source };
        self.does(who, on, &command).expect("registers");
    }

    fn records(
        &mut self,
        (who, on): (u8, Date),
        arrival: Arrival,
        means: &[Means],
        result: VerificationResult,
    ) -> Result<(), AuthorityRefusal> {
        let n = u8::try_from(self.told.len()).expect("few");
        let command = Command::RecordVerification {
            verification: VerificationId(id(n)),
            officer: officer(0),
            arrival,
            means: means.to_vec(),
            result,
        };
        self.does(who, on, &command)
    }

    fn standing(&self, arrival: Arrival) -> OfficerStanding {
        self.register.standing(officer(0), arrival)
    }
}

fn verified(on: Date) -> VerificationResult {
    VerificationResult::Verified { valid_until: on.saturating_add(180.days()) }
}

fn call(n: u8) -> Means {
    Means::CallBack { number: contact(n) }
}

fn mail(n: u8) -> Means {
    Means::MailAuthentication { domain: contact(n), passed: BTreeSet::from(MailCheck::ALL) }
}

#[test]
fn a_number_serves_for_letters_that_come_after_it_and_for_others_than_who_entered_it() {
    let mut world = World::default();
    let before = world.letter(1, day(0));
    world.registers(0, day(1), 0, ContactKind::Telephone);
    let entered_late = world.letter(2, day(0));
    let after = world.letter(3, day(1));
    for (who, arrival, expected) in [
        (1, before, Err(AuthorityRefusal::NumberRegisteredLater)),
        (1, entered_late, Err(AuthorityRefusal::NumberRegisteredLater)),
        (0, after, Err(AuthorityRefusal::CallerRegisteredNumber)),
        (1, after, Ok(())),
    ] {
        let done = world.records((who, day(2)), arrival, &[call(0)], verified(day(2)));
        assert_eq!(done, expected, "{who} {arrival:?}");
    }
    assert!(matches!(world.standing(after), OfficerStanding::Verified { .. }));
    // The same record says nothing for a letter that was there before the number.
    assert_eq!(world.standing(before), OfficerStanding::DoesNotServe);
    assert_eq!(world.register.standing(officer(1), after), OfficerStanding::NeverVerified);
}

#[test]
fn a_domain_alone_verifies_nobody() {
    let mut world = World::default();
    world.registers(0, day(0), 0, ContactKind::Telephone);
    world.registers(0, day(0), 1, ContactKind::MailDomain);
    let letter = world.letter(1, day(0));
    let by = (1, day(1));
    let done = world.records(by, letter, &[mail(1)], verified(day(1)));
    assert_eq!(done, Err(AuthorityRefusal::DomainAlone));
    assert_eq!(world.records(by, letter, &[mail(1), call(0)], verified(day(1))), Ok(()));
    for (means, refusal) in [
        (vec![], AuthorityRefusal::NoMeans),
        (vec![call(1)], AuthorityRefusal::NoNumber),
        (vec![mail(0)], AuthorityRefusal::NoDomain),
        (vec![call(9)], AuthorityRefusal::NoNumber),
        (vec![call(0), call(0)], AuthorityRefusal::MeansTwice),
        (
            vec![
                call(0),
                Means::MailAuthentication { domain: contact(1), passed: BTreeSet::new() },
            ],
            AuthorityRefusal::NoCheck,
        ),
    ] {
        assert_eq!(world.records(by, letter, &means, verified(day(1))), Err(refusal), "{means:?}");
    }
}

#[test]
fn a_verification_ends_within_a_year() {
    let mut world = World::default();
    let letter = world.letter(1, day(0));
    let until = |days: i64| VerificationResult::Verified {
        valid_until: day(0).saturating_add(days.days()),
    };
    for (days, expected) in [
        (-1, Err(AuthorityRefusal::ValidUntil)),
        (0, Ok(())),
        (VALID_DAYS_MAX, Ok(())),
        (VALID_DAYS_MAX + 1, Err(AuthorityRefusal::ValidUntil)),
    ] {
        let done = world.records((1, day(0)), letter, &[Means::InPerson {}], until(days));
        assert_eq!(done, expected, "{days}");
    }
}

#[test]
fn who_denied_a_letter_is_not_verified_for_it_by_another_one() {
    let mut world = World::default();
    world.registers(0, day(0), 0, ContactKind::Telephone);
    let genuine = world.letter(1, day(0));
    world.records((1, day(0)), genuine, &[call(0)], verified(day(0))).expect("verifies");
    let forged = world.letter(2, day(3));
    assert!(matches!(world.standing(forged), OfficerStanding::Verified { .. }));
    let reason = Doubt::DeniesHavingSent;
    let denied = VerificationResult::NotVerified { reason };
    world.records((1, day(3)), forged, &[call(0)], denied).expect("records");
    // Neither the forged letter nor the earlier one rests on the officer any more.
    for letter in [genuine, forged] {
        assert_eq!(world.standing(letter), OfficerStanding::NotVerified(reason));
    }
    let next = world.letter(3, day(5));
    let in_person = [Means::InPerson {}];
    world.records((1, day(5)), next, &in_person, verified(day(5))).expect("verifies");
    assert!(matches!(world.standing(next), OfficerStanding::Verified { .. }));
    assert_eq!(world.standing(forged), OfficerStanding::NotVerified(reason));
}

#[test]
fn what_turns_out_bad_takes_along_what_rested_on_it() {
    for (reason, serves) in [
        (WithdrawalReason::OutOfUse, true),
        (WithdrawalReason::KnownBad, false),
        (WithdrawalReason::EnteredByMistake, false),
    ] {
        let mut world = World::default();
        world.registers(0, day(0), 0, ContactKind::Telephone);
        let letter = world.letter(1, day(0));
        world.records((1, day(0)), letter, &[call(0)], verified(day(0))).expect("verifies");
        let withdraw = Command::WithdrawContact { contact: contact(0), reason };
        world.does(2, day(1), &withdraw).expect("withdraws");
        let stands = matches!(world.standing(letter), OfficerStanding::Verified { .. });
        assert_eq!(stands, serves, "{reason:?}");
        let again = world.records((1, day(1)), letter, &[call(0)], verified(day(1)));
        assert_eq!(again, Err(AuthorityRefusal::NoNumber), "nobody calls it any more");
        let twice = match reason {
            WithdrawalReason::KnownBad => AuthorityRefusal::KnownBadAlready,
            WithdrawalReason::OutOfUse | WithdrawalReason::EnteredByMistake => {
                AuthorityRefusal::WithdrawnAlready
            }
        };
        let out_of_use = WithdrawalReason::OutOfUse;
        let withdraw = Command::WithdrawContact { contact: contact(0), reason: out_of_use };
        assert_eq!(world.does(2, day(1), &withdraw), Err(twice));
    }
}

/// What is done with a register, who does it, and how many days pass before.
#[derive(Clone, Debug)]
enum Deed {
    Registers(u8, ContactKind),
    Reports(u8),
    Withdraws(u8, WithdrawalReason),
    /// A letter arrives, and was received so many days before.
    Letter(u8),
    Records {
        letter: usize,
        officer: u8,
        means: Vec<Means>,
        result: Option<Doubt>,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let means = prop_oneof![
        4 => (0..6_u8).prop_map(call),
        2 => (0..6_u8).prop_map(mail),
        1 => Just(Means::IdentityDocument {}),
        1 => Just(Means::InPerson {}),
    ];
    prop_oneof![
        3 => (0..6_u8, select(ContactKind::ALL.to_vec())).prop_map(|(n, kind)| Deed::Registers(n, kind)),
        1 => (0..6_u8).prop_map(Deed::Reports),
        1 => (0..6_u8, select(WithdrawalReason::ALL.to_vec()))
            .prop_map(|(n, reason)| Deed::Withdraws(n, reason)),
        2 => (0..3_u8).prop_map(Deed::Letter),
        6 => (0..4_usize, 0..2_u8, proptest::collection::vec(means, 0..3),
            proptest::option::weighted(0.2, select(Doubt::ALL.to_vec())))
            .prop_map(|(letter, officer, means, result)| Deed::Records {
                letter, officer, means, result,
            }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Told from the events alone: whoever is verified for a letter was called back through a number
    /// that was there before it, by somebody else than who entered it, or was seen.
    #[test]
    fn nobody_is_verified_by_their_letter_alone(
        deeds in proptest::collection::vec((deed(), 0..3_u8, 0..3_u8), 0..40),
    ) {
        let mut world = World::default();
        let mut today = START;
        let mut letters = Vec::new();
        let mut entered = BTreeSet::new();
        for (deed, who, days) in deeds {
            today = today.saturating_add(i64::from(days).days());
            match deed {
                Deed::Registers(n, kind) => if entered.insert(n) {
                    world.registers(who, today, n, kind);
                },
                Deed::Reports(n) => if entered.insert(n) {
                    let kind = ContactKind::Telephone;
                    let report = Command::ReportBadContact { contact: contact(n), kind };
                    world.does(who, today, &report).expect("reports");
                },
                Deed::Withdraws(n, reason) => {
                    let withdraw = Command::WithdrawContact { contact: contact(n), reason };
                    let _refused = world.does(who, today, &withdraw);
                }
                Deed::Letter(before) => {
                    let n = u8::try_from(letters.len()).expect("few");
                    let received_on = today.saturating_sub(i64::from(before).days());
                    letters.push(world.letter(n, received_on));
                }
                Deed::Records { letter, officer: n, means, result } => {
                    let Some(arrival) = letters.get(letter) else { continue };
                    let result = match result {
                        None => verified(today),
                        Some(reason) => VerificationResult::NotVerified { reason },
                    };
                    let command = Command::RecordVerification {
                        verification: VerificationId(Uuid::from_u128(world.told.len() as u128)),
                        officer: officer(n),
                        arrival: *arrival,
                        means,
                        result,
                    };
                    let _refused = world.does(who, today, &command);
                }
            }
            for letter in &letters {
                for n in 0..2 {
                    judge(&world, *letter, officer(n));
                }
            }
        }
        let again = world.told.iter().try_fold(Register::default(), evolve);
        prop_assert_eq!(again, Some(world.register));
    }
}

fn judge(world: &World, letter: Arrival, officer: OfficerId) {
    let OfficerStanding::Verified { verification, valid_until } =
        world.register.standing(officer, letter)
    else {
        return;
    };
    let records = || {
        world.told.iter().filter_map(|told| match &told.event {
            Event::Authority(AuthorityEvent::OfficerVerificationRecorded {
                verification,
                officer: of,
                submission,
                means,
                result,
                recorded_on,
            }) if *of == officer => {
                Some((told, *verification, *submission, means, *result, *recorded_on))
            }
            _ => None,
        })
    };
    let (told, _, _, means, result, on) =
        records().find(|record| record.1 == verification).expect("is recorded");
    assert_eq!(result, VerificationResult::Verified { valid_until });
    assert!((valid_until - on).get_days() <= VALID_DAYS_MAX as i32, "longer than a year");
    let is_founded = means.iter().any(|means| match means {
        Means::IdentityDocument {} | Means::InPerson {} => true,
        Means::MailAuthentication { .. } => false,
        Means::CallBack { number } => world.told.iter().any(|entry| match entry.event {
            Event::Authority(AuthorityEvent::ContactRegistered {
                contact,
                kind,
                registered_on,
                ..
            }) => {
                contact == *number
                    && kind == ContactKind::Telephone
                    && entry.position < letter.position
                    && registered_on <= letter.received_on
                    && entry.actor != told.actor
            }
            _ => false,
        }),
    });
    assert!(is_founded, "rests on nothing: {means:?}");
    let denied = |after: Position| {
        records().any(|(told, _, submission, _, result, _)| {
            let denies = matches!(result, VerificationResult::NotVerified { .. });
            denies && told.position > after && submission == letter.submission
        })
    };
    let own = records().filter(|(_, _, submission, _, result, _)| {
        *submission == letter.submission && matches!(result, VerificationResult::Verified { .. })
    });
    let last_own = own.map(|(told, ..)| told.position).max();
    assert!(!denied(last_own.unwrap_or_default()), "denied, and verified by another letter");
}
