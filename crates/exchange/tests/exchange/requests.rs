//! Tables of requests as CSV.

use domain::fact::Urgency;
use domain::request::HistoricOutcome;
use domain::{Category, Demand, DemandSet, Ground};
use exchange::{Error, Kind, Mapping, Source, Table, template_csv};
use jiff::civil::date;

use crate::{check_faults, faults_of, open, read_requests};

const HEADER: &str = "reference,received_on,country,authority,category,instrument,demand,emergency,\
                      accounts_specified,accounts_disclosed,outcome,ground,decided_on";

/// A row that is right; it is changed one cell at a time.
const RIGHT: [&str; 13] = [
    "A-1",
    "2021-03-04",
    "DE",
    "Example Police",
    "user_data",
    "court_order",
    "registration;connection",
    "no",
    "2",
    "1",
    "approved",
    "",
    "2021-03-18",
];

fn with(changes: &[(&str, &str)]) -> String {
    let mut cells = RIGHT;
    for (column, cell) in changes {
        let i = HEADER.split(',').position(|name| name == *column).expect("a column");
        cells[i] = cell;
    }
    format!("{HEADER}\n{}\n", cells.join(","))
}

#[track_caller]
fn check(changes: &[(&str, &str)], expected: &[&str]) {
    check_faults(read_requests(with(changes), &Mapping::default()), expected);
}

#[test]
fn a_row_becomes_a_request() {
    let (lines, summary) = read_requests(with(&[]), &Mapping::default()).expect("right");
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].line, lines[0].reference.as_str()), (2, "A-1"));
    assert_eq!(lines[0].authority, "Example Police");
    let request = &lines[0].request;
    assert_eq!(request.received_on, date(2021, 3, 4));
    assert_eq!(request.country.code(), "DE");
    assert_eq!(request.category, Category::UserData);
    assert_eq!(request.instrument.as_str(), "court_order");
    assert_eq!(request.demands, DemandSet::from_iter([Demand::Registration, Demand::Connection]));
    assert_eq!(request.urgency, Urgency::Ordinary);
    assert_eq!((request.accounts_specified, request.accounts_disclosed), (Some(2), Some(1)));
    assert_eq!(request.outcome, HistoricOutcome::Approved { decided_on: date(2021, 3, 18) });
    assert_eq!((summary.handed_out, summary.repeated, summary.blank), (1, 0, 0));
    assert_eq!(summary.source.to_string(), "UTF-8 text between `,`");
}

#[test]
fn each_outcome_is_read() {
    #[track_caller]
    fn check(outcome: &str, ground: &str, decided_on: &str, expected: HistoricOutcome) {
        let row = [("outcome", outcome), ("ground", ground), ("decided_on", decided_on)];
        let row = [&row[..], &[("accounts_disclosed", "")]].concat();
        let (lines, _) = read_requests(with(&row), &Mapping::default()).expect(outcome);
        assert_eq!(lines[0].request.outcome, expected);
    }
    let (day, decided_on) = ("2021-03-18", date(2021, 3, 18));
    check("approved", "", day, HistoricOutcome::Approved { decided_on });
    check(
        "approved_in_part",
        "",
        day,
        HistoricOutcome::ApprovedInPart { decided_on, ground: None },
    );
    let ground = Some(Ground::NoData);
    check(
        "approved_in_part",
        "no_data",
        day,
        HistoricOutcome::ApprovedInPart { decided_on, ground },
    );
    let ground = Ground::NotStated;
    check("rejected", "not_stated", day, HistoricOutcome::Rejected { decided_on, ground });
    check("withdrawn", "", day, HistoricOutcome::Withdrawn { withdrawn_on: decided_on });
    check("pending", "", "", HistoricOutcome::Pending);
}

#[test]
fn each_trouble_with_a_cell_names_its_place_and_the_mend() {
    check(
        &[("reference", "")],
        &[
            "f.csv:2:1: reference: the cell is blank; write what the company calls this request, each by another name",
        ],
    );
    check(
        &[("reference", " A-1")],
        &["f.csv:2:1: reference: ` A-1` begins or ends with a space; remove the spaces"],
    );
    check(
        &[("reference", "\u{a0}A-1")],
        &["f.csv:2:1: reference: `\u{a0}A-1` begins or ends with a space; remove the spaces"],
    );
    check(
        &[("reference", "A\u{7}1")],
        &[
            "f.csv:2:1: reference: `A\\u{7}1` holds a line break or a character that is none; write it on one line; check the file's encoding",
        ],
    );
    check(
        &[("reference", &"x".repeat(201))],
        &["f.csv:2:1: reference: the text is longer than 200 characters; shorten it"],
    );
    check(
        &[("country", "Moroco")],
        &["f.csv:2:3: country: `Moroco` is no country; did you mean `Morocco`?"],
    );
    check(
        &[("country", "Atlantis")],
        &[
            "f.csv:2:3: country: `Atlantis` is no country; write an ISO 3166-1 code such as `DE` or an English name; `ZZ` is unknown",
        ],
    );
    check(
        &[("country", "DE ")],
        &["f.csv:2:3: country: `DE ` begins or ends with a space; remove the spaces"],
    );
    check(
        &[("category", "userdata")],
        &[
            "f.csv:2:5: category: `userdata` is not one of user_data, technical_expertise; did you mean `user_data`?",
        ],
    );
    check(
        &[("instrument", "Court order")],
        &[
            "f.csv:2:6: instrument: `Court order` is no code of an instrument; write up to 40 of a-z, 0-9, `_`, `-`, `.`, such as `court_order`",
        ],
    );
    check(
        &[("demand", "registration; connection")],
        &[
            "f.csv:2:7: demand: ` connection` begins or ends with a space; remove the spaces around `;`",
        ],
    );
    check(
        &[("demand", "registration;registration")],
        &["f.csv:2:7: demand: `registration` stands twice in the cell; name each demand once"],
    );
    check(
        &[("demand", "licence;contents")],
        &[
            "f.csv:2:7: demand: `contents` is not one of registration, licence, connection, content, preservation, indicators, modus_operandi, reverse_engineering, statistics, research, encryption_keys, undeclared_capabilities, direct_access; did you mean `content`?",
        ],
    );
    check(
        &[("emergency", "YES")],
        &["f.csv:2:8: emergency: `YES` is not one of yes, no; did you mean `yes`?"],
    );
    check(
        &[("accounts_specified", "-3")],
        &[
            "f.csv:2:9: accounts_specified: `-3` is less than nothing; write a whole number in digits alone, or nothing if it was not recorded",
        ],
    );
    check(
        &[("accounts_specified", "2.5")],
        &[
            "f.csv:2:9: accounts_specified: `2.5` is no number; write a whole number in digits alone, or nothing if it was not recorded",
        ],
    );
    check(
        &[("accounts_specified", "99999999999")],
        &["f.csv:2:9: accounts_specified: `99999999999` is too large; write at most 4294967295"],
    );
    check(
        &[("outcome", "granted")],
        &[
            "f.csv:2:11: outcome: `granted` is not one of approved, approved_in_part, rejected, withdrawn, pending; write one of approved, approved_in_part, rejected, withdrawn, pending",
        ],
    );
    check(
        &[("outcome", "rejected"), ("ground", "nodata"), ("accounts_disclosed", "0")],
        &[
            "f.csv:2:12: ground: `nodata` is not one of no_data, legal_requirements, prohibited, not_stated; did you mean `no_data`?",
        ],
    );
}

#[test]
fn each_trouble_with_a_date_is_told_apart() {
    let form = "write YYYY-MM-DD, such as 2021-03-04 for 4 March 2021";
    let at = "f.csv:2:2: received_on:";
    let mapping = "or say the file's form as `date_format` in a mapping file";
    check(
        &[("received_on", "04.03.2021")],
        &[&format!("{at} `04.03.2021` is no date; {form}, {mapping}")],
    );
    check(
        &[("received_on", "2021-3-4")],
        &[&format!("{at} `2021-3-4` is no date; {form}, {mapping}")],
    );
    check(
        &[("received_on", "2021-02-30")],
        &[&format!("{at} `2021-02-30` is no day of the calendar; correct the day")],
    );
    check(
        &[("received_on", "0221-03-04")],
        &[&format!("{at} the year of `0221-03-04` can't be meant; {form}")],
    );
    check(&[("received_on", "")], &[&format!("{at} the cell is blank; {form}")]);
}

#[test]
fn impossible_combinations_are_refused() {
    check(
        &[("outcome", "pending"), ("accounts_disclosed", "")],
        &[
            "f.csv:2:13: decided_on: a date is given, but the outcome is `pending`; leave it blank, or correct the outcome",
        ],
    );
    check(
        &[("decided_on", "")],
        &[
            "f.csv:2:13: decided_on: the cell is blank, but the outcome is `approved`; write the day of the decision or withdrawal, or `pending` as the outcome",
        ],
    );
    check(
        &[("ground", "no_data")],
        &[
            "f.csv:2:12: ground: a ground is given, but the outcome is `approved`; leave it blank, or correct the outcome",
        ],
    );
    check(
        &[("outcome", "rejected"), ("accounts_disclosed", "0")],
        &[
            "f.csv:2:12: ground: a rejection has a ground; write one of no_data, legal_requirements, prohibited, not_stated",
        ],
    );
    check(
        &[("decided_on", "2021-03-03")],
        &[
            "f.csv:2:13: decided_on: settled on 2021-03-03, before it was received on 2021-03-04; correct the wrong one of the two dates",
        ],
    );
    check(
        &[("demand", "encryption_keys")],
        &[
            "f.csv:2:11: outcome: a prohibited demand can't have been approved; write `rejected`, or correct the demand",
        ],
    );
    let rejected = [("outcome", "rejected"), ("accounts_disclosed", "0")];
    check(
        &[&rejected[..], &[("demand", "direct_access"), ("ground", "no_data")]].concat(),
        &[
            "f.csv:2:12: ground: a prohibited demand is rejected as `prohibited`, not on another ground; write `prohibited`",
        ],
    );
    check(
        &[&rejected[..], &[("ground", "prohibited")]].concat(),
        &[
            "f.csv:2:12: ground: the ground is `prohibited`, but no demand is; write the ground that applies, or correct the demand",
        ],
    );
    let split =
        "split the row into requests of one category each, and prohibited demands into their own";
    check(
        &[&rejected[..], &[("demand", "content;direct_access"), ("ground", "prohibited")]].concat(),
        &[&format!(
            "f.csv:2:7: demand: a prohibited demand stands beside another; it is a request of its own; {split}"
        )],
    );
    check(
        &[("demand", "indicators")],
        &[&format!(
            "f.csv:2:7: demand: `indicators` can't be asked for in a request for user_data; {split}"
        )],
    );
    check(
        &[("category", "technical_expertise"), ("demand", "research")],
        &[
            "f.csv:2:9: accounts_specified: a request for technical expertise concerns no accounts; leave both account columns blank, or correct the category",
        ],
    );
    check(
        &[("accounts_disclosed", "3")],
        &[
            "f.csv:2:10: accounts_disclosed: 3 accounts disclosed, but 2 specified; correct the wrong one of the two numbers",
        ],
    );
    check(
        &[("outcome", "withdrawn")],
        &[
            "f.csv:2:10: accounts_disclosed: accounts were disclosed, but nothing was approved; write 0 or nothing, or correct the outcome",
        ],
    );
}

#[test]
fn all_faults_come_at_once_in_the_order_of_the_file() {
    let table = include_str!("data/ten-troubles.csv");
    let faults = faults_of(read_requests(table, &Mapping::default()));
    insta::assert_snapshot!(faults);
    assert_eq!(faults.lines().count(), 10);
}

#[test]
fn the_header_is_held_against_what_is_wanted() {
    let row = RIGHT.join(",");
    let broken = HEADER.replace("received_on", "recieved_on").replace("ground", " ground");
    check_faults(
        read_requests(format!("{broken}\n{row}\n"), &Mapping::default()),
        &[
            "f.csv:1:2: the column `recieved_on` is not known; did you mean `received_on`? If not, translate it in a mapping file under [columns], or list it under `ignore`",
            "f.csv:1:12: the column ` ground` is not known; remove the spaces",
            "f.csv:1:14: the column `received_on` is missing; add it, or in a mapping file translate the column that it is under [columns], or give it one value under [constants]",
            "f.csv:1:14: the column `ground` is missing; add it, or in a mapping file translate the column that it is under [columns], or give it one value under [constants]",
        ],
    );
    check_faults(
        read_requests(format!("{HEADER},country,\n{row},FR,\n"), &Mapping::default()),
        &[
            "f.csv:1:14: column 3 is `country` already; give one of the two another name, or delete it",
            "f.csv:1:15: the column has no name; name it, or delete it",
        ],
    );
}

#[test]
fn the_kind_of_a_table_is_told_by_its_header() {
    let kind = |text: &str| open(text).and_then(|mut table| table.kind(&Mapping::default()));
    assert_eq!(kind(&template_csv()).expect("requests"), Kind::Requests);
    assert_eq!(kind("period,country,measure,value\n").expect("figures"), Kind::Figures);
    let columns = "requests have reference,received_on,country,authority,category,instrument,demand,emergency,accounts_specified,accounts_disclosed,outcome,ground,decided_on; figures have period,country,measure,value; a file with other names is read with a mapping file that says which is which under [columns]";
    let neither =
        "the first row names neither the columns of requests nor those of published figures";
    check_faults(
        kind("country,Referenz\n"),
        &[&format!("f.csv:1:1: {neither}; did you mean `country`? {columns}")],
    );
    check_faults(kind("\n\nname;age\n"), &[&format!("f.csv:3:1: {neither}; {columns}")]);
    let first = "its first row names the columns: reference,received_on,country,authority,category,instrument,demand,emergency,accounts_specified,accounts_disclosed,outcome,ground,decided_on";
    check_faults(kind(""), &[&format!("f.csv:1:1: the table is empty; {first}")]);
    check_faults(
        read_requests("", &Mapping::default()),
        &[&format!("f.csv:1:1: the table is empty; {first}")],
    );
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let authority = "\"Example Police,\n\"\"Unit\"\" 5\"";
    let row = |reference: &str, country: &str, authority: &str| {
        let mut cells = RIGHT;
        (cells[0], cells[2], cells[3]) = (reference, country, authority);
        cells.join(",")
    };
    let table = format!(
        "\r\n{HEADER}\r\n\r\n{}\r\n{}\r\n,,,,,,,,,,,,\r\n{}",
        row("A-1", "DE", authority),
        row("A-2", "Nowhere", "Police"),
        row("A-3", "XX", "Police"),
    );
    let country = "write an ISO 3166-1 code such as `DE` or an English name; `ZZ` is unknown";
    check_faults(
        read_requests(table, &Mapping::default()),
        &[
            "f.csv:4:4: authority: `Example Police,\\n\"Unit\" 5` holds a line break or a character that is none; write it on one line; check the file's encoding",
            &format!("f.csv:6:3: country: `Nowhere` is no country; {country}"),
            &format!("f.csv:8:3: country: `XX` is no country; {country}"),
        ],
    );
}

#[test]
fn a_row_of_another_width_is_refused() {
    let row = RIGHT.join(",");
    check_faults(
        read_requests(
            format!("{HEADER}\n{row},\n{},\n", RIGHT[..3].join(",")),
            &Mapping::default(),
        ),
        &[
            "f.csv:2:14: the row has 14 cells, the header 13; remove what is too much, or put a cell that holds the delimiter in quotes",
            "f.csv:3:5: the row has 4 cells, the header 13; add the cells that are missing; blank ones count",
        ],
    );
}

#[test]
fn quotes_that_do_not_pair_are_refused() {
    let table = with(&[("authority", "5\" Police")]) + &RIGHT.join(",").replace("A-1", "\"A\"-1");
    let mend = "put the whole cell in quotes, and write each quote within it twice";
    check_faults(
        read_requests(table, &Mapping::default()),
        &[
            &format!("f.csv:2:4: a quote stands where none may; {mend}"),
            &format!("f.csv:3:1: a quote stands where none may; {mend}"),
        ],
    );
    let open = with(&[("country", "XX"), ("authority", "Police")])
        + &RIGHT.join(",").replace("Example", "\"Example")
        + &"\nmore".repeat(10);
    check_faults(
        read_requests(open, &Mapping::default()),
        &[
            "f.csv:2:3: country: `XX` is no country; write an ISO 3166-1 code such as `DE` or an English name; `ZZ` is unknown",
            "f.csv:3:4: a quote is opened and not closed within 10000 bytes; close it, or write it twice if it belongs to the text; the rows below could not be read",
        ],
    );
}

#[test]
fn a_reference_comes_once_or_says_the_same_again() {
    let mut other = RIGHT;
    other[2] = "Germany";
    let table = with(&[]) + &other.join(",") + "\n";
    let (lines, summary) = read_requests(table.clone(), &Mapping::default()).expect("equal rows");
    assert_eq!((lines.len(), summary.handed_out, summary.repeated), (1, 1, 1));
    other[2] = "FR";
    check_faults(
        read_requests(table + &other.join(","), &Mapping::default()),
        &[
            "f.csv:4:1: reference: `A-1` stands on line 2 with other content; give each request its own reference, or delete the row that is wrong",
        ],
    );
}

#[test]
fn encodings_and_delimiters_are_found_out() {
    #[track_caller]
    fn check(bytes: &[u8], source: &str, authority: &str) {
        let (lines, summary) = read_requests(bytes, &Mapping::default()).expect(source);
        assert_eq!(
            (summary.source.to_string().as_str(), lines[0].authority.as_str()),
            (source, authority)
        );
    }
    let table = with(&[("authority", "Polícia")]).replace(';', "+");
    let table = table.replace("registration+connection", "content");
    let latin: Vec<u8> =
        table.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let semicolons = table.replace(',', ";");
    let utf16: Vec<u8> =
        table.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(table.as_bytes(), "UTF-8 text between `,`", "Polícia");
    check(&[b"\xef\xbb\xbf", table.as_bytes()].concat(), "UTF-8 text between `,`", "Polícia");
    check(&latin, "windows-1252 text between `,`", "Polícia");
    check(semicolons.as_bytes(), "UTF-8 text between `;`", "Polícia");
    check(&[b"\xff\xfe", &utf16[..]].concat(), "UTF-16LE text between tabs", "Polícia");
    let (lines, summary) = read_requests(semicolons, &Mapping::default()).expect("semicolons");
    assert_eq!(lines.len(), 1);
    assert_eq!(summary.source, Source::Text { encoding: "UTF-8", delimiter: ';' });
}

#[test]
fn what_is_no_table_is_refused() {
    let mend = "export the table as CSV or XLSX";
    check_faults(
        open(b"%PDF-1.7\n".to_vec()),
        &[&format!("f.csv:1:1: this is a PDF, not a spreadsheet; {mend}")],
    );
    check_faults(
        open(b"\x7fELF\x02\x01\0\0".to_vec()),
        &[&format!(
            "f.csv:1:1: this is not a spreadsheet: it holds bytes that no text has; {mend}"
        )],
    );
    let mut mixed = with(&[("authority", "Polícia")]).into_bytes();
    mixed.extend_from_slice(b"A-2,Pol\xedcia\n");
    check_faults(
        open(mixed),
        &[
            "f.csv:3:1: the text is UTF-8 up to here, and not from here on; save it again as UTF-8, or name its `encoding` in a mapping file",
        ],
    );
    let long = with(&[("authority", &"x".repeat(10_001))]);
    check_faults(
        read_requests(long, &Mapping::default()),
        &["f.csv:2:4: the cell is longer than 10000 bytes; shorten it"],
    );
    let endless = format!("{HEADER}\n{}", "x".repeat((1 << 20) + 1));
    check_faults(
        read_requests(endless, &Mapping::default()),
        &[
            "f.csv:2:1: the line is longer than 1048576 bytes; check that this is a table, and that its lines end with a line feed",
        ],
    );
}

#[test]
fn old_line_ends_are_named() {
    let faults = faults_of(read_requests(with(&[]).replace('\n', "\r"), &Mapping::default()));
    let mend = "save the file with a line feed at the end of each line";
    assert!(faults.contains(mend), "{faults}");
}

#[test]
fn the_template_is_a_table_of_requests() {
    let (lines, _) = read_requests(template_csv(), &Mapping::default()).expect("right");
    assert_eq!(lines.len(), 1);
    assert_eq!(template_csv().lines().next(), Some(HEADER));
}

#[test]
fn the_hash_is_that_of_the_bytes() {
    let table = open("abc").expect("a text");
    // FIPS 180-4, example of the message "abc".
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(table.sha256().to_string(), expected);
    assert_eq!((table.name(), table.size_bytes()), ("f.csv", 3));
}

#[test]
fn a_row_that_differs_in_any_one_cell_is_other_content() {
    let right = with(&[("outcome", "approved_in_part"), ("ground", "no_data")]);
    for (column, other) in [
        ("received_on", "2021-03-05"),
        ("country", "FR"),
        ("authority", "Other Police"),
        ("instrument", "mlat"),
        ("demand", "registration"),
        ("emergency", "yes"),
        ("accounts_specified", "3"),
        ("accounts_disclosed", ""),
        ("ground", ""),
        ("decided_on", "2021-03-19"),
    ] {
        let in_part = [("outcome", "approved_in_part"), ("ground", "no_data"), (column, other)];
        let (_, again) = with(&in_part)
            .split_once('\n')
            .map(|(header, row)| (header.len(), row.to_owned()))
            .expect("a row");
        let faults = faults_of(read_requests(right.clone() + &again, &Mapping::default()));
        assert!(
            faults.starts_with("f.csv:3:1: reference: `A-1` stands on line 2"),
            "{column}: {faults}"
        );
        assert_eq!(faults.lines().count(), 1, "{column}: {faults}");
    }
}

/// A file whose disk fails.
#[derive(Debug)]
struct Broken;

impl std::io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the disk is gone"))
    }
}

impl std::io::Seek for Broken {
    fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
        Ok(0)
    }
}

#[test]
fn a_file_that_can_not_be_read_is_no_fault_of_its_rows() {
    let error = Table::open("f.csv", Broken).expect_err("unreadable");
    assert!(matches!(error, Error::Unreadable { .. }));
    assert_eq!(error.to_string(), "f.csv could not be read");
}
