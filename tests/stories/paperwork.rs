//! Emergencies that were answered before their paperwork was there: the report says what became of
//! it.

use databases::on_each;
use domain::count::{PaperworkCounts, PaperworkOfAll};
use domain::request::Aspect;
use jiff::ToSpan;

use crate::exporting::exported;
use crate::office::{CONFIRMER, Office, PROPOSER, VERIFIER, plain};
use crate::snapshots::{ends, file};

impl Office {
    /// An emergency is answered while its paperwork is owed for two more days. Returns its name.
    async fn answers_emergency(&self, reference: &str) -> String {
        let letter = self.enters_letter(reference, reference.as_bytes()).await;
        let fields = [
            ("instrument", "us_emergency_disclosure"),
            ("instrument_reference", reference),
            ("country", "United States"),
            ("emergency", "yes"),
        ];
        let case = self.registers(&letter, &fields).await;
        self.act(VERIFIER, &case, "begin", &[]).await;
        self.verifies_officer(VERIFIER, &case).await;
        self.finds(VERIFIER, &case, Aspect::Officer, &[("verdict", "stands")]).await;
        let until = self.candor().today().saturating_add(2.days()).to_string();
        let owed = [
            ("verdict", "owed"),
            ("owed_until", until.as_str()),
            ("owed_basis", "us_emergency_disclosure"),
        ];
        self.finds(VERIFIER, &case, Aspect::Instrument, &owed).await;
        let scope = [("verdict", "stands"), ("transfer", "derogation")];
        self.finds(VERIFIER, &case, Aspect::Scope, &scope).await;
        self.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        self.confirms(CONFIRMER, &case).await;
        self.act(PROPOSER, &case, "prepare", &[]).await;
        self.act(CONFIRMER, &case, "release", &[("accounts_disclosed", "1")]).await;
        case
    }

    async fn paperwork_comes(&self, case: &str) {
        self.finds(VERIFIER, case, Aspect::Instrument, &[("verdict", "stands")]).await;
    }

    /// What the last published edition says of it.
    async fn published_paperwork(&self) -> PaperworkOfAll {
        let mut tx = self.candor().db.snapshot().await.expect("begins");
        let revision = tx.revisions().await.expect("reads").pop().expect("is published");
        revision.dataset.paperwork.expect("there are emergencies")
    }

    async fn published_file(&self, path: &str) -> String {
        let mut tx = self.candor().db.snapshot().await.expect("begins");
        let revision = tx.revisions().await.expect("reads").pop().expect("is published");
        let files = tx.edition_files(revision.period, revision.revision).await.expect("reads");
        let file = files.into_iter().find(|file| file.path == path).expect("is there");
        String::from_utf8(file.bytes).expect("text")
    }
}

#[test]
fn the_report_says_what_became_of_paperwork_that_was_owed() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        let in_time = office.answers_emergency("EM 1").await;
        let late = office.answers_emergency("EM 2").await;
        let never = office.answers_emergency("EM 3").await;
        office.days_pass(1).await;
        office.paperwork_comes(&in_time).await;
        office.days_pass(2).await;
        office.calendar_works().await;
        // The half-year is over.
        office.days_pass(100).await;
        office.world.editor_publishes("2026-H2").await.expect("publishes");
        let told = office.published_paperwork().await.user_data;
        let counts = PaperworkCounts { came_in_time: 1, missing: 2, ..PaperworkCounts::default() };
        assert_eq!(told, counts);
        let page = plain(&office.published_file("index.html").await);
        for words in [
            "3 were answered before their paperwork was there; for 2 of them it never came.",
            "Answered before it was there 3 0 3 it came in time 1 0 1 it came late 0 0 0",
            "it never came 2 0 2",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("it is not recorded when"), "{page}");
        let csv = office.published_file("paperwork.csv").await;
        assert!(csv.contains("missing,it never came,2,0,2\r\n"), "{csv}");
        assert!(csv.contains(",0,0,0\r\n"), "a zero is one: {csv}");

        // One comes late. The number before stays what it was, and the next revision knows more.
        office.paperwork_comes(&late).await;
        let reason = "Paperwork came late.";
        office.world.editor_corrects("2026-H2", reason).await.expect("corrects");
        let told = office.published_paperwork().await.user_data;
        let counts =
            PaperworkCounts { came_in_time: 1, came_late: 1, missing: 1, ..Default::default() };
        assert_eq!(told, counts);

        let page = office.opens(VERIFIER, &format!("/requests/{late}")).await;
        let submission = late.rsplit_once('-').expect("a submission's").0;
        let parts = [".top", "#findings .three", "#decision"];
        ends("paperwork_came_late", (&office, submission), &page, &parts).await;
        file("paperwork.csv", &office.published_file("paperwork.csv").await);

        // Each number is a set of requests: the export says which.
        let lines = exported(&office.world).await;
        let missing = lines["fact"]
            .iter()
            .filter(|fact| fact["valid_to"].is_null() && fact["paperwork"] == "missing");
        assert_eq!(missing.count(), 1);
        let page = plain(office.opens(VERIFIER, "/statistics?from=2026-07-01").await.text());
        for words in [
            format!("It came in time 1 {in_time}"),
            format!("It came late 1 {late}"),
            format!("It never came 1 {never}"),
        ] {
            assert!(page.contains(&words), "{words}: {page}");
        }
        assert!(office.events_of(&never).await.contains(&"instrument_overdue"));
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// History does not know it, and a zero would say more than the records do.
#[test]
fn of_history_it_is_not_recorded() {
    on_each(async |location| {
        let world = stories::World::new(location).await;
        let text = "reference,received_on,country,authority,category,instrument,demand,emergency,\
                    accounts_specified,accounts_disclosed,outcome,ground,decided_on\n\
                    A-1,2020-03-01,France,Example Police,user_data,mlat,registration,yes,1,1,\
                    approved,,2020-03-09\n";
        world.operator_imports("requests.csv", text).await.expect("imports");
        world.editor_publishes("2020").await.expect("publishes");
        let mut tx = world.candor.db.snapshot().await.expect("begins");
        let revision = tx.revisions().await.expect("reads").pop().expect("is published");
        let told = revision.dataset.paperwork.expect("there is an emergency").user_data;
        assert_eq!(told, PaperworkCounts { not_recorded: 1, ..PaperworkCounts::default() });
        let files = tx.edition_files(revision.period, revision.revision).await.expect("reads");
        let of = |path: &str| {
            let file = files.iter().find(|file| file.path == path).expect("is there");
            String::from_utf8(file.bytes.clone()).expect("text")
        };
        let page = plain(&of("index.html"));
        for words in [
            "Of 1 answered emergency it is not recorded when the paperwork came.",
            "it never came – 0 –",
        ] {
            assert!(page.replace('\u{a0}', " ").contains(words), "{words}: {page}");
        }
        let csv = of("paperwork.csv");
        assert!(csv.contains("missing,it never came,,0,\r\n"), "{csv}");
        let json: serde_json::Value = serde_json::from_str(&of("report.json")).expect("JSON");
        let told = &json["numbers"]["paperwork"]["user_data"];
        assert!(told["missing"].is_null() && told["not_recorded"] == 1, "{told}");
    });
}
