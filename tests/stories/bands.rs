//! What law lets be told in bands alone: two people take it out of every other number, the report
//! tells the band and nobody the number.

use app::{AsOf, Candor, Refolding};
use axum::http::StatusCode;
use databases::on_each;
use domain::band::Process;
use domain::fact::Counted;
use domain::period::Period;
use report::Format;
use stories::{Answer, World, period};
use verify::{Verdict, Verify};

use crate::office::{INTAKE, ORIGIN, Office, PROPOSER, VERIFIER, plain, told};

/// In no published file, and in no other number of these stories.
const EXACT: &str = "7654321";

/// The operator writes how bands are told into candor.toml, and opens the directory again.
async fn sets(world: &mut World, bands: Option<&str>) {
    let path = world.candor.dir.join("candor.toml");
    let text = std::fs::read_to_string(&path).expect("reads");
    let text = text.split("\n[reports]").next().expect("some").to_owned();
    let bands = bands.map(|bands| format!("\n[reports]\nbands = \"{bands}\"\n"));
    std::fs::write(&path, text + &bands.unwrap_or_default()).expect("writes");
    let opened = Candor::open(world.candor.dir.clone(), world.candor.clock).await.expect("opens");
    world.candor = opened;
    world.candor.config.console.origin = Some(ORIGIN.to_owned());
}

async fn arrives(office: &Office, reference: &str, country: &str) -> String {
    let submission = office.enters_letter(reference, reference.as_bytes()).await;
    let instrument = match country {
        "United States" => "us_subpoena",
        _ => "eu_production_order",
    };
    office.registers(&submission, &[("country", country), ("instrument", instrument)]).await
}

/// The files of the latest revision that are text, by path.
async fn texts(world: &World, of: Period) -> Vec<(String, String)> {
    let mut tx = world.candor.db.snapshot().await.expect("begins");
    let revision = tx.revisions().await.expect("reads").pop().expect("is published");
    assert_eq!(revision.period, of);
    let numbers = serde_json::to_string(&revision.dataset).expect("JSON");
    let files = tx.edition_files(of, revision.revision).await.expect("reads");
    let texts = files.into_iter().filter_map(|file| {
        let text = String::from_utf8(file.bytes).ok()?;
        Some((file.path, text))
    });
    // What else is made is made of these numbers.
    texts.chain([("its numbers".to_owned(), numbers)]).collect()
}

async fn tells_no_exact_number(world: &World, of: Period) {
    let texts = texts(world, of).await;
    assert!(texts.len() > 10, "page, CSV, JSON, charts");
    for (path, text) in texts {
        for exact in [EXACT, "7,654,321"] {
            assert!(!text.contains(exact), "{path} tells {exact}");
        }
    }
}

async fn gets(world: &World, path: &str) -> String {
    let answer: Answer = world.reader_gets(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", told(&answer));
    answer.text().to_owned()
}

/// Somebody outside checks the published log, and the sender their receipt.
pub async fn checks(office: &Office, of: &str, submission: &str) -> Verdict {
    let out = office.world.dir.path().join("site");
    let site = app::Site::new(&out);
    let built = office.candor().build(period(of), AsOf::Now, &Format::ALL, &site).await;
    assert!(built.expect("builds"), "is published");
    let receipt = office.opens(INTAKE, &format!("/submissions/{submission}/receipt")).await;
    let file = office.world.dir.path().join("receipt.json");
    std::fs::write(&file, &receipt.bytes).expect("writes");
    let site = out.display().to_string();
    let verify = Verify { receipt: Some(file), ..Verify::of(site) };
    let verdict = tokio::task::spawn_blocking(move || verify.run()).await.expect("ends");
    verdict.unwrap_or_else(|error| panic!("{error:#}"))
}

const LETTER: [(&str, &str); 3] = [
    ("process", "national_security_letter"),
    ("selectors", EXACT),
    ("basis", "50 U.S.C. § 1874(a), and its nondisclosure requirement"),
];

#[test]
fn a_request_is_told_in_a_band_and_in_no_other_number() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let case = arrives(&office, "AZ 1", "United States").await;
        let french = arrives(&office, "AZ 2", "France").await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        assert!(!page.contains("Tell it in bands"), "{page}");
        let words = "no structure of bands is set";
        office.refused(VERIFIER, &case, "band", &LETTER, words).await;
        let before = gets(&office.world, "/log/codebook.json").await;
        assert!(!before.contains("banded"), "{before}");

        sets(&mut office.world, Some("by_kind_1000")).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("Tell it in bands"), "{page}");
        let page = plain(office.opens(VERIFIER, &format!("/requests/{french}")).await.text());
        assert!(!page.contains("Tell it in bands"), "{page}");
        office.refused(VERIFIER, &french, "band", &LETTER, "this request comes from France").await;
        let words = "Say how many selectors it targets";
        office.refused(VERIFIER, &case, "band", &[LETTER[0], LETTER[2]], words).await;
        let many = [LETTER[0], ("selectors", "many"), LETTER[2]];
        office.refused(VERIFIER, &case, "band", &many, "Give a whole number").await;

        office.act(VERIFIER, &case, "band", &LETTER).await;
        office.refused(VERIFIER, &case, "band-confirm", &[], "Who proposed can't confirm").await;
        let other = [("basis", "The same order.")];
        let words = "proposed to be told in bands";
        office.refused(PROPOSER, &case, "withhold", &other, words).await;
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(table.contains("US,United States,1,"), "one person alone took it out: {table}");
        office.act(PROPOSER, &case, "band-return", &[("reason", "Which order?")]).await;
        let words = "not proposed to be told in bands";
        office.refused(PROPOSER, &case, "band-confirm", &[], words).await;
        office.act(VERIFIER, &case, "band", &LETTER).await;
        office.act(PROPOSER, &case, "band-confirm", &[]).await;
        let page = plain(office.opens(INTAKE, &format!("/requests/{case}")).await.text());
        for words in [
            "Told in bands, as national security letter with 7654321 selectors",
            "It stays in its band until somebody counts it again.",
            "Is in no sum: it is told in bands, with the national security letters.",
            "proposed to tell it in bands, as national security letter with 7654321 selectors: “50",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let list = plain(office.opens(VERIFIER, "/").await.text());
        assert!(list.contains(&format!("{case} in bands")), "{list}");
        let table = office.world.editor_drafts_table("2026-H2").await;
        assert!(!table.contains("US,United States"), "{table}");
        assert!(table.contains("TOTAL,All countries,1,1,0,"), "{table}");

        office.days_pass(105).await;
        let published = office.world.editor_publishes("2026-H2").await.expect("publishes");
        assert_eq!((published.revision, published.requests), (0, 1));
        let html = plain(&gets(&office.world, "/2026-H2/").await);
        for words in
            ["In bands, July to December 2026", "7,654,000–7,654,999", "50 U.S.C. § 1874(a)(1)"]
        {
            assert!(html.contains(words), "{words}: {html}");
        }
        assert_eq!(
            gets(&office.world, "/2026-H2/bands.csv").await,
            "process,process_name,received_low,received_high,selectors_low,selectors_high\r\n\
             national_security_letter,national security letters,0,999,7654000,7654999\r\n\
             order_for_contents,orders and directives for contents,0,999,0,999\r\n\
             order_for_noncontents,orders for noncontents,0,999,0,999\r\n"
        );
        let json = gets(&office.world, "/2026-H2/report.json").await;
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let bands = &json["numbers"]["bands"];
        assert_eq!(bands["structure"], "by_kind_1000");
        let row = &bands["rows"][0];
        assert_eq!(row["process"], "national_security_letter");
        assert_eq!(row["received"], serde_json::json!({ "low": 0, "high": 999 }));
        assert_eq!(row["selectors"], serde_json::json!({ "low": 7_654_000, "high": 7_654_999 }));
        assert_eq!(json["numbers"]["total"]["requests"], 1);
        tells_no_exact_number(&office.world, period("2026-H2")).await;

        // A year is none of its periods: nothing is told, and the editor learns why.
        let left_out = |of: &str| office.candor().bands_left_out(period(of));
        assert_eq!(left_out("2026-H2").await.expect("looks"), None);
        let why = left_out("2026").await.expect("looks").expect("says why");
        assert!(why.contains("`by_kind_1000` is for half-years"), "{why}");
        let year = office.candor().count(period("2026"), AsOf::Now).await.expect("counts");
        assert_eq!((year.bands, year.total.requests()), (None, 1));

        // The log says what its sender may know, and anyone can check it.
        let verdict = checks(&office, "2026-H2", "2026-0001").await.to_string();
        assert!(verdict.contains("RECEIPT HOLDS"), "{verdict}");
        assert!(verdict.contains("banded national security letter"), "{verdict}");
        let receipt = office.opens(INTAKE, "/submissions/2026-0001/receipt").await;
        let receipt = app::Receipt::from_json(&receipt.bytes).expect("a receipt");
        let records = receipt.contents.leaves.iter().map(|leaf| leaf.record.clone());
        let records: Vec<_> = records.collect();
        let counted: Vec<_> =
            records.iter().filter_map(|record| record.get("counted")?.as_str()).collect();
        let banded = Counted::Banded(Process::NationalSecurityLetter).code();
        assert_eq!(counted.first(), Some(&banded), "{records:?}");
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);

        // The same days are told in no other structure.
        sets(&mut office.world, Some("total_250")).await;
        let refused = office.world.editor_corrects("2026-H2", "Other bands.").await;
        let refused = refused.expect_err("is refused").to_string();
        assert!(refused.contains("2026-H2 was published with `by_kind_1000`"), "{refused}");
        sets(&mut office.world, Some("by_kind_1000")).await;

        // One puts it back, and the next revision takes it in.
        let lifted = [("reason", "The requirement has ended.")];
        office.act(PROPOSER, &case, "disclose", &lifted).await;
        let late = "A request may be counted.";
        let corrected = office.world.editor_corrects("2026-H2", late).await.expect("corrects");
        assert_eq!((corrected.revision, corrected.requests), (1, 2));
        let bands = gets(&office.world, "/2026-H2/bands.csv").await;
        assert!(bands.contains("national security letters,0,999,0,999"), "{bands}");
        assert_eq!(
            office.events_of(&case).await[1..],
            ["banding_proposed", "banding_returned", "banding_proposed", "banded", "disclosed"]
        );
    });
}

/// The first band stands where there is nothing too, so that it doesn't say whether there is.
#[test]
fn nobody_can_tell_whether_there_is_any() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        sets(&mut office.world, Some("total_250")).await;
        let case = arrives(&office, "AZ 1", "United States").await;
        office.days_pass(105).await;
        let half = period("2026-H2");
        let drafted = async |office: &Office| {
            let out = office.world.dir.path().join("drafts");
            let (site, formats) = (app::Site::new(&out), [Format::Csv, Format::Html]);
            office.candor().build(half, AsOf::Now, &formats, &site).await.expect("builds");
            let read = |name: &str| {
                std::fs::read_to_string(out.join("2026-H2").join(name)).expect("reads")
            };
            (read("bands.csv"), plain(&read("index.html")))
        };
        let (nothing, page) = drafted(&office).await;
        assert!(
            nothing.ends_with("all,all national-security process,0,249,0,249\r\n"),
            "{nothing}"
        );
        assert!(page.contains("0–249"), "{page}");
        let letter = [LETTER[0], ("selectors", "3"), LETTER[2]];
        office.act(VERIFIER, &case, "band", &letter).await;
        office.act(PROPOSER, &case, "band-confirm", &[]).await;
        assert_eq!(drafted(&office).await.0, nothing);

        // Without a structure nothing of it is told, and the operator learns how to mend it.
        sets(&mut office.world, None).await;
        let dataset = office.candor().count(half, AsOf::Now).await.expect("counts");
        assert_eq!((dataset.bands, dataset.total.requests()), (None, 0));
        let why = office.candor().bands_left_out(half).await.expect("looks").expect("says why");
        assert!(why.contains("`bands` under [reports]"), "{why}");
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        let wrong: Vec<_> = doctor.findings.iter().filter(|f| f.result.is_err()).collect();
        assert!(wrong.len() == 1 && wrong[0].subject == "bands", "{wrong:?}");
        // It can be put back all the same.
        office.act(PROPOSER, &case, "disclose", &[("reason", "It may be counted.")]).await;
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
        assert_eq!(office.candor().bands_left_out(half).await.expect("looks"), None);
        let published = office.world.editor_publishes("2026-H2").await.expect("publishes");
        assert_eq!(published.requests, 1);
        let answer = office.world.reader_gets("/2026-H2/bands.csv").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    });
}
