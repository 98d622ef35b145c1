//! What holds for any requests and any bytes.

use std::io::{Cursor, Read as _, Write as _};
use std::sync::LazyLock;

use domain::fact::Urgency;
use domain::instrument::Instrument;
use domain::request::{HistoricOutcome, HistoricRequest};
use domain::{Category, Country, Demand, DemandSet, Ground};
use exchange::{Mapping, RequestLine, RequestWriter};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::{faults_of, mapped, open, read_requests};

fn demands(category: Category) -> BoxedStrategy<DemandSet> {
    let (own, prohibited): (Vec<_>, Vec<_>) = Demand::ALL
        .into_iter()
        .partition(|demand| !DemandSet::from_iter([*demand]).has_prohibited());
    let of_category =
        |demand: &Demand| DemandSet::from_iter([*demand]).fault_in(category).is_none();
    let own: Vec<_> = own.into_iter().filter(of_category).collect();
    let some = |demands: Vec<Demand>| {
        let count = 1..=demands.len();
        subsequence(demands, count).prop_map(DemandSet::from_iter)
    };
    prop_oneof![4 => some(own), 1 => some(prohibited)].boxed()
}

fn outcome(received_on: Date, demands: DemandSet) -> BoxedStrategy<HistoricOutcome> {
    let day = (0..400_i64).prop_map(move |days| received_on.saturating_add(days.days()));
    if demands.has_prohibited() {
        let ground = Ground::Prohibited;
        return prop_oneof![
            day.clone()
                .prop_map(move |decided_on| HistoricOutcome::Rejected { decided_on, ground }),
            day.prop_map(|withdrawn_on| HistoricOutcome::Withdrawn { withdrawn_on }),
            Just(HistoricOutcome::Pending),
        ]
        .boxed();
    }
    let ground = || select(vec![Ground::NoData, Ground::LegalRequirements, Ground::NotStated]);
    prop_oneof![
        Just(HistoricOutcome::Pending),
        day.clone().prop_map(|decided_on| HistoricOutcome::Approved { decided_on }),
        (day.clone(), proptest::option::of(ground())).prop_map(|(decided_on, ground)| {
            HistoricOutcome::ApprovedInPart { decided_on, ground }
        }),
        (day.clone(), ground())
            .prop_map(|(decided_on, ground)| HistoricOutcome::Rejected { decided_on, ground }),
        day.prop_map(|withdrawn_on| HistoricOutcome::Withdrawn { withdrawn_on }),
    ]
    .boxed()
}

fn accounts(
    category: Category,
    outcome: HistoricOutcome,
) -> BoxedStrategy<(Option<u32>, Option<u32>)> {
    let approved = match outcome {
        HistoricOutcome::Approved { .. } | HistoricOutcome::ApprovedInPart { .. } => true,
        HistoricOutcome::Pending
        | HistoricOutcome::Rejected { .. }
        | HistoricOutcome::Withdrawn { .. } => false,
    };
    match category {
        Category::TechnicalExpertise => Just((None, None)).boxed(),
        Category::UserData => proptest::option::of(any::<u32>())
            .prop_flat_map(move |specified| {
                let most = if approved { specified.unwrap_or(u32::MAX) } else { 0 };
                (Just(specified), proptest::option::of(0..=most))
            })
            .boxed(),
    }
}

fn request() -> impl Strategy<Value = HistoricRequest> {
    (0..20_000_i64, select(Country::all().collect::<Vec<_>>()), select(&Category::ALL[..]))
        .prop_flat_map(|(days, country, category)| {
            let received_on = date(1990, 1, 1).saturating_add(days.days());
            (Just((received_on, country, category)), demands(category), "[a-z0-9_.-]{1,40}")
        })
        .prop_flat_map(|((received_on, country, category), demands, instrument)| {
            let known = (received_on, country, category, demands, instrument);
            (
                Just(known),
                outcome(received_on, demands),
                select(vec![Urgency::Ordinary, Urgency::Emergency]),
            )
        })
        .prop_flat_map(|(known, outcome, urgency)| {
            let category = known.2;
            (Just((known, outcome, urgency)), accounts(category, outcome))
        })
        .prop_map(|((known, outcome, urgency), (accounts_specified, accounts_disclosed))| {
            let (received_on, country, category, demands, instrument) = known;
            let instrument = Instrument::new(&instrument).expect("a code");
            HistoricRequest {
                received_on,
                country,
                category,
                instrument,
                demands,
                urgency,
                accounts_specified,
                accounts_disclosed,
                outcome,
            }
        })
}

/// A text that may stand in a cell.
fn text() -> impl Strategy<Value = String> {
    "[A-Za-z0-9\",;'ÀÉß日本 -]{1,40}".prop_filter("no spaces around it", |text| text.trim() == text)
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(rows in vec((text(), text(), request()), 0..20)) {
        let mut writer = RequestWriter::new(Vec::new()).expect("a buffer");
        let mut written: Vec<RequestLine> = Vec::new();
        for (i, (reference, authority, request)) in rows.into_iter().enumerate() {
            // A number makes it unique.
            let line = u32::try_from(i).expect("few") + 2;
            let line = RequestLine { line, reference: format!("{i}{reference}"), authority, request };
            writer.write(&line).expect("a buffer");
            written.push(line);
        }
        let bytes = writer.finish().expect("a buffer");
        let (read, summary) = read_requests(bytes, &Mapping::default()).expect("valid rows");
        prop_assert_eq!(summary.handed_out, written.len() as u64);
        prop_assert_eq!(read, written);
    }

    #[test]
    fn no_bytes_make_it_panic(start in select(STARTS), bytes in vec(any::<u8>(), 0..400)) {
        let all = [start, &bytes[..]].concat();
        let mapping = mapped("[constants]\nmeasure = \"requests\"\n[period]\ntemplate = \"{a}-H{b}\"\n");
        for mapping in [Mapping::default(), mapping] {
            if let Ok(mut table) = open(all.clone()) {
                let _ = table.kind(&mapping);
                let _ = exchange::requests(&mut table, &mapping, &mut |_| {});
                let _ = exchange::figures(&mut table, &mapping, &mut |_| {});
            }
        }
    }

    #[test]
    fn no_mapping_makes_it_panic(text in "\\PC{0,200}") {
        let _ = Mapping::read("map.toml", &text);
    }

    #[test]
    fn no_misleading_workbook_makes_it_panic(
        part in select(PARTS),
        at in 0..10_000_usize,
        cut in 0..12_usize,
        piece in select(PIECES),
    ) {
        let bytes = repacked(part, |content| {
            let at = at % (content.len() + 1);
            let end = content.len().min(at + cut);
            content.splice(at..end, piece.iter().copied());
        });
        if let Ok(mut table) = open(bytes) {
            let _ = exchange::requests(&mut table, &Mapping::default(), &mut |_| {});
        }
    }

    #[test]
    fn no_damaged_workbook_makes_it_panic(at in 0..6_000_usize, with in vec(any::<u8>(), 1..8)) {
        let mut bytes = workbook().to_vec();
        let at = at % bytes.len();
        let end = bytes.len().min(at + with.len());
        bytes[at..end].copy_from_slice(&with[..end - at]);
        if let Ok(mut table) = open(bytes) {
            let _ = exchange::requests(&mut table, &Mapping::default(), &mut |_| {});
        }
    }
}

/// A workbook with a header and a row.
fn workbook() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.write_row(0, 0, exchange::REQUEST_COLUMNS).expect("a header");
        sheet.write_row(1, 0, ["A-1", "2021-03-04", "DE"]).expect("a row");
        sheet.write_number(1, 8, 12).expect("a number");
        sheet.write_boolean(1, 7, true).expect("a boolean");
        workbook.save_to_buffer().expect("a workbook")
    });
    &BYTES
}

/// The workbook with one of its parts changed, packed so that its checksums are right.
fn repacked(part: &str, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook())).expect("a workbook");
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).expect("a part");
        let name = entry.name().expect("a name").into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("a part");
        if name == part {
            change(&mut content);
        }
        let options = zip::write::SimpleFileOptions::default();
        out.start_file(name, options).expect("a buffer");
        out.write_all(&content).expect("a buffer");
    }
    out.finish().expect("a buffer").into_inner()
}

#[test]
fn cells_that_no_sheet_has_are_refused() {
    #[track_caller]
    fn check(name: &str, expected: &str) {
        let bytes = repacked("xl/worksheets/sheet1.xml", |content| {
            let sheet =
                String::from_utf8_lossy(content).replace("r=\"B2\"", &format!("r=\"{name}\""));
            *content = sheet.into_bytes();
        });
        let faults = faults_of(read_requests(bytes, &Mapping::default()));
        let last = faults.lines().last().expect("a fault");
        assert!(last.starts_with(&format!("f.csv:1:1: {expected}")), "{name}: {faults}");
    }
    // The reader panics over it where arithmetic is checked, and misreads it where it is not.
    check("ZZZZZZZ2", "");
    check("A2", "the cells of the sheet are not in their order");
    check("B1", "the cells of the sheet are not in their order");
    check("XFE2", "a cell lies outside of the sheet");
    check("B1048577", "a cell lies outside of the sheet");
}

const PARTS: &[&str] = &[
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/workbook.xml",
    "xl/styles.xml",
    "xl/_rels/workbook.xml.rels",
    "[Content_Types].xml",
];

/// What may stand in a sheet and mislead its reader.
const PIECES: &[&[u8]] = &[
    b"A0",
    b"XFE1048577",
    b"ZZZZZZZ99999999999",
    b"-1",
    b"",
    b"\"",
    b"<",
    b">",
    b"/>",
    b"<c>",
    b"<v>",
    b"t=\"s\"",
    b"t=\"d\"",
    b"t=\"e\"",
    b"999999999999",
    b"1e999",
    b"&#0;",
    b"&x;",
    b"\xff",
    b"NaN",
];

const STARTS: &[&[u8]] = &[
    b"",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"period,country,measure,value\n2021,",
    b"reference,received_on,country,authority,category,instrument,demand,emergency,accounts_specified,accounts_disclosed,outcome,ground,decided_on\n",
    b"reference,received_on,country\n\"",
    b"a,b,country,value\n",
];
