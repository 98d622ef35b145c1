//! The company's people come in, prove who they are, and leave.

use access::TotpSecret;
use app::{
    AccessRefusal, By, Candor, Clock, Error, Invitee, RecoveryCode, SignIn, SignedIn, StepUp,
};
use databases::on_each;
use domain::access::{Permission, Role, RoleSet};
use domain::event::{PersonEvent, Stream};
use domain::id::{Actor, PersonId};
use domain::person::{Account, PersonRefusal};
use jiff::{SignedDuration, Timestamp};
use store::Sight;
use stories::{NOW, World};

const PASSWORD: &str = "seven green ladders";
const BROWSER: &str = "Example browser 1.0";

/// Somebody who has joined, with what they know and hold.
struct Colleague {
    id: PersonId,
    email: String,
    secret: TotpSecret,
    codes: Vec<RecoveryCode>,
    session: String,
}

fn roles(of: &[Role]) -> RoleSet {
    of.iter().copied().collect()
}

/// Time goes by.
fn wait(world: &mut World, seconds: i64) {
    let now = world.candor.clock.now() + SignedDuration::from_secs(seconds);
    world.candor.clock = Clock::Fixed(now);
}

/// The secret that an authenticator takes over from the page.
fn secret(groups: &str) -> TotpSecret {
    TotpSecret::read(&groups.replace(' ', "")).expect("a secret")
}

async fn invite(candor: &Candor, email: &str, of: &[Role]) -> (PersonId, String) {
    let invitee = Invitee { name: "Ada Example", email, roles: roles(of) };
    let invited = candor.invite(invitee, By::OperatorCli).await.expect("invites");
    (invited.person, invited.link.reveal())
}

/// Somebody is invited and joins.
async fn join(candor: &Candor, email: &str, of: &[Role]) -> Colleague {
    let (id, link) = invite(candor, email, of).await;
    let authenticator = candor.begin_joining(&link).await.expect("begins");
    let secret = secret(&authenticator.secret_in_groups);
    let code = secret.code_at(candor.clock.now());
    let joined = candor.join(&link, (PASSWORD, &code), BROWSER).await.expect("joins");
    let (codes, session) = (joined.recovery_codes.to_vec(), joined.session.reveal());
    Colleague { id, email: email.to_owned(), secret, codes, session }
}

impl Colleague {
    fn code(&self, candor: &Candor) -> String {
        self.secret.code_at(candor.clock.now())
    }

    async fn signs_in_with(
        &self,
        candor: &Candor,
        password: &str,
        code: &str,
    ) -> Result<String, Error> {
        let email = &self.email;
        let with = SignIn { email, password, code, user_agent: BROWSER };
        Ok(candor.sign_in(with).await?.reveal())
    }

    /// With the code that the authenticator shows now.
    async fn signs_in(&self, candor: &Candor) -> Result<String, Error> {
        self.signs_in_with(candor, PASSWORD, &self.code(candor)).await
    }

    async fn is_there(&self, candor: &Candor) -> SignedIn {
        candor.session(&self.session).await.expect("reads").expect("is signed in")
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> AccessRefusal {
    match result.expect_err("is refused") {
        Error::Access(refusal) => refusal,
        other => panic!("{other}"),
    }
}

#[test]
fn a_person_joins_with_a_link_and_signs_in() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let candor = &world.candor;
        let (id, link) = invite(candor, "Ada@example.com", &[Role::Operator]).await;
        let welcome = candor.invitation(&link).await.expect("reads").expect("holds");
        assert_eq!((welcome.person.id, welcome.person.account), (id, Account::Invited));
        assert_eq!(candor.invitation("nonsense").await.expect("reads").map(|w| w.expires_at), None);

        let early = candor.join(&link, (PASSWORD, "123456"), BROWSER).await;
        assert_eq!(refused(early), AccessRefusal::NoSecret);
        let authenticator = candor.begin_joining(&link).await.expect("begins");
        // A page that is loaded again shows the same secret.
        let again = candor.begin_joining(&link).await.expect("begins");
        assert_eq!(authenticator.secret_in_groups, again.secret_in_groups);
        assert!(authenticator.uri.starts_with("otpauth://totp/candor%20Example%20publisher"));
        assert!(authenticator.svg.expect("it fits").contains(r#"role="img""#));
        let secret = secret(&authenticator.secret_in_groups);
        let code = secret.code_at(NOW);
        for (password, told) in [
            ("short", "at least 12 characters"),
            ("my example of ada@EXAMPLE.com", "your name or e-mail address"),
            ("passwordpassword", "many people use this password"),
        ] {
            let refusal = refused(candor.join(&link, (password, &code), BROWSER).await);
            assert!(refusal.to_string().contains(told), "{refusal}");
        }
        let wrong = secret.code_at(NOW + SignedDuration::from_mins(10));
        let wrong = candor.join(&link, (PASSWORD, &wrong), BROWSER).await;
        assert_eq!(refused(wrong), AccessRefusal::WrongCode);

        let joined = candor.join(&link, (PASSWORD, &code), BROWSER).await.expect("joins");
        assert!(candor.invitation(&link).await.expect("reads").is_none());
        let again = candor.join(&link, (PASSWORD, &code), BROWSER).await;
        assert_eq!(refused(again), AccessRefusal::NoInvitation);
        let there = candor.session(&joined.session.reveal()).await.expect("reads");
        let there = there.expect("is signed in");
        assert_eq!((there.person, there.roles), (id, roles(&[Role::Operator])));
        assert_eq!(there.step_up(), StepUp::HoldsUntil(NOW + SignedDuration::from_mins(5)));

        let codes = joined.recovery_codes.to_vec();
        let ada =
            Colleague { id, email: "ADA@example.com".to_owned(), secret, codes, session: link };
        // The code by which they joined was used.
        assert_eq!(refused(ada.signs_in(candor).await), AccessRefusal::SignIn);
        wait(&mut world, 30);
        let candor = &world.candor;
        let session = ada.signs_in(candor).await.expect("signs in");
        assert_eq!(candor.session(&session).await.expect("reads").expect("is there").person, id);
        assert_eq!(refused(ada.signs_in(candor).await), AccessRefusal::SignIn);
        for token in ["", "nonsense", &ada.session] {
            assert_eq!(candor.session(token).await.expect("reads"), None);
        }
        let mut tx = candor.db.snapshot().await.expect("begins");
        let events = tx.stream_events(Stream::Person(id), Sight::whole()).await.expect("reads");
        let told: Vec<_> = events.into_iter().map(|event| (event.actor, event.event)).collect();
        let invited = PersonEvent::PersonInvited { roles: roles(&[Role::Operator]) }.into();
        let joined = PersonEvent::PersonJoined {}.into();
        assert_eq!(told, [(Actor::OperatorCli, invited), (Actor::Person(id), joined)]);
    });
}

#[test]
fn a_recovery_code_takes_the_place_of_the_authenticator_once() {
    on_each(async |location| {
        let world = World::new(location).await;
        let candor = &world.candor;
        let ada = join(candor, "ada@example.com", &[Role::Counsel]).await;
        let written = ada.codes[3].reveal().to_lowercase();
        ada.signs_in_with(candor, PASSWORD, &written).await.expect("signs in");
        let again = ada.signs_in_with(candor, PASSWORD, &written).await;
        assert_eq!(refused(again), AccessRefusal::SignIn);
        assert_eq!(candor.recovery_codes_left(ada.id).await.expect("counts"), 9);
        // Not without the password.
        let code = ada.codes[4].reveal();
        let without = ada.signs_in_with(candor, "another password", &code).await;
        assert_eq!(refused(without), AccessRefusal::SignIn);
        assert_eq!(candor.recovery_codes_left(ada.id).await.expect("counts"), 9);
        let new = candor.new_recovery_codes(&ada.is_there(candor).await).await.expect("makes");
        let old = ada.signs_in_with(candor, PASSWORD, &code).await;
        assert_eq!(refused(old), AccessRefusal::SignIn);
        ada.signs_in_with(candor, PASSWORD, &new[0].reveal()).await.expect("signs in");
    });
}

#[test]
fn who_fails_waits_whether_there_is_such_a_person_or_not() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let ada = join(&world.candor, "ada@example.com", &[Role::Counsel]).await;
        wait(&mut world, 60);
        let started = world.candor.clock.now();
        let after = |minutes| started + SignedDuration::from_mins(minutes);
        let must_wait = |until| AccessRefusal::Wait(app::MustWait { until });
        for email in ["ada@example.com", "nobody@example.com"] {
            world.candor.clock = Clock::Fixed(started);
            let candor = &world.candor;
            let with = SignIn { email, password: "wrong", code: "123456", user_agent: BROWSER };
            for _ in 0..5 {
                assert_eq!(refused(candor.sign_in(with).await), AccessRefusal::SignIn, "{email}");
            }
            assert_eq!(refused(candor.sign_in(with).await), must_wait(after(1)), "{email}");
            // Waiting is not counted, and the sixth failure costs more.
            world.candor.clock = Clock::Fixed(after(1));
            let candor = &world.candor;
            assert_eq!(refused(candor.sign_in(with).await), AccessRefusal::SignIn, "{email}");
            assert_eq!(refused(candor.sign_in(with).await), must_wait(after(3)), "{email}");
        }
        // The right ones are not looked at either.
        assert_eq!(refused(ada.signs_in(&world.candor).await), must_wait(after(3)));
        world.candor.clock = Clock::Fixed(after(3));
        ada.signs_in(&world.candor).await.expect("signs in");
        // Now it counts from the beginning.
        for _ in 0..5 {
            let wrong = ada.signs_in_with(&world.candor, "wrong", "123456").await;
            assert_eq!(refused(wrong), AccessRefusal::SignIn);
        }
    });
}

#[test]
fn of_many_attempts_at_the_same_moment_five_are_let_through() {
    on_each(async |location| {
        let world = World::new(location).await;
        let candor = &world.candor;
        join(candor, "ada@example.com", &[Role::Counsel]).await;
        let email = "ada@example.com";
        let attempt = || {
            let candor = candor.clone();
            tokio::spawn(async move {
                let with = SignIn { email, password: "wrong", code: "1", user_agent: BROWSER };
                candor.sign_in(with).await.expect_err("is wrong")
            })
        };
        let attempts: Vec<_> = (0..16).map(|_| attempt()).collect();
        let mut looked_at = 0;
        for attempt in attempts {
            match attempt.await.expect("ends") {
                Error::Access(AccessRefusal::SignIn) => looked_at += 1,
                Error::Access(AccessRefusal::Wait(_)) | Error::Moved => {}
                other => panic!("{other}"),
            }
        }
        assert!((1..=5).contains(&looked_at), "{looked_at}");
    });
}

#[test]
fn a_session_ends_by_itself_or_by_its_person() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let ada = join(&world.candor, "ada@example.com", &[Role::Counsel]).await;
        let ben = join(&world.candor, "ben@example.com", &[Role::Counsel]).await;
        let seen_at = async |world: &World| -> Timestamp {
            world.candor.sessions(ada.id).await.expect("reads")[0].last_seen_at
        };
        // A page after 59 seconds notes nothing, one after 60 does.
        wait(&mut world, 59);
        ada.is_there(&world.candor).await;
        assert_eq!(seen_at(&world).await, NOW);
        wait(&mut world, 1);
        ada.is_there(&world.candor).await;
        assert_eq!(seen_at(&world).await, NOW + SignedDuration::from_secs(60));

        let other = ada.signs_in(&world.candor).await.expect("signs in");
        let sessions = world.candor.sessions(ada.id).await.expect("reads");
        assert_eq!(sessions.len(), 2);
        assert_eq!(sessions[0].user_agent, BROWSER);
        // Nobody ends another's.
        let of_others = world.candor.end_session(ben.id, sessions[0].id).await;
        assert_eq!(refused(of_others), AccessRefusal::NoSession);
        world.candor.end_session(ada.id, sessions[0].id).await.expect("ends");
        assert_eq!(world.candor.session(&other).await.expect("reads"), None);

        // Twelve hours, with a page every twenty minutes.
        for _ in 0..35 {
            wait(&mut world, 20 * 60);
            ada.is_there(&world.candor).await;
        }
        wait(&mut world, 20 * 60);
        assert_eq!(world.candor.session(&ada.session).await.expect("reads"), None);
        assert_eq!(world.candor.session(&ben.session).await.expect("reads"), None);
        assert_eq!(world.candor.sessions(ada.id).await.expect("reads"), []);

        let session = ada.signs_in(&world.candor).await.expect("signs in");
        let ada = Colleague { session, ..ada };
        let there = ada.is_there(&world.candor).await;
        wait(&mut world, 30 * 60 - 1);
        ada.is_there(&world.candor).await;
        wait(&mut world, 30 * 60);
        assert_eq!(world.candor.session(&ada.session).await.expect("reads"), None);
        for _ in 0..2 {
            world.candor.sign_out(&there).await.expect("is over");
        }
    });
}

#[test]
fn what_lets_others_in_asks_for_a_code_once_more() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let ada = join(&world.candor, "ada@example.com", &[Role::Operator]).await;
        let ben = join(&world.candor, "ben@example.com", &[Role::Counsel]).await;
        let invitee = Invitee {
            name: "Cleo Example",
            email: "cleo@example.com",
            roles: roles(&[Role::Editor]),
        };
        let there = ben.is_there(&world.candor).await;
        match world.candor.invite(invitee, By::Person(&there)).await {
            Err(Error::Forbidden(Permission::ManagePeople)) => {}
            other => panic!("{other:?}"),
        }
        wait(&mut world, 5 * 60);
        let candor = &world.candor;
        let there = ada.is_there(candor).await;
        assert_eq!(there.step_up(), StepUp::Needed);
        let refusal = refused(candor.invite(invitee, By::Person(&there)).await);
        assert_eq!(refusal, AccessRefusal::StepUpNeeded);
        assert_eq!(refused(candor.step_up(&there, "000").await), AccessRefusal::WrongCode);
        candor.step_up(&there, &ada.code(candor)).await.expect("steps up");
        let there = ada.is_there(candor).await;
        candor.invite(invitee, By::Person(&there)).await.expect("invites");
        let taken = candor.invite(invitee, By::Person(&there)).await;
        assert_eq!(refused(taken), AccessRefusal::EmailTaken);
        // Guessing takes longer and longer.
        for _ in 0..5 {
            assert_eq!(refused(candor.step_up(&there, "000").await), AccessRefusal::WrongCode);
        }
        let refusal = refused(candor.step_up(&there, &ada.code(candor)).await);
        assert!(matches!(refusal, AccessRefusal::Wait(_)), "{refusal}");
    });
}

#[test]
fn a_person_changes_what_they_sign_in_with() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let ada = join(&world.candor, "ada@example.com", &[Role::Counsel]).await;
        wait(&mut world, 60);
        let elsewhere = ada.signs_in(&world.candor).await.expect("signs in");
        let there = ada.is_there(&world.candor).await;
        let candor = &world.candor;
        let new = "nine yellow bicycles";
        let wrong = candor.change_password(&there, ("wrong", new)).await;
        assert_eq!(refused(wrong), AccessRefusal::WrongPassword);
        let weak = candor.change_password(&there, (PASSWORD, "short")).await;
        assert!(matches!(refused(weak), AccessRefusal::Password(_)));
        candor.change_password(&there, (PASSWORD, new)).await.expect("changes");
        assert_eq!(candor.session(&elsewhere).await.expect("reads"), None);
        ada.is_there(candor).await;
        wait(&mut world, 60);
        let candor = &world.candor;
        assert_eq!(refused(ada.signs_in(candor).await), AccessRefusal::SignIn);
        let session = ada.signs_in_with(candor, new, &ada.code(candor)).await.expect("signs in");
        let ada = Colleague { session, ..ada };

        let there = ada.is_there(candor).await;
        assert_eq!(
            refused(candor.change_authenticator(&there, "123456").await),
            AccessRefusal::NoSecret
        );
        let authenticator = candor.begin_new_authenticator(&there).await.expect("begins");
        let secret = secret(&authenticator.secret_in_groups);
        let old = candor.change_authenticator(&there, &ada.code(candor)).await;
        assert_eq!(refused(old), AccessRefusal::WrongCode);
        let code = secret.code_at(candor.clock.now());
        let codes = candor.change_authenticator(&there, &code).await.expect("changes");
        wait(&mut world, 60);
        let candor = &world.candor;
        let old = ada.signs_in_with(candor, new, &ada.code(candor)).await;
        assert_eq!(refused(old), AccessRefusal::SignIn);
        let old = ada.signs_in_with(candor, new, &ada.codes[0].reveal()).await;
        assert_eq!(refused(old), AccessRefusal::SignIn);
        let ada = Colleague { secret, codes: codes.to_vec(), ..ada };
        ada.signs_in_with(candor, new, &ada.code(candor)).await.expect("signs in");
        ada.signs_in_with(candor, new, &ada.codes[0].reveal()).await.expect("signs in");
        // Not without a fresh proof.
        wait(&mut world, 5 * 60);
        let there = ada.is_there(&world.candor).await;
        let stale = world.candor.begin_new_authenticator(&there).await;
        assert_eq!(refused(stale), AccessRefusal::StepUpNeeded);
        let stale = world.candor.new_recovery_codes(&there).await;
        assert_eq!(refused(stale), AccessRefusal::StepUpNeeded);
    });
}

#[test]
fn the_last_operator_stays_and_who_leaves_is_out_at_once() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let candor = &world.candor;
        let ada = join(candor, "ada@example.com", &[Role::Operator]).await;
        let last = AccessRefusal::Person(PersonRefusal::LastOperator);
        assert_eq!(refused(candor.end_person(ada.id, By::OperatorCli).await), last);
        let counsel = roles(&[Role::Counsel]);
        assert_eq!(refused(candor.change_roles(ada.id, counsel, By::OperatorCli).await), last);
        // Who is only invited is no operator yet.
        let (ben, _) = invite(candor, "ben@example.com", &[Role::Operator]).await;
        assert_eq!(refused(candor.end_person(ada.id, By::OperatorCli).await), last);
        candor.end_person(ben, By::OperatorCli).await.expect("ends");
        let ben = join(candor, "ben@example.com", &[Role::Operator]).await;
        let there = ben.is_there(candor).await;
        candor.change_roles(ada.id, counsel, By::Person(&there)).await.expect("changes");
        assert_eq!(ada.is_there(candor).await.roles, counsel);
        let same = candor.change_roles(ada.id, counsel, By::Person(&there)).await;
        assert_eq!(refused(same), AccessRefusal::Person(PersonRefusal::SameRoles));

        candor.end_person(ada.id, By::Person(&there)).await.expect("ends");
        assert_eq!(candor.session(&ada.session).await.expect("reads"), None);
        let again = candor.end_person(ada.id, By::Person(&there)).await;
        assert_eq!(refused(again), AccessRefusal::Person(PersonRefusal::Left));
        wait(&mut world, 60);
        let candor = &world.candor;
        assert_eq!(refused(ada.signs_in(candor).await), AccessRefusal::SignIn);
        let code = ada.codes[0].reveal();
        let with_code = ada.signs_in_with(candor, PASSWORD, &code).await;
        assert_eq!(refused(with_code), AccessRefusal::SignIn);
        assert_eq!(candor.people().await.expect("reads").len(), 3);
        for (id, account) in [(ada.id, Account::Ended), (ben.id, Account::Active)] {
            let person = candor.person(id).await.expect("reads").expect("is known");
            assert_eq!(person.account, account);
        }
        // The same address, another account.
        let anew = join(candor, "ada@example.com", &[Role::Counsel]).await;
        assert_ne!(anew.id, ada.id);
    });
}

/// Everything that lets somebody in, from before the reset.
#[test]
fn what_somebody_had_before_their_access_was_reset_opens_nothing() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let ada = join(&world.candor, "ada@example.com", &[Role::Counsel]).await;
        wait(&mut world, 60);
        let candor = &world.candor;
        let elsewhere = ada.signs_in(candor).await.expect("signs in");
        let there = ada.is_there(candor).await;
        candor.begin_new_authenticator(&there).await.expect("begins");

        let own = candor.reset_access(ada.id, By::Person(&there)).await;
        assert!(matches!(own, Err(Error::Forbidden(Permission::ManagePeople))), "{own:?}");
        let reset = candor.reset_access(ada.id, By::OperatorCli).await.expect("resets");
        assert_eq!(reset.person, ada.id);
        for session in [&ada.session, &elsewhere] {
            assert_eq!(candor.session(session).await.expect("reads"), None);
            assert_eq!(candor.whose_session_ended(session).await.expect("reads"), None);
        }
        // A request that was on its way with the session from before.
        assert!(candor.change_authenticator(&there, "123456").await.is_err());
        assert!(candor.change_password(&there, (PASSWORD, "nine yellow bicycles")).await.is_err());
        assert!(candor.new_recovery_codes(&there).await.is_err());
        assert_eq!(candor.recovery_codes_left(ada.id).await.expect("counts"), 0);
        wait(&mut world, 60);
        let candor = &world.candor;
        assert_eq!(refused(ada.signs_in(candor).await), AccessRefusal::SignIn);
        let code = ada.codes[0].reveal();
        let by_code = ada.signs_in_with(candor, PASSWORD, &code).await;
        assert_eq!(refused(by_code), AccessRefusal::SignIn);
        // Once more there is nothing to reset; the link can be made anew, and the first is void.
        let again = candor.reset_access(ada.id, By::OperatorCli).await;
        assert_eq!(refused(again), AccessRefusal::Person(PersonRefusal::NotJoined));
        let second = candor.invite_again(ada.id, By::OperatorCli).await.expect("invites");
        let (first, second) = (reset.link.reveal(), second.link.reveal());
        assert!(candor.invitation(&first).await.expect("reads").is_none());

        let authenticator = candor.begin_joining(&second).await.expect("begins");
        let secret = secret(&authenticator.secret_in_groups);
        let new = "nine yellow bicycles";
        let code = secret.code_at(candor.clock.now());
        let joined = candor.join(&second, (new, &code), BROWSER).await.expect("joins");
        let is = candor.session(&joined.session.reveal()).await.expect("reads").expect("is there");
        assert_eq!((is.person, is.roles), (ada.id, roles(&[Role::Counsel])));
        wait(&mut world, 60);
        let candor = &world.candor;
        let new_code = secret.code_at(candor.clock.now());
        for (password, code) in
            [(PASSWORD, new_code.clone()), (new, ada.code(candor)), (new, ada.codes[1].reveal())]
        {
            let old = ada.signs_in_with(candor, password, &code).await;
            assert_eq!(refused(old), AccessRefusal::SignIn);
        }
        wait(&mut world, 60 * 60);
        let candor = &world.candor;
        let code = secret.code_at(candor.clock.now());
        ada.signs_in_with(candor, new, &code).await.expect("signs in");
        let mut tx = candor.db.snapshot().await.expect("begins");
        assert_eq!(tx.refold().await.expect("folds").people_differing, []);
    });
}

/// Two who reset each other at the same moment would leave nobody to hand a link over to.
#[test]
fn an_operator_is_left_whoever_is_reset_and_the_machine_resets_the_last() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let ada = join(&world.candor, "ada@example.com", &[Role::Operator]).await;
        let ben = join(&world.candor, "ben@example.com", &[Role::Operator]).await;
        let (one, two) = (ada.is_there(&world.candor).await, ben.is_there(&world.candor).await);
        let own = world.candor.reset_access(ada.id, By::Person(&one)).await;
        assert_eq!(refused(own), AccessRefusal::Person(PersonRefusal::OwnAccount));
        world.candor.reset_access(ben.id, By::Person(&one)).await.expect("resets");
        // Their request was on its way.
        let last = world.candor.reset_access(ada.id, By::Person(&two)).await;
        assert_eq!(refused(last), AccessRefusal::Person(PersonRefusal::LastOperator));
        let link = world.candor.reset_access(ada.id, By::OperatorCli).await.expect("resets");
        assert_eq!(world.candor.session(&ada.session).await.expect("reads"), None);
        wait(&mut world, 60);
        let welcome = world.candor.invitation(&link.link.reveal()).await.expect("reads");
        assert_eq!(welcome.expect("holds").person.id, ada.id);
    });
}

#[test]
fn a_link_holds_for_a_week_and_a_newer_one_replaces_it() {
    on_each(async |location| {
        let mut world = World::new(location).await;
        let (id, first) = invite(&world.candor, "ada@example.com", &[Role::Counsel]).await;
        let second = world.candor.invite_again(id, By::OperatorCli).await.expect("invites");
        let second = second.link.reveal();
        let is_void = async |world: &World, link: &str| {
            world.candor.invitation(link).await.expect("reads").is_none()
        };
        assert!(is_void(&world, &first).await);
        assert!(!is_void(&world, &second).await);
        wait(&mut world, 7 * 24 * 3600);
        assert!(is_void(&world, &second).await);
        assert_eq!(refused(world.candor.begin_joining(&second).await), AccessRefusal::NoInvitation);
        let third = world.candor.invite_again(id, By::OperatorCli).await.expect("invites");
        let third = third.link.reveal();
        let authenticator = world.candor.begin_joining(&third).await.expect("begins");
        let code = secret(&authenticator.secret_in_groups).code_at(world.candor.clock.now());
        world.candor.join(&third, (PASSWORD, &code), BROWSER).await.expect("joins");
        let joined = world.candor.invite_again(id, By::OperatorCli).await;
        assert_eq!(refused(joined), AccessRefusal::Person(PersonRefusal::Joined));
        // The id of something else.
        let nobody = PersonId(world.candor.sessions(id).await.expect("reads")[0].id.0);
        let missing = world.candor.invite_again(nobody, By::OperatorCli).await;
        assert_eq!(refused(missing), AccessRefusal::NoPerson(nobody));
    });
}
