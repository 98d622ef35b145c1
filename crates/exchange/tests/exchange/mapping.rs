//! Mapping files: what they can do, and what is wrong with them.

use domain::request::HistoricOutcome;
use exchange::{Kind, Mapping};
use jiff::civil::date;

use crate::{check_faults, mapped, open, read_figures, read_requests};

const THEIRS: &str = "Internal list\nnot for release\n\
                      No;Received;State;Body;Kind;Asked;Result;Why;Done;Remarks\n\
                      17;04.03.2021;Marocco;Example Police;D;IP;refused;nothing held;18.03.2021;x\n\
                      18;05.03.2021;France;Example Gendarmerie;test;;;;;\n";

const MAP: &str = r#"
delimiter = ";"
skip_rows = 2
date_format = "%d.%m.%Y"
ignore = ["Remarks"]

[columns]
No = "reference"
Received = "received_on"
State = "country"
Body = "authority"
Kind = "category"
Asked = "demand"
Result = "outcome"
Why = "ground"
Done = "decided_on"

[constants]
instrument = "none"
emergency = "no"
accounts_specified = ""
accounts_disclosed = ""

[values.category]
D = "user_data"

[values.demand]
IP = "connection"

[values.outcome]
refused = "rejected"

[values.ground]
"nothing held" = "no_data"

[leave_out]
Kind = ["test"]
"#;

#[test]
fn a_table_in_other_words_is_read() {
    let mapping = mapped(MAP);
    assert_eq!(
        open(THEIRS).and_then(|mut table| table.kind(&mapping)).expect("kind"),
        Kind::Requests
    );
    let (lines, summary) = read_requests(THEIRS, &mapping).expect("right");
    assert_eq!((lines.len(), summary.left_out), (1, 1));
    let line = &lines[0];
    assert_eq!((line.line, line.reference.as_str(), line.request.country.code()), (4, "17", "MA"));
    assert_eq!(line.request.received_on, date(2021, 3, 4));
    let decided_on = Some(date(2021, 3, 18));
    assert_eq!(line.request.outcome.settled_on(), decided_on);
    assert!(matches!(line.request.outcome, HistoricOutcome::Rejected { .. }));
}

#[track_caller]
fn check(toml: &str, expected: &[&str]) {
    check_faults(Mapping::read("map.toml", toml).map_err(Into::into), expected);
}

#[test]
fn a_mapping_that_makes_no_sense_is_refused_at_its_line() {
    check(
        "delimiter = \"|\"\nencoding = \"klingon\"\ndate_format = \"%d.%m.\"\nthousands = \"_\"\n",
        &[
            "map.toml:1:13: the delimiter `|` is not supported; write `,`, `;` or `tab`",
            "map.toml:2:12: the encoding `klingon` is not known; write a name such as `utf-8`, `windows-1252` or `shift_jis`",
            "map.toml:3:15: the date format `%d.%m.` does not make a whole date; write it like `%d.%m.%Y` for 23.11.2021",
            "map.toml:4:13: the thousands mark `_` is not supported; write `,`, `.`, `'` or a space",
        ],
    );
    check(
        "[columns]\nA = \"recieved_on\"\nC = \"country\"\nB = \"country\"\n[measures]\nx = \"request\"\n",
        &[
            "map.toml:2:5: `recieved_on` is no column of candor's; did you mean `received_on`?",
            "map.toml:4:1: `country` is already read from `C`; keep one of the two, and list the other under `ignore`",
            "map.toml:6:5: `request` is no measure; did you mean `requests`?",
        ],
    );
    check(
        "[period]\ntemplate = \"2021-{half\"\n",
        &[
            "map.toml:2:12: a brace is opened and not closed; write it like \"{year}-H{half}\", with their columns in braces",
        ],
    );
    let mend = "a mapping is TOML with delimiter, encoding, sheet, skip_rows, date_format, thousands, ignore, and the tables columns, constants, values.<column>, leave_out, measures, period";
    let known = "`delimiter`, `encoding`, `sheet`, `skip_rows`, `date_format`, `thousands`, `ignore`, `columns`, `constants`, `values`, `leave_out`, `measures`, `period`";
    check(
        "\ncolums = 1\n",
        &[&format!("map.toml:2:1: unknown field `colums`, expected one of {known}; {mend}")],
    );
}

#[test]
fn a_mapping_is_held_against_the_file() {
    let mapping = mapped(
        "ignore = [\"Remark\"]\n[columns]\nReceive = \"received_on\"\n[constants]\nemergency = \"nope\"\n\
         country = \"DE\"\n[values.outcome]\nyes = \"aproved\"\n[values.colour]\nred = \"blue\"\n",
    );
    let table = "reference,received_on,country,authority,category,instrument,demand,\
                 accounts_specified,accounts_disclosed,outcome,ground,decided_on,Remarks\n";
    let columns = "reference, received_on, country, authority, category, instrument, demand, emergency, accounts_specified, accounts_disclosed, outcome, ground, decided_on";
    check_faults(
        read_requests(table, &mapping),
        &[
            "f.csv:1:13: the column `Remarks` is not known; translate it in a mapping file under [columns], or list it under `ignore`",
            "map.toml:1:11: the file has no column `Remark`; did you mean `Remarks`?",
            "map.toml:3:1: the file has no column `Receive`; it has `reference`, `received_on`, `country`, `authority`, `category`, `instrument`, `demand`, `accounts_specified`, `accounts_disclosed`, `outcome`, `ground`, `decided_on`, `Remarks`",
            &format!(
                "map.toml:9:9: `colour` has no values to translate; values are translated for {columns}"
            ),
            "map.toml:6:11: `country` is a constant here and a column of the file; keep one of the two",
            "map.toml:5:13: emergency: `nope` is not one of yes, no; write one of yes, no",
            "map.toml:8:7: outcome: `aproved` is not one of approved, approved_in_part, rejected, withdrawn, pending; did you mean `approved`?",
        ],
    );
}

#[test]
fn what_is_for_the_other_kind_of_table_is_refused() {
    let mapping = mapped("[measures]\nTotal = \"requests\"\n");
    let faults = read_requests("reference,Total\n", &mapping).expect_err("refused").to_string();
    let expected = "map.toml:2:1: this table holds requests, and [measures] and [period] are for figures; remove them";
    assert!(faults.contains(expected), "{faults}");
    let mapping = mapped("[constants]\nemergency = \"no\"\n");
    check_faults(
        read_figures("period,country,measure,value\n", &mapping),
        &[
            "map.toml:2:13: `emergency` is no column of this kind of table; its columns are period, country, measure, value",
        ],
    );
}

#[test]
fn a_named_encoding_is_taken_at_its_word() {
    let table = "period,country,measure,value\n2021,C\u{f4}te d'Ivoire,requests,1\n";
    let latin: Vec<u8> =
        table.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let (lines, _) = read_figures(latin.clone(), &mapped("encoding = \"latin1\"")).expect("right");
    assert_eq!(lines[0].figure.country.map(|country| country.code()), Some("CI"));
    check_faults(
        read_figures(latin, &mapped("encoding = \"utf-8\"")),
        &[
            "f.csv:2:2: the cell is not UTF-8; save the file as UTF-8, or name its `encoding` in a mapping file",
        ],
    );
}

#[test]
fn the_documented_mapping_is_right() {
    assert!(Mapping::read("example.toml", Mapping::EXAMPLE).is_ok());
}

#[test]
fn a_column_that_would_go_unread_is_named() {
    let mapping = mapped(
        "[constants]\nmeasure = \"requests\"\n[measures]\nTotal = \"requests\"\n[period]\n\
         template = \"{period}-H{half}\"\n",
    );
    let what = "is made up from other columns, by [period] or [measures]";
    check_faults(
        read_figures("period,half,country,Total,value\n2021,1,FR,5,6\n", &mapping),
        &[
            &format!("map.toml:2:11: `measure` {what}; remove the constant"),
            &format!("f.csv:1:5: `value` {what}; list this column under `ignore`"),
        ],
    );
    let mapping = mapped(
        "ignore = [\"value\"]\n[measures]\nTotal = \"requests\"\n[period]\n\
         template = \"{period}-H{half}\"\n",
    );
    let (lines, _) = read_figures("period,half,country,Total,value\n2021,1,FR,5,6\n", &mapping)
        .expect("the mapping says it all");
    assert_eq!(lines[0].figure.period.to_string(), "2021-H1");
}
