//! The pages: every cell of the reference tables, sentences at the edges, and what a page may not
//! hold.

mod sample;

use std::collections::HashSet;

use domain::count::percent;
use domain::fact::Ground;
use domain::figure::{Measure, PublishedFigure, Value};
use domain::id::Position;
use domain::{Category, Standing};
use report::{Correction, Edition, File, Format, IndexEntry, Provenance, SealedLog, Status};
use scraper::{ElementRef, Html, Selector};

use sample::{
    Builder, HALF_2021, Line, YEAR_2020, compiled_on, country, dataset, edition, large, mixed,
    published, reference,
};

fn files(edition: &Edition) -> Vec<File> {
    report::render(edition, &[Format::Html, Format::Csv]).expect("the edition renders")
}

fn text_of<'a>(files: &'a [File], path: &str) -> &'a str {
    let file = files.iter().find(|file| file.path == path).expect(path);
    str::from_utf8(&file.bytes).expect("text")
}

fn page(edition: &Edition) -> String {
    text_of(&files(edition), "index.html").to_owned()
}

fn select<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).expect("a selector")).collect()
}

/// Text as a reader sees it.
fn text(element: &ElementRef) -> String {
    let text: String = element.text().collect();
    text.replace('\u{a0}', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn first(page: &str, selector: &str) -> String {
    let html = Html::parse_document(page);
    select(&html, selector).first().map(text).unwrap_or_default()
}

/// The cells of a table's body, row by row, the row's head first.
fn rows(page: &str, table: &str) -> Vec<Vec<String>> {
    let html = Html::parse_document(page);
    let cells = Selector::parse("th, td").expect("a selector");
    select(&html, &format!("{table} tbody tr"))
        .iter()
        .map(|row| row.select(&cells).map(|cell| text(&cell)).collect())
        .collect()
}

/// What tables 1 to 3 must hold, straight from the numbers.
fn expected(lines: &[Line]) -> [Vec<Vec<String>>; 3] {
    let total = lines.iter().fold(("All countries", 0, 0, 0, 0), |sum, line| {
        (sum.0, sum.1 + line.1, sum.2 + line.2, sum.3 + line.3, sum.4 + line.4)
    });
    let lines = || std::iter::once(&total).chain(lines);
    let cells = |name: &str, cells: &[String]| {
        std::iter::once(name.to_owned()).chain(cells.iter().cloned()).collect::<Vec<_>>()
    };
    let share = |part: u64, all: u64| format!("{}%", percent(part, all));
    let requests = |&(name, a, b, c, d): &Line| {
        cells(name, &[a + b + c + d, c + d, a + b].map(|n| n.to_string()))
    };
    let technical = |&(name, a, b, c, d): &Line| {
        let all = a + b + c + d;
        cells(name, &[a.to_string(), share(a, all), b.to_string(), share(b, all)])
    };
    let user = |&(name, a, b, c, d): &Line| {
        let all = a + b + c + d;
        cells(name, &[c.to_string(), share(c, all), d.to_string(), share(d, all)])
    };
    [lines().map(requests).collect(), lines().map(technical).collect(), lines().map(user).collect()]
}

#[test]
fn every_cell_of_the_reference_tables_is_on_the_page() {
    for (edition, lines) in reference().iter().zip([&YEAR_2020[..], &HALF_2021[..]]) {
        let page = page(edition);
        for (table, expected) in ["#t1", "#t2", "#t3"].into_iter().zip(expected(lines)) {
            assert_eq!(rows(&page, table), expected, "{table} of {}", edition.dataset.period);
        }
    }
}

#[test]
fn known_cells_are_printed_as_the_reference_prints_them() {
    let [year, half] = reference().map(|edition| page(&edition));
    let row = |page: &str, table, name: &str| {
        rows(page, table).into_iter().find(|row| row[0] == name).expect("a row")
    };
    assert_eq!(row(&year, "#t1", "All countries")[1..], ["160", "28", "132"]);
    assert_eq!(row(&year, "#t2", "All countries")[1..], ["101", "63%", "31", "19%"]);
    assert_eq!(row(&year, "#t3", "All countries")[1..], ["0", "0%", "28", "18%"]);
    assert_eq!(row(&year, "#t2", "France")[1..], ["10", "91%", "0", "0%"]);
    assert_eq!(row(&half, "#t2", "Russia")[1..], ["10", "20%", "25", "51%"]);
    assert_eq!(row(&half, "#t3", "Denmark")[1..], ["0", "0%", "1", "100%"]);
}

#[test]
fn the_sentences_of_the_reference_periods_are_true() {
    let [year, half] = reference().map(|edition| page(&edition));
    assert_eq!(
        first(&year, ".lead"),
        "In 2020 we received 160 requests from authorities in 15 countries. Of the 28 that asked \
         for user data, none was approved. Of the 132 that asked for technical expertise, 101 were \
         approved and 31 rejected."
    );
    assert_eq!(
        first(&year, "#where .say"),
        "Russia sent 93 of the 160 requests and 27 of the 28 for user data. Ten of the 15 countries \
         sent three or fewer."
    );
    assert_eq!(
        first(&year, "#decided .say"),
        "59 requests were rejected, 37% of all. 58 of them came from Russia and one from France; \
         every request from the other 13 countries was approved."
    );
    assert_eq!(
        first(&half, "#decided .say"),
        "42 requests were rejected, 40% of all. 39 of them came from Russia, two from Italy and one \
         from Denmark; every request from the other 14 countries was approved."
    );
    assert_eq!(
        first(&half, "#time .say"),
        "Requests came more often in January to June 2021 than in 2020: 17.5 a month after 13.3."
    );
    assert_eq!(
        first(&half, "#users .say"),
        "People who use our products sent 503 requests about their own data in 2020, and 1,199 in \
         January to June 2021: 41.9 a month, then 199.8."
    );
    // A later period's figure says nothing of an earlier one.
    assert!(!year.contains("1,199"));
}

#[test]
fn unlike_periods_are_compared_only_where_they_may_be() {
    let [_, half] = reference().map(|edition| page(&edition));
    let row = |measure: &str| {
        rows(&half, "#comparison").into_iter().find(|row| row[0] == measure).expect("a row")
    };
    assert_eq!(row("Requests a month")[1..], ["13.3", "17.5", "yes"]);
    assert_eq!(row("Share rejected")[1..], ["37%", "40%", "yes"]);
    assert_eq!(row("All requests")[1..], ["160", "105", "no: 12 months, 6 months"]);
    assert_eq!(
        row("Countries")[1..],
        ["15", "17", "no: a longer period meets more countries; 13 in both, 19 in either"]
    );
}

/// A period with requests of one category, each line a country, a standing and a number.
fn only(category: Category, lines: &[(&str, Standing, u64)]) -> String {
    let mut builder = Builder::new("2020");
    for (name, standing, requests) in lines {
        builder.add(country(name), category, *standing, *requests);
    }
    page(&edition(builder.dataset(), Vec::new(), published()))
}

#[track_caller]
fn check_words(page: &str, lead: &str, origins: &str, decided: &str) {
    assert_eq!(first(page, ".lead"), lead);
    assert_eq!(first(page, "#where .say"), origins);
    assert_eq!(first(page, "#decided .say"), decided);
}

#[test]
fn a_period_without_requests_says_so() {
    check_words(
        &only(Category::UserData, &[]),
        "In 2020 we received no request from authorities.",
        "No request was received.",
        "No request was received, so none was decided.",
    );
}

#[test]
fn one_request_is_spoken_of_as_one() {
    let technical = Category::TechnicalExpertise;
    check_words(
        &only(technical, &[("France", Standing::Approved, 1)]),
        "In 2020 we received 1 request from an authority in 1 country. It asked for technical \
         expertise and was approved.",
        "The one request came from France.",
        "The one request was approved.",
    );
    check_words(
        &only(Category::UserData, &[("Netherlands", Standing::Open, 1)]),
        "In 2020 we received 1 request from an authority in 1 country. It asked for user data and \
         is still open.",
        "The one request came from the Netherlands.",
        "No request was rejected; 0 of 1 were approved. One was still open when this edition was \
         compiled.",
    );
}

#[test]
fn a_period_in_which_all_is_open_names_no_decision() {
    check_words(
        &only(Category::UserData, &[("France", Standing::Open, 3), ("Chile", Standing::Open, 2)]),
        "In 2020 we received 5 requests from authorities in 2 countries. All 5 asked for user data; \
         all are still open.",
        "France sent 3 of the 5 requests and 3 of the 5 for user data.",
        "No request was rejected; 0 of 5 were approved. Five were still open when this edition was \
         compiled.",
    );
}

#[test]
fn ties_name_no_country_as_the_first() {
    let approved = Standing::Approved;
    let technical = Category::TechnicalExpertise;
    let tied =
        only(technical, &[("France", approved, 4), ("Chile", approved, 4), ("Peru", approved, 1)]);
    assert_eq!(first(&tied, "#where .say"), "Chile and France sent 4 requests each, of 9 in all.");
    let even = only(technical, &[("France", approved, 2), ("Chile", approved, 2)]);
    assert_eq!(first(&even, "#where .say"), "Each of the two countries sent 2 requests.");
    let rejected = Standing::Rejected(Ground::NoData);
    let names = ["Chile", "France", "Peru", "Spain", "Italy"];
    let many = names.map(|name| (name, rejected, 3));
    assert_eq!(
        first(&only(technical, &many), "#decided .say"),
        "All 15 requests were rejected. They came from five countries."
    );
}

#[test]
fn one_country_is_named_once() {
    let rejected = Standing::Rejected(Ground::NoData);
    let page = only(
        Category::UserData,
        &[("United States", rejected, 11), ("United States", Standing::Approved, 1)],
    );
    check_words(
        &page,
        "In 2020 we received 12 requests from authorities in 1 country. All 12 asked for user data; \
         1 was approved and 11 rejected.",
        "All 12 requests came from the United States.",
        "11 requests were rejected, 92% of all.",
    );
}

#[test]
fn a_large_period_has_bars_commas_and_all_columns() {
    let edition = edition(large("2022"), Vec::new(), published());
    let files = files(&edition);
    let page = text_of(&files, "index.html");
    assert!(first(page, ".lead").contains("685,420 requests"), "{}", first(page, ".lead"));
    let heads: Vec<String> = {
        let html = Html::parse_document(page);
        select(&html, "#t2 thead th").iter().map(text).collect()
    };
    assert_eq!(
        heads,
        [
            "Country",
            "Approved",
            "Rejected",
            "Open",
            "Withdrawn",
            "count",
            "% of all",
            "count",
            "% of all",
            "count",
            "count"
        ]
    );
    assert_eq!(rows(page, "#t1").len(), 61);
    let grounds = rows(page, "#t4");
    let of = |head: &str| {
        let row = grounds.iter().find(|row| row[0] == head).expect(head);
        row[3].replace(',', "").parse::<u64>().expect("a number")
    };
    assert_eq!(
        of("Rejected"),
        of("no data found")
            + of("legal requirements not met")
            + of("prohibited demand")
            + of("ground not stated")
    );
    assert_eq!(
        of("All requests"),
        of("Approved") + of("Rejected") + of("Open") + of("Withdrawn by the sender")
    );
    let chart = text_of(&files, "charts/origins.svg");
    assert!(!chart.contains("<path") && chart.contains(">40 others</text>"));
}

#[test]
fn each_request_is_one_mark() {
    for edition in reference() {
        let requests = edition.dataset.total.requests();
        let files = files(&edition);
        for path in ["charts/origins.svg", "charts/origins-narrow.svg"] {
            let chart = Html::parse_fragment(text_of(&files, path));
            let marks: usize = select(&chart, "path")
                .iter()
                .map(|path| path.value().attr("d").unwrap_or_default().matches('M').count())
                .sum();
            assert_eq!(marks as u64, requests, "{path} of {}", edition.dataset.period);
        }
        let page = Html::parse_document(text_of(&files, "index.html"));
        let marks: usize = select(&page, ".four path")
            .iter()
            .map(|path| path.value().attr("d").unwrap_or_default().matches('M').count())
            .sum();
        assert_eq!(marks as u64, requests, "headline of {}", edition.dataset.period);
    }
}

#[test]
fn published_figures_stand_apart_and_bands_stay_bands() {
    let [_, mut half] = reference();
    let figure = |measure, value| PublishedFigure {
        period: "2018".parse().expect("a period"),
        country: None,
        measure,
        value,
    };
    half.figures.extend([
        figure(Measure::Requests, Value::Band { low: 14, high: 1_499 }),
        figure(Measure::AccountsSpecified, Value::Withheld),
        figure(Measure::UserRequests, Value::Band { low: 0, high: 499 }),
    ]);
    let page = page(&half);
    assert_eq!(
        rows(&page, "#published"),
        [["2018", "Requests", "between 14 and 1,499"], ["2018", "Accounts specified", "withheld"]]
    );
    assert!(
        first(&page, "#published caption").contains("published figure, not backed by requests")
    );
    let users = rows(&page, "#users-table");
    assert_eq!(users[0][2..], ["between 0 and 499", "–"]);
    assert!(first(&page, "#users-table caption").contains("not backed by requests"));
    // Counts don't move for it.
    assert_eq!(rows(&page, "#t1")[0][1], "105");
}

#[test]
fn a_draft_says_so_and_a_published_page_does_not() {
    let draft = edition(
        dataset("2020", &YEAR_2020, Ground::NoData),
        Vec::new(),
        Status::Draft { compiled_on: compiled_on() },
    );
    let page_of_draft = page(&draft);
    assert!(first(&page_of_draft, "title").starts_with("DRAFT: "));
    assert!(first(&page_of_draft, ".draft").starts_with("DRAFT – not published."));
    let [year, _] = reference();
    assert!(!page(&year).contains("DRAFT"));
}

#[test]
fn corrections_and_import_are_told() {
    let [mut year, _] = reference();
    year.status = Status::Published {
        revision: 1,
        published_on: compiled_on(),
        corrections: vec![Correction {
            revision: 1,
            published_on: compiled_on(),
            reason: "A letter <was> late.".to_owned(),
        }],
    };
    let page_corrected = page(&year);
    assert!(page_corrected.contains("A letter &#60;was&#62; late."));
    assert!(first(&page_corrected, "#method").contains("Revision 1"));
    let imported =
        "Imported on 20 September 2021 from the company’s own records, not recorded on receipt";
    assert!(first(&page_corrected, ".meta").contains(imported));
    year.provenance = Provenance { cutoff: None, imported: 0, imported_on: None, log: None };
    assert!(!page(&year).contains("Imported"));
}

#[test]
fn nothing_claims_a_proof() {
    for edition in reference() {
        let text = {
            let page = page(&edition);
            let html = Html::parse_document(&page);
            select(&html, "body").first().map(text).unwrap_or_default().to_lowercase()
        };
        for never in ["sealed", "seal ", "witness", "ledger", "proven"] {
            assert!(!text.contains(never), "the page says `{never}`");
        }
        assert!(
            text.contains("whether every request was counted can’t be checked from outside yet")
        );
    }
}

#[test]
fn an_edition_out_of_a_log_says_what_is_sealed_and_since_when() {
    let [mut year, _] = reference();
    let origin = "example.com/log".to_owned();
    year.provenance.log = Some(SealedLog { origin, leaves: 1_234 });
    year.provenance.cutoff = Some(Position(267));
    let page = page(&year);
    for says in [
        "from the company’s own records, sealed on import, not on receipt",
        "The log example.com/log held 1,234 leaves then",
        "candor verify ADDRESS --receipt FILE",
        "Sealed, with a receipt for the sender",
        "No proof of the numbers yet",
    ] {
        assert!(page.contains(says), "the page does not say `{says}`");
    }
    assert!(!page.contains("proven"));
}

#[test]
fn downloads_carry_the_hash_of_their_bytes() {
    let [year, _] = reference();
    let files = files(&year);
    let page = text_of(&files, "index.html");
    let csv = files.iter().find(|file| file.path == "by-country.csv").expect("the CSV");
    let hash: String = {
        use sha2::{Digest, Sha256};
        Sha256::digest(&csv.bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    assert!(first(page, "#files table").contains(&hash));
    assert!(first(page, "#check pre").contains(&hash));
}

/// What the content security policy and the style forbid, and what HTML asks.
#[test]
fn pages_are_plain_and_small() {
    let few = edition(mixed("2021-Q3"), vec![mixed("2021-Q2")], published());
    let none = edition(Builder::new("2019").dataset(), Vec::new(), published());
    let [year, half] = reference();
    for (edition, is_example) in [(year, true), (half, true), (few, false), (none, false)] {
        let files = files(&edition);
        let page = text_of(&files, "index.html");
        for never in [" style=", "<script", "<style", "http://", "https://", "javascript:"] {
            assert!(!page.contains(never), "the page holds `{never}`");
        }
        assert!(page.len() < 100_000 || !is_example, "{} bytes", page.len());
        let html = Html::parse_document(page);
        let ids: Vec<&str> =
            select(&html, "[id]").iter().filter_map(|e| e.value().attr("id")).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "an id stands twice");
        for link in select(&html, "a[href^='#']") {
            let target = link.value().attr("href").unwrap_or_default().trim_start_matches('#');
            assert!(ids.contains(&target), "#{target} leads nowhere");
        }
        for label in select(&html, "[aria-labelledby]") {
            let labels = label.value().attr("aria-labelledby").unwrap_or_default();
            assert!(labels.split(' ').all(|id| ids.contains(&id)), "{labels}");
        }
        for table in select(&html, "table") {
            let has = |selector: &str| {
                table.select(&Selector::parse(selector).expect("a selector")).next().is_some()
            };
            assert!(has("caption") && has("th[scope=col]") && has("th[scope=row]"));
        }
        let links = select(&html, "#files a");
        for link in links {
            let path = link.value().attr("href").unwrap_or_default();
            let is_file = files.iter().any(|file| file.path == path);
            assert!(is_file || path == "datapackage.json", "{path} is no file");
        }
    }
}

#[test]
fn a_page_finds_the_style_sheet_from_its_folder() {
    let [year, _] = reference();
    let files = files(&year);
    assert!(text_of(&files, "index.html").contains(r#"href="../candor.css""#));
    let in_revision = report::in_revision_folder(&year, &files).expect("the page renders");
    let revision = text_of(&in_revision, "index.html");
    assert!(revision.contains(r#"href="../../candor.css""#));
    // But for the way to the root, the two are the same page.
    assert!(
        revision.replace("../../", "../") == text_of(&files, "index.html"),
        "the folders tell different things"
    );
}

#[test]
fn chart_files_need_nothing_from_elsewhere() {
    for edition in
        [reference()[1].clone(), edition(large("2022"), vec![large("2021")], published())]
    {
        let files = files(&edition);
        let charts: Vec<&File> = files.iter().filter(|f| f.path.starts_with("charts/")).collect();
        let paths: Vec<&str> = charts.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "charts/map-narrow.svg",
                "charts/map.svg",
                "charts/origins-narrow.svg",
                "charts/origins.svg",
                "charts/outcomes-narrow.svg",
                "charts/outcomes.svg",
                "charts/over-time-narrow.svg",
                "charts/over-time.svg",
            ]
        );
        for chart in charts {
            let text = str::from_utf8(&chart.bytes).expect("text");
            assert!(
                text.starts_with("<svg ") && text.contains("xmlns=\"http://www.w3.org/2000/svg\"")
            );
            assert!(!text.contains("var(") && !text.contains("href"), "{}", chart.path);
            assert!(text.contains("prefers-color-scheme:dark"), "{}", chart.path);
            assert!(
                text.contains("<title") && text.contains("<desc") && text.contains("role=\"img\"")
            );
        }
    }
}

#[test]
fn the_map_colours_the_countries_of_the_period() {
    let files = files(&reference()[0]);
    let map = Html::parse_fragment(text_of(&files, "charts/map.svg"));
    let coloured = select(&map, "path[class]").len();
    assert_eq!(coloured, 15);
    let few = edition(mixed("2021-Q3"), Vec::new(), published());
    assert!(first(&page(&few), "#where").contains("Not on the map, but in the table: INTERPOL."));
}

#[test]
fn the_index_lists_editions_newest_first() {
    let entry = |period: &str, is_draft, requests| IndexEntry {
        period: period.parse().expect("a period"),
        is_draft,
        revision: 0,
        requests,
        countries: 15,
    };
    let [year, _] = reference();
    let entries = [entry("2020", false, 1_160), entry("2021-H1", true, 105)];
    let page = report::index_page(&year.publisher, &entries).expect("the page renders");
    let page = String::from_utf8(page).expect("text");
    assert_eq!(
        rows(&page, ".editions"),
        [["January to June 2021", "105", "15", "DRAFT"], ["2020", "1,160", "15", "revision 0"]]
    );
    assert!(page.contains(r#"href="2021-H1/index.html""#));
}

#[test]
fn the_same_edition_gives_the_same_bytes() {
    let [_, half] = reference();
    assert_eq!(files(&half), files(&half));
}
