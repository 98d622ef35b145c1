//! From nothing to both editions of the example, every number equal to the printed one.

use app::{AsOf, Refolding, Site};
use databases::on_each;
use domain::Country;
use stories::{EXPECTED, FIGURES, REQUESTS, World, period};

/// The name of a period in the printed report, and ours.
const PERIODS: [(&str, &str); 2] = [("2020", "2020"), ("H1 2021", "2021-H1")];

/// The printed rows of a period, with the country as a code, `TOTAL` first.
fn printed(period: &str) -> Vec<Vec<String>> {
    EXPECTED
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>())
        .filter(|row| row[0] == period)
        .map(|mut row| {
            row.remove(0);
            if row[0] != "TOTAL" {
                row[0] = Country::from_text(&row[0]).expect("a country").code().to_owned();
            }
            row.iter().map(|cell| cell.trim_end_matches('%').to_owned()).collect()
        })
        .collect()
}

/// The same columns of `by-country.csv`.
fn published(csv: &str) -> Vec<Vec<String>> {
    const COLUMNS: [&str; 12] = [
        "country",
        "requests",
        "user_data",
        "technical_expertise",
        "technical_approved_pct",
        "technical_approved",
        "technical_rejected_pct",
        "technical_rejected",
        "user_data_approved_pct",
        "user_data_approved",
        "user_data_rejected_pct",
        "user_data_rejected",
    ];
    let mut lines = csv.lines().map(|line| line.trim_end().split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let place = |column: &&str| header.iter().position(|name| name == column).expect("a column");
    let places: Vec<usize> = COLUMNS.iter().map(place).collect();
    lines.map(|row| places.iter().map(|i| row[*i].to_owned()).collect()).collect()
}

#[test]
fn both_editions_hold_every_number_of_the_printed_report() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        world.editor_publishes("2021-H1").await.expect("publishes");
        for (theirs, ours) in PERIODS {
            let csv = world.reader_gets(&format!("/{ours}/by-country.csv")).await;
            let (printed, published) = (printed(theirs), published(csv.text()));
            assert_eq!(printed.len(), if ours == "2020" { 16 } else { 18 });
            assert_eq!(published, printed, "{ours}");
        }
        let doctor = world.candor.doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{doctor:?}");
    });
}

#[test]
fn the_users_requests_are_shown_and_not_counted() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        let published = world.editor_publishes("2021-H1").await.expect("publishes");
        assert_eq!(published.requests, 105);
        let page = world.reader_gets("/2021-H1/").await;
        assert!(page.text().contains("1,199") && page.text().contains("503"));
        assert!(page.text().to_lowercase().contains("not backed by requests"));
    });
}

#[test]
fn doing_it_again_changes_nothing() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        let before = world.events().await;
        assert_eq!(before, 265 + 2);
        let again = world.operator_imports("requests.csv", REQUESTS).await.expect("imports");
        assert_eq!((again.new, again.updated, again.unchanged), (0, 0, 265));
        let again = world.operator_imports("figures.csv", FIGURES).await.expect("imports");
        assert_eq!((again.new, again.updated, again.unchanged), (0, 0, 2));
        world.editor_publishes("2020").await.expect("publishes");
        let refused = world.editor_publishes("2020").await.expect_err("published already");
        assert!(refused.to_string().contains("--correct REASON"), "{refused}");
        assert_eq!(world.events().await, before + 1);
    });
}

#[test]
fn what_was_published_stays_when_a_correction_follows() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        let late = "reference,received_on,country,authority,category,instrument,demand,emergency,\
            accounts_specified,accounts_disclosed,outcome,ground,decided_on\n\
            LATE-1,2020-12-30,France,Example Court,user_data,mlat,registration,no,1,,rejected,\
            no_data,2021-02-01\n";
        let first = world.reader_gets("/2020/by-country.csv").await;
        world.operator_imports("late.csv", late).await.expect("imports");
        let refused = world.editor_corrects("2020", " ").await.expect_err("no reason");
        assert!(refused.to_string().contains("reason"), "{refused}");
        let reason = "A letter of December was registered late.";
        let corrected = world.editor_corrects("2020", reason).await.expect("corrects");
        assert_eq!((corrected.revision, corrected.requests), (1, 161));
        let now = world.reader_gets("/2020/by-country.csv").await;
        assert!(now.text().contains("TOTAL,All countries,161,29,132"), "{}", now.text());
        let (old, new) = ("/2020/r0/by-country.csv", "/2020/r1/by-country.csv");
        assert_eq!(world.reader_gets(old).await.bytes, first.bytes);
        assert_eq!(world.reader_gets(new).await.bytes, now.bytes);
        let page = world.reader_gets("/2020/").await;
        assert!(page.text().contains(reason));
    });
}

#[test]
fn a_period_is_published_when_it_is_over() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        let refused = world.editor_publishes("2026-Q3").await.expect_err("not over");
        assert!(refused.to_string().contains("not over yet"), "{refused}");
        let refused = world.editor_corrects("2020", "Why not?").await.expect_err("not published");
        assert!(refused.to_string().contains("nothing to correct"), "{refused}");
        world.editor_publishes("2026-Q2").await.expect("a quarter without requests");
    });
}

#[test]
fn a_build_copies_what_is_published_and_marks_the_rest_draft() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        let out = world.dir.path().join("site");
        let site = Site::new(&out);
        let all = report::Format::ALL;
        let build = async |p| world.candor.build(period(p), AsOf::Now, &all, &site).await;
        assert!(build("2020").await.expect("builds"));
        assert!(!build("2021-H1").await.expect("builds"));
        assert!(!build("2020-07-01/2020-09-15").await.expect("builds"));
        let read = |path: &str| std::fs::read(out.join(path)).expect(path);
        let text = |path: &str| String::from_utf8(read(path)).expect("UTF-8");
        for path in ["index.html", "report.pdf", "by-country.csv", "requests.xlsx", "r0/index.html"]
        {
            let served = world.reader_gets(&format!("/2020/{path}")).await;
            assert_eq!(read(&format!("2020/{path}")), served.bytes, "{path}");
        }
        assert!(!text("2020/index.html").contains("DRAFT"));
        assert!(text("2021-H1/index.html").contains("DRAFT"));
        let index = text("index.html");
        for folder in ["2020/", "2021-H1/", "2020-07-01_2020-09-15/"] {
            assert!(index.contains(&format!("href=\"{folder}index.html\"")), "{folder}");
        }
        assert!(out.join("candor.css").is_file());
        // Published, but as it was counted before anything was imported.
        let then = AsOf::Position(domain::id::Position(0));
        let formats = [report::Format::Csv];
        let build = world.candor.build(period("2020"), then, &formats, &site).await;
        assert!(!build.expect("builds"));
        assert!(text("2020/by-country.csv").contains("TOTAL,All countries,0,0,0"));
    });
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        let out = world.dir.path().join("site");
        let photos = out.join("2020");
        std::fs::create_dir_all(&photos).expect("makes");
        std::fs::write(photos.join("photo.jpg"), "mine").expect("writes");
        let (site, formats) = (Site::new(&out), [report::Format::Csv]);
        let refused = world.candor.build(period("2020"), AsOf::Now, &formats, &site).await;
        let refused = refused.expect_err("it is not ours").to_string();
        assert!(refused.contains("2020") && refused.contains("--out"), "{refused}");
        assert!(photos.join("photo.jpg").is_file());
    });
}

#[test]
fn a_draft_from_the_spreadsheet_has_the_same_numbers_and_stores_nothing() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("requests.csv");
    std::fs::write(&file, REQUESTS).expect("writes");
    let publisher = report::Publisher {
        name: "Example publisher".to_owned(),
        notice: None,
        principles: report::DEFAULT_PRINCIPLES.to_owned(),
    };
    let draft = |period, out: &str| {
        let site = Site::new(dir.path().join(out));
        let today = jiff::civil::date(2026, 9, 21);
        let mapping = exchange::Mapping::default();
        let about = (publisher.clone(), today);
        app::draft(&file, &mapping, period, &report::Format::ALL, about, &site).expect("drafts")
    };
    let years = draft(None, "years").periods;
    assert_eq!(years, [(period("2020"), 160), (period("2021"), 105)]);
    draft(Some(period("2021-H1")), "half");
    for (theirs, folder) in [("2020", "years/2020"), ("H1 2021", "half/2021-H1")] {
        let csv = std::fs::read_to_string(dir.path().join(folder).join("by-country.csv"));
        assert_eq!(published(&csv.expect("the file")), printed(theirs), "{folder}");
    }
}
