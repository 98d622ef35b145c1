//! The files beside the page, read back as their readers would read them.

mod edition;

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use domain::Period;
use domain::band::Structure;
use domain::id::Sha256Hash;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Name, Object};
use report::{Edition, File, Format, render};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::edition::{
    YEAR_2020, dataset, first_half_of_2021, in_bands, of_everything, published, wide,
};

#[track_caller]
fn files(edition: &Edition, formats: &[Format]) -> Vec<File> {
    render(edition, formats).expect("renders")
}

#[track_caller]
fn bytes(edition: &Edition, format: Format, path: &str) -> Vec<u8> {
    let files = files(edition, &[format]);
    files.into_iter().find(|file| file.path == path).expect(path).bytes
}

#[track_caller]
fn csv_text(edition: &Edition) -> String {
    String::from_utf8(bytes(edition, Format::Csv, "by-country.csv")).expect("UTF-8")
}

#[test]
fn the_csv_has_its_columns_and_a_total_first() {
    assert_eq!(
        csv_text(&of_everything()),
        "country,country_name,requests,user_data,technical_expertise,technical_approved,\
         technical_approved_pct,technical_rejected,technical_rejected_pct,technical_open,\
         technical_withdrawn,user_data_approved,user_data_approved_pct,user_data_rejected,\
         user_data_rejected_pct,user_data_open,user_data_withdrawn\r\n\
         TOTAL,All countries,9,7,2,1,11,1,11,0,0,2,22,3,33,1,1\r\n\
         CI,Côte d’Ivoire,7,7,0,0,0,0,0,0,0,2,29,3,43,1,1\r\n\
         QM,INTERPOL,2,0,2,1,50,1,50,0,0,0,0,0,0,0,0\r\n"
    );
}

#[test]
fn the_csv_holds_the_published_figures_of_2020() {
    let dataset = dataset(Period::year(2020), YEAR_2020);
    let text = csv_text(&Edition { dataset, ..first_half_of_2021() });
    for line in [
        "TOTAL,All countries,160,28,132,101,63,31,19,0,0,0,0,28,18,0,0",
        "FR,France,11,1,10,10,91,0,0,0,0,0,0,1,9,0,0",
        "RU,Russia,93,27,66,35,38,31,33,0,0,0,0,27,29,0,0",
    ] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line}\nis not in\n{text}");
    }
}

/// A sheet as rows of text; numbers as a program prints them.
#[track_caller]
fn sheet(edition: &Edition, name: &str) -> Vec<Vec<String>> {
    let bytes = bytes(edition, Format::Xlsx, "requests.xlsx");
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let range: Range<Data> = workbook.worksheet_range(name).expect(name);
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

/// A band of each format, and no exact number in any of them.
#[test]
fn what_is_told_in_bands_stands_apart() {
    let edition = in_bands(Structure::ByKindOf1000);
    let rest = first_half_of_2021();
    assert_eq!(csv_text(&edition), csv_text(&rest), "it is in no other number");
    let csv = String::from_utf8(bytes(&edition, Format::Csv, "bands.csv")).expect("UTF-8");
    assert_eq!(
        csv,
        "process,process_name,received_low,received_high,selectors_low,selectors_high\r\n\
         national_security_letter,national security letters,1000,1999,7661000,7661999\r\n\
         order_for_contents,orders and directives for contents,0,999,0,999\r\n\
         order_for_noncontents,orders for noncontents,0,999,0,999\r\n"
    );
    let law = "50 U.S.C. § 1874(a)(1)";
    assert_eq!(
        sheet(&edition, "In bands")[1],
        ["National security letters", "1000", "1999", "7661000", "7661999", law]
    );
    let report = json_of(&bytes(&edition, Format::Json, "report.json"));
    let row = &report["numbers"]["bands"]["rows"][0];
    assert_eq!(row["received"], json!({ "low": 1000, "high": 1999 }));
    assert_eq!(row["label"], "national security letters");
    assert_eq!(report["numbers"]["bands"]["law"], law);
    let without = json_of(&bytes(&rest, Format::Json, "report.json"));
    for member in ["total", "countries", "demands", "flow", "outside", "decision_time"] {
        assert_eq!(report["numbers"][member], without["numbers"][member], "{member}");
    }
    let of_250 = json_of(&bytes(&in_bands(Structure::TotalOf250), Format::Json, "report.json"));
    let rows = of_250["numbers"]["bands"]["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["process"], Value::Null);
    assert_eq!(rows[0]["selectors"], json!({ "low": 7_661_500, "high": 7_661_749 }));

    let files = files(&edition, &[Format::Html, Format::Csv, Format::Json]);
    let package = files.iter().find(|file| file.path == "datapackage.json").expect("a package");
    let package = json_of(&package.bytes);
    let resources = package["resources"].as_array().expect("a list");
    let table = resources.iter().find(|r| r["path"] == "bands.csv").expect("is named");
    assert_eq!(table["profile"], "tabular-data-resource");
    assert_eq!(table["schema"]["fields"].as_array().map(Vec::len), Some(6));
    for file in &files {
        let text = String::from_utf8_lossy(&file.bytes);
        for exact in ["7661654", "7,661,654"] {
            assert!(!text.contains(exact), "{} tells {exact}", file.path);
        }
    }
    for path in ["bands.csv", "by-country.csv", "report.json"] {
        let file = files.iter().find(|file| file.path == path).expect(path);
        assert!(!String::from_utf8_lossy(&file.bytes).contains("1001"), "{path}");
    }
    let quarter = render(&of_everything(), &[Format::Csv]).expect("renders");
    assert!(quarter.iter().all(|file| file.path != "bands.csv"), "none of the law's periods");
}

#[track_caller]
fn check_sheet(edition: &Edition, name: &str, expected: &[&[&str]]) {
    assert_eq!(sheet(edition, name), expected, "{name}");
}

#[test]
fn the_workbook_holds_every_table() {
    let edition = of_everything();
    check_sheet(
        &edition,
        "Requests",
        &[
            &[
                "Code",
                "Country",
                "All requests",
                "User data",
                "Technical expertise",
                "Of all: emergencies",
            ],
            &["TOTAL", "All countries", "9", "7", "2", "1"],
            &["CI", "Côte d’Ivoire", "7", "7", "0", "1"],
            &["QM", "INTERPOL", "2", "0", "2", "0"],
        ],
    );
    check_sheet(
        &edition,
        "User data",
        &[
            &[
                "Code",
                "Country",
                "All requests, both categories",
                "Requests in this category",
                "Approved",
                "Approved, % of all requests",
                "Of approved: in part",
                "Rejected",
                "Rejected, % of all requests",
                "Open",
                "Withdrawn",
            ],
            &["TOTAL", "All countries", "9", "7", "2", "22", "1", "3", "33", "1", "1"],
            &["CI", "Côte d’Ivoire", "7", "7", "2", "29", "1", "3", "43", "1", "1"],
            &["QM", "INTERPOL", "2", "0", "0", "0", "0", "0", "0", "0", "0"],
        ],
    );
    let technical = sheet(&edition, "Technical expertise");
    assert_eq!(technical[3], ["QM", "INTERPOL", "2", "2", "1", "50", "0", "1", "50", "0", "0"]);
    let grounds = sheet(&edition, "Grounds");
    assert_eq!(grounds[0][2], "User data: rejected");
    assert_eq!(grounds[1][2..], ["3", "1", "1", "1", "0", "1", "0", "0", "0", "1"]);
    check_sheet(
        &edition,
        "Other numbers",
        &[
            &["Category", "Measure", "Number"],
            &["User data", "Emergency requests", "1"],
            &["User data", "Accounts specified", "21"],
            &["User data", "Requests on which accounts specified were recorded", "7"],
            &["User data", "Accounts disclosed", "7"],
            &["User data", "Requests on which accounts disclosed were recorded", "7"],
            &["User data", "Requests decided", "5"],
            &["User data", "Median days from receipt to decision", "2"],
            &["User data", "Requests with a demand for registration data", "6"],
            &["User data", "Requests with a demand for connection data", "6"],
            &["User data", "Requests with a demand for encryption keys", "1"],
            &["Technical expertise", "Emergency requests", "0"],
            &["Technical expertise", "Accounts specified", "0"],
            &["Technical expertise", "Requests on which accounts specified were recorded", "0"],
            &["Technical expertise", "Accounts disclosed", "0"],
            &["Technical expertise", "Requests on which accounts disclosed were recorded", "0"],
            &["Technical expertise", "Requests decided", "2"],
            &["Technical expertise", "Median days from receipt to decision", "2"],
            &["Technical expertise", "Requests with a demand for indicators of compromise", "2"],
            &["Both", "Open at the start of the period", "1"],
            &["Both", "Received in the period", "9"],
            &["Both", "Closed in the period, whenever received", "8"],
            &["Both", "Open at the end of the period", "2"],
            &["Both", "Outside the sum: requests to preserve and for nothing else", "1"],
            &["Both", "Outside the sum: renewals, amendments, duplicates", "0"],
        ],
    );
    let figures = sheet(&edition, "Published figures");
    let marked = "published figure, not backed by requests";
    assert_eq!(
        figures[1],
        [
            "2022-Q2",
            "TOTAL",
            "All countries",
            "Requests by users about their data",
            "12",
            "",
            "",
            "exact number",
            marked
        ]
    );
    assert_eq!(
        figures[2],
        [
            "2022-Q2",
            "US",
            "United States",
            "Emergency requests",
            "",
            "0",
            "499",
            "band, ends included",
            marked
        ]
    );
    assert_eq!(figures[3][7..], ["withheld", marked]);
}

#[test]
fn the_workbook_says_what_it_is_and_compares_periods() {
    let edition = first_half_of_2021();
    let comparison = sheet(&edition, "Comparison");
    assert_eq!(comparison[1][..7], ["2020", "2020-01-01", "2020-12-31", "366", "160", "28", "0"]);
    assert_eq!(
        comparison[2][..7],
        ["2021-H1", "2021-01-01", "2021-06-30", "181", "105", "16", "0"]
    );
    let about = sheet(&edition, "About");
    assert!(about.contains(&vec!["Status".to_owned(), "DRAFT, compiled on 2021-07-15".to_owned()]));
    let about = sheet(&published(edition), "About");
    let status = "published on 2021-09-01, revision 1".to_owned();
    assert!(about.contains(&vec!["Status".to_owned(), status]));
    let reason = "2021-09-01: Two letters were found that arrived in June.".to_owned();
    assert!(about.contains(&vec!["Correction, revision 1".to_owned(), reason]));
}

#[track_caller]
fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

#[test]
fn the_json_holds_every_number() {
    let report = json_of(&bytes(&of_everything(), Format::Json, "report.json"));
    assert_eq!(report["version"], 1);
    assert_eq!(report["status"], json!({ "state": "draft", "compiled_on": "2021-07-15" }));
    let numbers = &report["numbers"];
    assert_eq!(numbers["period"]["code"], "2022-Q2");
    assert_eq!(
        numbers["countries"][0]["numbers"]["user_data"],
        json!({
            "requests": 7, "approved": 2, "approved_pct": 29, "approved_in_part": 1,
            "rejected": 3, "rejected_pct": 43,
            "grounds": { "no_data": 1, "legal_requirements": 1, "prohibited": 1, "not_stated": 0 },
            "open": 1, "withdrawn": 1, "emergencies": 1,
            "accounts_specified": { "accounts": 21, "recorded_on": 7 },
            "accounts_disclosed": { "accounts": 7, "recorded_on": 7 },
        })
    );
    assert_eq!(numbers["total"]["requests"], 9);
    assert_eq!(
        numbers["flow"],
        json!({ "open_at_start": 1, "received": 9, "closed": 8, "open_at_end": 2 })
    );
    assert_eq!(numbers["outside"], json!({ "preservation": 1, "linked": 0 }));
    assert_eq!(numbers["decision_time"]["user_data"], json!({ "decided": 5, "median_days": 2.0 }));
    assert_eq!(numbers["demands"][3]["prohibited"], true);
    let figures = report["published_figures"].as_array().expect("a list");
    assert!(figures.iter().all(|figure| figure["backed_by_requests"] == false));
    assert_eq!(figures[1]["value"], json!({ "kind": "band", "low": 0, "high": 499 }));
}

/// Every object of the file has exactly the members that the schema requires and allows.
#[track_caller]
fn check_shape(schema: &Value, definitions: &Value, value: &Value, path: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/$defs/").expect("a reference into this schema");
        return check_shape(&definitions[name], definitions, value, path);
    }
    let branches = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    if let Some(branches) = branches {
        let of_value = branches.iter().find(|branch| is_branch(branch, value)).expect(path);
        return check_shape(of_value, definitions, value, path);
    }
    match value {
        Value::Object(members) => {
            assert_eq!(schema["additionalProperties"], false, "{path}");
            let required = schema["required"].as_array().into_iter().flatten();
            for name in required.filter_map(Value::as_str) {
                assert!(members.contains_key(name), "{path} lacks {name}");
            }
            for (name, member) in members {
                let of_member = &schema["properties"][name];
                assert!(!of_member.is_null(), "{path} may not have {name}");
                check_shape(of_member, definitions, member, &format!("{path}.{name}"));
            }
        }
        Value::Array(items) => {
            for (item, place) in items.iter().zip(0..) {
                check_shape(&schema["items"], definitions, item, &format!("{path}[{place}]"));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The branch of what may be missing is told by null; that of a tagged object by its tag.
fn is_branch(branch: &Value, value: &Value) -> bool {
    if branch["type"] == "null" {
        return value.is_null();
    }
    if branch["$ref"].is_string() {
        return !value.is_null();
    }
    let tag = ["state", "kind"].into_iter().find(|tag| !branch["properties"][tag].is_null());
    tag.is_some_and(|tag| branch["properties"][tag]["const"] == value[tag])
}

#[test]
fn the_schema_describes_the_json() {
    let schema: Value = json_of(report::schema().as_bytes());
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let in_bands = Structure::ALL.map(in_bands);
    let editions = [of_everything(), published(first_half_of_2021())];
    for edition in editions.into_iter().chain(in_bands) {
        let report = json_of(&bytes(&edition, Format::Json, "report.json"));
        check_shape(&schema, &schema["$defs"], &report, "report");
    }
}

#[test]
fn the_data_package_names_every_file_with_its_hash() {
    let edition = published(first_half_of_2021());
    let files = files(&edition, &[Format::Csv, Format::Xlsx, Format::Json]);
    let package = files.iter().find(|file| file.path == "datapackage.json").expect("a package");
    let package = json_of(&package.bytes);
    assert_eq!(package["name"], "requests-2021-h1");
    assert_eq!(package["created"], "2021-09-01T00:00:00Z");
    let resources = package["resources"].as_array().expect("a list");
    let others = files.iter().filter(|file| file.path != "datapackage.json");
    let paths: BTreeSet<_> = resources.iter().filter_map(|r| r["path"].as_str()).collect();
    assert_eq!(paths, others.clone().map(|file| file.path.as_str()).collect());
    for file in others {
        let resource = resources.iter().find(|r| r["path"] == file.path).expect("a resource");
        let hash = Sha256Hash(Sha256::digest(&file.bytes).into());
        assert_eq!(resource["hash"], format!("sha256:{hash}"));
        assert_eq!(resource["bytes"], file.bytes.len());
    }
    let table = resources.iter().find(|r| r["path"] == "by-country.csv").expect("the table");
    let names: Vec<_> = table["schema"]["fields"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|f| f["name"].as_str())
        .collect();
    let text = csv_text(&edition);
    assert_eq!(names.join(","), text.lines().next().expect("a header"));
}

#[test]
fn the_same_edition_gives_the_same_bytes() {
    for edition in [of_everything(), published(first_half_of_2021())] {
        let formats = [Format::Csv, Format::Xlsx, Format::Json, Format::Pdf];
        assert_eq!(files(&edition, &formats), files(&edition, &formats));
    }
}

/// Pages, and rows of tables in the tree of tags.
#[track_caller]
fn pages_and_rows(edition: &Edition) -> (usize, usize) {
    let bytes = bytes(edition, Format::Pdf, "report.pdf");
    assert!(bytes.starts_with(b"%PDF-1.7"));
    let pdf = Pdf::new(bytes).expect("a PDF");
    let objects = pdf.objects().into_iter().filter_map(Object::into_dict);
    let rows =
        objects.filter(|tag| tag.get::<Name<'_>>("S").is_some_and(|name| name.as_str() == "TR"));
    (pdf.pages().len(), rows.count())
}

#[test]
fn no_country_is_lost_where_tables_break_across_pages() {
    let (pages_few, rows_few) = pages_and_rows(&wide(10));
    let (pages_many, rows_many) = pages_and_rows(&wide(210));
    // Table 1, 2 and 3 have a row for each country. A page holds about 50 rows, so a table that
    // did not break would end on its first page and leave the document short.
    assert_eq!(rows_many - rows_few, 3 * 200);
    assert!(pages_many >= pages_few + 3 * 200 / 60, "{pages_few} and {pages_many} pages");
}

#[test]
fn what_a_publisher_writes_is_set_as_text() {
    let mut edition = first_half_of_2021();
    let hostile = "#read(\"data.json\") *x* $y$ <z> @w \\u{0} ]] \"";
    edition.publisher.name = hostile.to_owned();
    edition.publisher.notice = Some(hostile.to_owned());
    edition.publisher.principles = format!("## {hostile}\n\n{hostile}\n");
    let (pages, _) = pages_and_rows(&edition);
    assert!(pages > 1);
}

#[test]
fn a_character_that_no_font_has_is_named() {
    let mut edition = first_half_of_2021();
    edition.publisher.name = "文".to_owned();
    let error = render(&edition, &[Format::Pdf]).expect_err("can't be set");
    let source = std::error::Error::source(&error).expect("a reason").to_string();
    assert!(source.contains('文'), "{source}");
}
