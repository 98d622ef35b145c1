//! What becomes of requests, and how the half-year's draft counts them at each turn.

use app::AsOf;
use axum::http::StatusCode;
use databases::on_each;
use domain::count::CategoryCounts;
use domain::{Category, Dataset, Demand};
use stories::period;

use crate::office::{CONFIRMER, CONFIRMS, INTAKE, Office, PROPOSER, VERIFIER, plain, told};
use crate::snapshots::{ends, file};

/// The numbers that a draft of the half-year would tell now.
async fn draft(office: &Office) -> Dataset {
    office.candor().count(period("2026-H2"), AsOf::Now).await.expect("counts")
}

/// Requests for user data: all, approved, of which in part, rejected, open.
async fn counts(office: &Office) -> [u64; 5] {
    let CategoryCounts { requests, approved, approved_in_part, rejected, open, .. } =
        draft(office).await.total.user_data;
    [requests, approved, approved_in_part, rejected, open]
}

/// The events that are new since `known`, by kind.
async fn since(office: &Office, case: &str, known: &mut usize) -> Vec<&'static str> {
    let events = office.events_of(case).await;
    let new = events[*known..].to_vec();
    *known = events.len();
    new
}

async fn answers(office: &Office, case: &str, accounts: &str) {
    office.act(VERIFIER, case, "prepare", &[]).await;
    office.act(CONFIRMER, case, "release", &[("accounts_disclosed", accounts)]).await;
    office.act(PROPOSER, case, "close", &[]).await;
}

/// What the sender of the submission can check of the log, leaf by leaf.
async fn sealed(office: &Office, submission: &str) -> Vec<String> {
    let receipt = office.opens(INTAKE, &format!("/submissions/{submission}/receipt")).await;
    let receipt = app::Receipt::from_json(&receipt.bytes).expect("a receipt");
    let leaves = receipt.contents.leaves.iter();
    leaves.map(|leaf| serde_json::to_string(&leaf.record).expect("JSON")).collect()
}

/// One letter, two requests: of the one nothing is found, of the other a part is held. Each counts
/// as what was decided about it.
#[test]
fn of_a_letter_with_two_requests_each_counts_as_it_was_decided() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("PO-77/2026", b"both").await;
        let both = [("demands", "registration"), ("demands", "content")];
        let part = office.registers(&letter, &both).await;
        let other = [("instrument_reference", "PO-78/2026"), ("accounts", "1")];
        let none = office.registers(&letter, &other).await;
        assert_eq!((part.as_str(), none.as_str()), ("2026-0001-1", "2026-0001-2"));
        let page = plain(office.opens(INTAKE, &format!("/submissions/{letter}")).await.text());
        assert!(page.contains("Holds 2 requests"), "{page}");
        assert_eq!(counts(&office).await, [2, 0, 0, 0, 2]);

        office.verifies(VERIFIER, &none).await;
        office.proposes(PROPOSER, &none, &[("outcome", "reject_no_data")]).await;
        assert_eq!(counts(&office).await, [2, 0, 0, 0, 2], "what is proposed is open");
        office.confirms(CONFIRMER, &none).await;
        assert_eq!(counts(&office).await, [2, 0, 0, 1, 1]);
        office.verifies(VERIFIER, &part).await;
        let in_part =
            [("outcome", "approve_in_part"), ("granted", "registration"), ("ground", "no_data")];
        office.proposes(PROPOSER, &part, &in_part).await;
        office.confirms(CONFIRMER, &part).await;
        answers(&office, &part, "2").await;
        office.act(PROPOSER, &none, "close", &[]).await;
        for (case, end) in [
            (&part, ["decided", "response_prepared", "response_released", "closed"].as_slice()),
            (&none, ["decision_proposed", "decided", "closed"].as_slice()),
        ] {
            let events = office.events_of(case).await;
            assert!(events.ends_with(end), "{case}: {events:?}");
        }

        let dataset = draft(&office).await;
        let counted = dataset.total.of(Category::UserData);
        assert_eq!(
            counted.named().map(|(_, n)| n),
            // Two requests: one approved, in part; one rejected, no data; four accounts named in
            // both, two disclosed in one.
            [2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 4, 2, 2, 1]
        );
        assert_eq!(dataset.user_data_time.decided, 2);
        let demands: Vec<_> = dataset.demands.iter().map(|of| (of.demand, of.requests)).collect();
        assert_eq!(demands, [(Demand::Registration, 2), (Demand::Content, 1)]);
        let row = "FR,France,2,2,0,0,0,0,0,0,0,1,50,1,50,0,0";
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains(row), "{table}");
        file("by-country.csv", &table);
        let page = office.opens(PROPOSER, &format!("/requests/{none}")).await;
        ends("one_approved_one_without_data", (&office, &letter), &page, &[".top", "#decision"])
            .await;
        let leaves = sealed(&office, &letter).await;
        assert_eq!(leaves.len(), 5, "the letter, two requests, two decisions: {leaves:?}");

        // What the public reads is what was drafted.
        office.days_pass(110).await;
        let published = office.world.editor_publishes("2026-H2").await.expect("publishes");
        assert_eq!(published.requests, 2);
        let table = office.world.reader_gets("/2026-H2/by-country.csv").await;
        assert!(table.text().contains(row), "{}", table.text());
        let page = office.world.reader_gets("/2026-H2/").await;
        assert_eq!(page.status, StatusCode::OK, "{}", told(&page));
        let page = plain(page.text());
        assert!(page.contains(PUBLIC), "{page}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// The published table of outcomes: for user data, for technical expertise, for both.
const PUBLIC: &str = "All requests 2 0 2 Approved 1 0 1 of which in part 1 0 1 Rejected 1 0 1 \
                      no data found 1 0 1 legal requirements not met 0 0 0";

/// What the log says of the order as it goes: approved, challenged, quashed, rejected.
const STANDINGS: [&str; 4] = ["approved", "open", "open", "rejected_legal_requirements"];

/// The company challenges an order that it had approved. The court quashes it, so it is decided
/// again: what was approved is rejected, and nothing went out.
#[test]
fn a_quashed_order_is_decided_again_and_counts_as_rejected() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("PO-77/2026", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &case).await;
        assert_eq!(counts(&office).await, [1, 1, 0, 0, 0]);
        let mut known = office.events_of(&case).await.len();

        office.act(PROPOSER, &case, "challenge", &[("reason", "It is too wide.")]).await;
        assert_eq!(since(&office, &case, &mut known).await, ["challenge_filed"]);
        assert_eq!(counts(&office).await, [1, 0, 0, 0, 1], "under challenge it is open");
        let words = "done with a request that is";
        office.refused(VERIFIER, &case, "prepare", &[], words).await;
        office.act(PROPOSER, &case, "challenge-result", &[("result", "quashed")]).await;
        assert_eq!(since(&office, &case, &mut known).await, ["challenge_resolved"]);
        assert_eq!(counts(&office).await, [1, 0, 0, 0, 1]);
        // It can't be approved any more, and what was decided first lets nothing out.
        let words = "The findings on officer, instrument and scope do not all stand";
        let approve = [("outcome", "approve"), ("reason", "All the same.")];
        office.refused(PROPOSER, &case, "propose", &approve, words).await;
        let released = [("accounts_disclosed", "3")];
        let words = "done with a request that is in verification";
        office.refused(CONFIRMER, &case, "release", &released, words).await;

        office.proposes(PROPOSER, &case, &[("outcome", "reject_legal")]).await;
        office.confirms(CONFIRMER, &case).await;
        office.act(PROPOSER, &case, "close", &[]).await;
        let events = since(&office, &case, &mut known).await;
        assert_eq!(events, ["decision_proposed", "decided", "closed"]);
        assert_eq!(counts(&office).await, [1, 0, 0, 1, 0]);
        let dataset = draft(&office).await;
        let counted = &dataset.total.user_data;
        assert_eq!((counted.legal_requirements, counted.disclosed.accounts), (1, 0));
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("FR,France,1,1,0,0,0,0,0,0,0,0,0,1,100,0,0"), "{table}");

        let page = office.opens(PROPOSER, &format!("/requests/{case}")).await;
        ends("quashed", (&office, &letter), &page, &[".top", "#findings .three", "#decision"])
            .await;
        // Both decisions stay on record, for people and in the log.
        let page = plain(office.opens(PROPOSER, &format!("/requests/{case}")).await.text());
        for words in [
            "confirmed the decision to approve in full",
            "the court quashed the order",
            "confirmed the decision to reject: legal requirements not met",
            "as one request for user data from France. As rejected.",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let leaves = sealed(&office, &letter).await;
        let standings = leaves.iter().filter_map(|leaf| leaf.split("\"standing\":\"").nth(1));
        let standings: Vec<_> =
            standings.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
        assert_eq!(standings, STANDINGS, "{leaves:?}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// The answer is out, and the authority takes its request back: the response can't be fetched any
/// more, nothing else may be done, and the report counts a withdrawal and what was disclosed.
#[test]
fn what_is_withdrawn_after_the_answer_is_revoked_and_counted_as_withdrawn() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("PO-77/2026", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &case).await;
        office.act(VERIFIER, &case, "prepare", &[]).await;
        office.act(CONFIRMER, &case, "release", &[("accounts_disclosed", "2")]).await;
        assert_eq!(counts(&office).await, [1, 1, 0, 0, 0]);
        let mut known = office.events_of(&case).await.len();
        let taken_back = [("reason", "Their letter of today, AZ 9.")];
        office.act(PROPOSER, &case, "withdraw", &taken_back).await;
        let events = since(&office, &case, &mut known).await;
        assert_eq!(events, ["withdrawn", "response_revoked"]);
        assert_eq!(counts(&office).await, [1, 0, 0, 0, 0]);
        let counted = &draft(&office).await.total.user_data;
        assert_eq!((counted.withdrawn, counted.disclosed.accounts), (1, 2));
        let page = office.opens(PROPOSER, &format!("/requests/{case}")).await;
        ends("withdrawn_after_the_answer", (&office, &letter), &page, &[".top", "#decision"]).await;
        for (who, act) in [(PROPOSER, "close"), (PROPOSER, "withdraw"), (PROPOSER, "challenge")] {
            let words = "done with a request that is withdrawn";
            office.refused(who, &case, act, &taken_back, words).await;
        }
        let leaves = sealed(&office, &letter).await;
        assert!(leaves.last().is_some_and(|leaf| leaf.contains("withdrawn")), "{leaves:?}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// An authority appeals against a rejection and brings what lacked: the request is verified and
/// decided again, and a correction of the edition that was out by then counts it anew.
#[test]
fn on_appeal_a_rejection_becomes_an_approval_and_the_next_revision_says_so() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("PO-77/2026", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        let defect = [
            ("aspect", "instrument"),
            ("verdict", "does_not_stand"),
            ("defect", "instrument_invalid"),
            ("note", "Nobody signed it."),
        ];
        office.act(VERIFIER, &case, "finding", &defect).await;
        office.proposes(PROPOSER, &case, &[("outcome", "reject_legal")]).await;
        office.confirms(CONFIRMER, &case).await;
        let early = [("reason", "Signed now.")];
        office.refused(VERIFIER, &case, "appeal", &early, "done with a request that is").await;
        office.act(PROPOSER, &case, "close", &[]).await;
        assert_eq!(counts(&office).await, [1, 0, 0, 1, 0]);
        office.days_pass(110).await;
        office.world.editor_publishes("2026-H2").await.expect("publishes");
        let rejected = "FR,France,1,1,0,0,0,0,0,0,0,0,0,1,100,0,0";
        let first = office.world.reader_gets("/2026-H2/by-country.csv").await;
        assert!(first.text().contains(rejected), "{}", first.text());

        let mut known = office.events_of(&case).await.len();
        office.act(VERIFIER, &case, "appeal", &[("reason", "Signed now.")]).await;
        assert_eq!(since(&office, &case, &mut known).await, ["appealed"]);
        assert_eq!(counts(&office).await, [1, 0, 0, 0, 1], "under appeal it is open");
        // Nothing that was found before serves again.
        let approve = [("outcome", "approve"), ("reason", "It is signed.")];
        let words = "The findings on officer, instrument and scope do not all stand";
        office.refused(PROPOSER, &case, "propose", &approve, words).await;
        office.verifies_again(&case).await;
        office.act(PROPOSER, &case, "propose", &approve).await;
        let words = "Who proposed can't confirm";
        office.refused(PROPOSER, &case, "confirm", &CONFIRMS, words).await;
        office.confirms(CONFIRMER, &case).await;
        answers(&office, &case, "3").await;
        assert_eq!(
            since(&office, &case, &mut known).await,
            [
                "finding_recorded",
                "finding_recorded",
                "finding_recorded",
                "verified",
                "decision_proposed",
                "decided",
                "response_prepared",
                "response_released",
                "closed",
            ]
        );
        assert_eq!(counts(&office).await, [1, 1, 0, 0, 0]);

        let again = office.world.reader_gets("/2026-H2/by-country.csv").await;
        assert_eq!(again.bytes, first.bytes, "what was published stays");
        let why = "A rejection was decided again on appeal.";
        let corrected = office.world.editor_corrects("2026-H2", why).await.expect("corrects");
        assert_eq!((corrected.revision, corrected.requests), (1, 1));
        let table = office.world.reader_gets("/2026-H2/by-country.csv").await;
        let approved = "FR,France,1,1,0,0,0,0,0,0,0,1,100,0,0,0,0";
        assert!(table.text().contains(approved), "{}", table.text());
        let kept = office.world.reader_gets("/2026-H2/r0/by-country.csv").await;
        assert!(kept.text().contains(rejected), "{}", kept.text());
        let page = plain(office.world.reader_gets("/2026-H2/").await.text());
        assert!(page.contains(why), "{page}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

impl Office {
    /// The three findings, of a request that is in verification already.
    async fn verifies_again(&self, case: &str) {
        use domain::request::Aspect;
        self.verifies_officer(VERIFIER, case).await;
        self.finds(VERIFIER, case, Aspect::Officer, &[("verdict", "stands")]).await;
        self.finds(VERIFIER, case, Aspect::Instrument, &[("verdict", "stands")]).await;
        let scope = [("verdict", "stands"), ("transfer", "same_jurisdiction")];
        self.finds(VERIFIER, case, Aspect::Scope, &scope).await;
    }
}
