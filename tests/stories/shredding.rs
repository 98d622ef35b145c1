//! The key of a half-year is destroyed: what it hid stays hidden, and what was published holds.

use app::{Arrival, By, Error, Particulars, Refolding};
use databases::on_each;
use domain::id::{Actor, Sha256Hash};
use domain::submission::{Channel, NotARequest};
use jiff::civil::date;
use stories::{World, period};

use crate::published::Published;

fn letter(n: u8, half: i8) -> Arrival {
    Arrival {
        channel: Channel::Letter,
        received_on: date(2025, 6 * half - 3, 1),
        files: vec![Sha256Hash([n; 32])],
        particulars: Particulars::default(),
    }
}

async fn shreds(world: &World, half_year: &str) -> Result<(), Error> {
    world.candor.destroy_period(period(half_year), Actor::OperatorCli).await
}

#[test]
fn a_shredded_half_year_opens_to_nobody_and_still_holds() {
    on_each(async |location| {
        let world = World::new(location).await;
        let mut submissions = Vec::new();
        for (n, half) in [(1, 1), (2, 1), (3, 2)] {
            let received = world.candor.receive(letter(n, half), Actor::OperatorCli).await;
            submissions.push(received.expect("is sealed").submission);
        }
        let error = shreds(&world, "2025-H1").await.expect_err("nobody has looked yet");
        assert!(matches!(error, Error::Unresolved { count: 2, .. }), "{error}");
        for id in &submissions {
            let reason = NotARequest::Test;
            world
                .candor
                .declare_not_a_request(*id, reason, By::OperatorCli)
                .await
                .expect("is resolved");
        }
        let before = world.candor.receipt(submissions[0], By::OperatorCli).await.expect("opens");

        let events = world.events().await;
        shreds(&world, "2025-H1").await.expect("is destroyed");
        assert_eq!(world.events().await, events + 1, "it is recorded");
        for id in &submissions[..2] {
            let error =
                world.candor.receipt(*id, By::OperatorCli).await.expect_err("nobody opens it");
            assert!(error.to_string().contains("the key of 2025-H1 was destroyed"), "{error}");
        }
        world
            .candor
            .receipt(submissions[2], By::OperatorCli)
            .await
            .expect("the other half-year opens");
        // Nor is anything sealed under another key for it.
        let late = world.candor.receive(letter(4, 1), Actor::OperatorCli).await;
        let error = late.expect_err("its key is gone").to_string();
        assert!(error.contains("the key of 2025-H1 was destroyed"), "{error}");

        let published = Published::of(&world).await.expect("a checkpoint");
        let policy = published.policy();
        let log = published.verified(&policy, &before.sizes()).expect("the log holds");
        before.check(&policy, &log).expect("an earlier receipt holds");
        let drawn = world.candor.doctor(Refolding::Sample(100)).await.expect("looks");
        assert!(drawn.is_well(), "{drawn:?}");
        let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");
        let told = format!("{doctor:?}");
        assert!(told.contains("the keys of 2025-H1 were destroyed"), "{told}");
        assert!(told.contains("4 of half-years whose keys were destroyed"), "{told}");

        let error = shreds(&world, "2025-H1").await.expect_err("once is enough");
        assert!(error.to_string().contains("was destroyed"), "{error}");
        world.candor.close().await;
    });
}

#[test]
fn what_is_not_over_not_settled_or_no_half_year_is_kept() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        for (span, told) in [
            ("2026-H2", "2026-H2 is not over yet"),
            ("2020", "2020 is no half-year"),
            ("2020-Q1", "is no half-year"),
            ("2018-H1", "there is no key of 2018-H1"),
        ] {
            let error = shreds(&world, span).await.expect_err(span).to_string();
            assert!(error.contains(told), "{span}: {error}");
        }
        let open = "reference,received_on,country,authority,category,instrument,demand,emergency,\
                    accounts_specified,accounts_disclosed,outcome,ground,decided_on\n\
                    P-1,2020-01-02,FR,Police,user_data,none,content,no,1,,pending,,\n";
        world.operator_imports("open.csv", open).await.expect("imports");
        let error = shreds(&world, "2020-H1").await.expect_err("is open").to_string();
        assert!(error.contains("1 of the requests received in 2020-H1 are not decided"), "{error}");
        // The other half of the year can be destroyed, and its edition goes out all the same.
        shreds(&world, "2020-H2").await.expect("is destroyed");
        world.editor_publishes("2021-H1").await.expect("publishes");
        world.candor.close().await;
    });
}
