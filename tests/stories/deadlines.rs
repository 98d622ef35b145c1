//! Deadlines: counted as the law says, shown before they pass, told to who may see the case.

use databases::on_each;
use domain::Country;

use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PROPOSER, VERIFIER, plain};
use crate::snapshots::file;

/// Ten days over Christmas, with a question in between (Regulation (EU) 2023/1543, Art. 10;
/// Regulation (EEC, Euratom) No 1182/71, Art. 3).
#[test]
fn ten_days_over_christmas_end_on_a_day_of_work() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        office.world.candor.config.deadlines.country = Country::from_code("DE");
        // From 21 September to 15 December, a Tuesday.
        office.days_pass(85).await;
        let submission = office.enters_letter("XMAS 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let path = format!("/requests/{case}");
        let page = plain(office.opens(VERIFIER, &path).await.text());
        // The tenth day is Christmas, a Friday; then comes a weekend.
        assert!(page.contains("In 13 days Answer due 28 Dec 2026"), "{page}");

        office.act(VERIFIER, &case, "begin", &[]).await;
        let ask = [("question", "Which accounts?"), ("answer_due_on", "2026-12-30")];
        office.act(VERIFIER, &case, "clarification", &ask).await;
        office.days_pass(5).await;
        office.act(VERIFIER, &case, "answer", &[("answer", "The three that are named.")]).await;
        let page = plain(office.opens(VERIFIER, &path).await.text());
        // Five days after the 25th is a Wednesday: the holidays are not counted twice.
        assert!(page.contains("Answer due 30 Dec 2026"), "{page}");
        assert!(page.contains("counted the deadline: 30 Dec 2026"), "{page}");
        assert_eq!(
            office.events_of(&case).await[2..],
            ["clarification_asked", "clarification_answered", "deadline_counted"]
        );
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// Where nobody said in which country the company acts, weekends alone count, and the page says so.
#[test]
fn what_is_not_known_of_holidays_is_said() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        office.days_pass(85).await;
        let submission = office.enters_letter("XMAS 2", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        let page = plain(office.opens(VERIFIER, &format!("/requests/{case}")).await.text());
        assert!(page.contains("Answer due 25 Dec 2026"), "the earlier day: {page}");
        let words = "Nobody has said in which country the company acts: weekends alone are counted";
        assert!(page.contains(words), "{page}");
        let doctor = office.candor().doctor(app::Refolding::Sample(1)).await.expect("looks");
        let holidays = doctor.findings.iter().find(|finding| finding.subject == "holidays");
        let told = holidays.expect("it looks").result.clone().expect("it is no fault");
        assert!(told.contains("of 29 countries; no country is set in `[deadlines]`"), "{told}");
    });
}

/// Eight hours from the minute of receipt (Regulation (EU) 2023/1543, Art. 10).
#[test]
fn an_emergency_is_due_at_its_hour() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("EM 8", b"scan").await;
        // Entered at 14:13, and received at 10:30.
        let urgent = [("emergency", "yes"), ("received_time", "10:30")];
        let case = office.registers(&submission, &urgent).await;
        let path = format!("/requests/{case}");
        let page = plain(office.opens(VERIFIER, &path).await.text());
        assert!(page.contains("In 4 h 16 min Answer due 21 Sep 2026, 18:30"), "{page}");
        assert!(page.contains("within 8 hours of receipt"), "{page}");
        assert!(page.contains("Times are in UTC."), "{page}");
        assert_eq!(office.events_of(&case).await, ["request_registered", "deadline_counted"]);

        office.act(VERIFIER, &case, "begin", &[]).await;
        let ask = [("question", "Which account?"), ("answer_due_on", "2026-09-23")];
        office.act(VERIFIER, &case, "clarification", &ask).await;
        office.minutes_pass(20);
        office.act(VERIFIER, &case, "answer", &[("answer", "The first one.")]).await;
        let page = plain(office.opens(VERIFIER, &path).await.text());
        assert!(page.contains("In 4 h 16 min Answer due 21 Sep 2026, 18:50"), "{page}");
        office.minutes_pass(5 * 60);
        office.days_pass(0).await;
        let page = plain(office.opens(VERIFIER, &path).await.text());
        assert!(page.contains("43 min overdue"), "{page}");

        // Later than now it can't have been.
        let later = [("emergency", "yes"), ("received_time", "23:30")];
        let fields = [("category", "user_data"), ("demands", "registration")];
        let rest = [
            ("country", "FR"),
            ("authority", "Bureau of Samples"),
            ("officer", "T. Placeholder"),
            ("instrument", "eu_production_order"),
            ("summary", "S"),
            ("seen", "1"),
        ];
        let all = [&later[..], &fields, &rest].concat();
        let path = format!("/submissions/{submission}/requests");
        let answer = office.sends(INTAKE, &path, &all).await;
        let told = plain(answer.text());
        assert_eq!(answer.status, 422, "{told}");
        assert!(told.contains("what is yet to come can’t have been received"), "{told}");
        assert!(answer.text().contains("value=\"23:30\""), "nothing typed is lost");
    });
}

/// Where `words` stand in a page's text, so that their order can be told.
fn place(page: &str, words: &str) -> usize {
    page.find(words).unwrap_or_else(|| panic!("{words}: {page}"))
}

/// Overdue first and loud, for who may see the case and for nobody else.
#[test]
fn the_board_shows_what_is_due_to_who_may_see_it() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let late = office.enters_letter("B 1", b"one").await;
        let late = office.registers(&late, &[("due_on", "2026-09-25")]).await;
        let question = office.enters_letter("B 2", b"two").await;
        let question = office.registers(&question, &[]).await;
        office.act(VERIFIER, &question, "begin", &[]).await;
        let ask = [("question", "Which accounts?"), ("answer_due_on", "2026-10-03")];
        office.act(VERIFIER, &question, "clarification", &ask).await;
        let technical = office.enters_letter("B 3", b"three").await;
        let fields = [
            ("category", "technical_expertise"),
            ("demands", "indicators"),
            ("instrument", "none"),
            ("accounts", ""),
        ];
        let technical = office.registers(&technical, &fields).await;
        let kept = office.enters_letter("B 4", b"four").await;
        let preserve = [("instrument", "eu_preservation_order"), ("demands", "preservation")];
        let kept = office.registers(&kept, &preserve).await;

        let page = plain(office.opens(VERIFIER, "/deadlines").await.text());
        assert!(page.contains("Nothing is overdue, none due today, 1 in the six days"), "{page}");
        assert!(!page.contains("1 overdue"), "{page}");
        office.days_pass(6).await;
        let board = office.opens(VERIFIER, "/deadlines").await;
        let page = plain(board.text());
        let order = [
            "Deadlines 1 overdue",
            "1 is overdue, none due today, 1 in the six days after.",
            "2 days overdue 25 Sep 2026",
            late.as_str(),
            "In the six days after",
            "in 6 days 3 Oct 2026",
            "the officer’s answer to our question",
            "Later",
            // Sixty days from 21 September.
            "in 54 days 20 Nov 2026",
            "end of the preservation",
            "Without a date",
            technical.as_str(),
        ];
        let mut after = 0;
        for words in order {
            let at = place(&page[after..], words);
            after += at;
        }
        // On every page, also on one about something else.
        let other = plain(office.opens(CONFIRMER, "/profiles").await.text());
        assert!(other.contains("Deadlines 1 overdue"), "{other}");

        // The expert reads no request for user data, and learns of none.
        let page = plain(office.opens(EXPERT, "/deadlines").await.text());
        assert!(page.contains("Nothing is overdue, nothing is due today"), "{page}");
        assert!(page.contains(&technical) && !page.contains(&late), "{page}");
        assert!(!page.contains("overdue 25 Sep") && !page.contains("1 overdue"), "{page}");
        for who in ["J. Voorbeeld", "B. Primjer"] {
            let answer = office.opens(who, "/deadlines").await;
            assert_eq!(answer.status, 403, "{who}");
        }

        // By person and by kind.
        let me = office.signed_in(PROPOSER).await.person.to_string();
        office.act(VERIFIER, &question, "assign", &[("person", &me)]).await;
        let page = plain(office.opens(PROPOSER, "/deadlines?whose=mine").await.text());
        assert!(page.contains(&question) && !page.contains(&late), "{page}");
        let page = plain(office.opens(VERIFIER, &format!("/deadlines?whose={me}")).await.text());
        assert!(page.contains(&question) && !page.contains(&technical), "{page}");
        let page = plain(office.opens(VERIFIER, "/deadlines?owed=preservation").await.text());
        assert!(page.contains(&kept) && !page.contains(&question), "{page}");

        // What is answered is due no more.
        office.act(VERIFIER, &late, "withdraw", &[("reason", "They took it back.")]).await;
        let page = plain(office.opens(VERIFIER, "/deadlines").await.text());
        assert!(page.contains("Nothing is overdue") && !page.contains(&late), "{page}");
        let who = office.signed_in(VERIFIER).await;
        let board = office.candor().board(&app::BoardFilter::default(), &who).await.expect("reads");
        let due: Vec<_> = board.due.iter().map(|row| row.case.name.to_string()).collect();
        assert_eq!(due, [question, kept]);
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// Each number is the count of a list that its reader can open.
#[test]
fn the_statistics_count_what_can_be_listed() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        for (reference, country) in [("S 1", "France"), ("S 2", "France"), ("S 3", "Germany")] {
            let submission = office.enters_letter(reference, reference.as_bytes()).await;
            office.registers(&submission, &[("country", country)]).await;
        }
        let decided = "2026-0001-1";
        office.verifies(VERIFIER, decided).await;
        office.days_pass(4).await;
        office.proposes(PROPOSER, decided, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, decided).await;
        office.days_pass(9).await;
        let statistics = office.opens(VERIFIER, "/statistics").await;
        let page = plain(statistics.text());
        for words in [
            "Of 3 requests received in this time, 2 are undecided and 3 overdue.",
            "France 2 1 2 1 4 4",
            "Germany 1 1 1 0 – –",
            "User data 3 2 3 1 4 4",
            "European Production Order (EPOC) 3 2 3 1 4 4",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let list =
            "/statistics/requests?set=decided&amp;country=FR&amp;from=2026-01-01&amp;to=2026-10-04";
        let escaped = statistics.text().replace("&#38;", "&amp;");
        assert!(escaped.contains(list), "{escaped}");
        let page = plain(office.opens(VERIFIER, &list.replace("&amp;", "&")).await.text());
        assert!(page.contains("Decided requests France: received from 1 Jan 2026"), "{page}");
        assert!(page.contains(decided) && !page.contains("2026-0002-1"), "{page}");
        let csv = office.opens(VERIFIER, "/statistics.csv?from=2026-09-01&to=2026-09-30").await;
        assert!(csv.text().contains("country,FR,France,2,1,2,1,4,4\r\n"), "{}", csv.text());
        file("statistics.csv", csv.text());
        let before = office.opens(VERIFIER, "/statistics?from=2026-01-01&to=2026-09-20").await;
        assert!(plain(before.text()).contains("Of 0 requests"), "{}", before.text());
        let wrong = office.opens(VERIFIER, "/statistics?from=yesterday").await;
        assert!(plain(wrong.text()).contains("“yesterday” is no day"), "{}", wrong.text());
        assert!(wrong.text().contains("value=\"yesterday\""), "what was typed is kept");
        // The expert counts what the expert reads.
        let page = plain(office.opens(EXPERT, "/statistics").await.text());
        assert!(page.contains("Of 0 requests") && !page.contains("France"), "{page}");
        let page = plain(office.opens(EXPERT, "/statistics/requests?set=all").await.text());
        assert!(page.contains("None, or none that you may see"), "{page}");
    });
}

/// What a company calls an instrument of its own is a text, whatever a spreadsheet makes of it.
#[test]
fn the_statistics_hold_no_formula() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let folder = office.candor().dir.join("jurisdictions");
        std::fs::create_dir_all(&folder).expect("makes it");
        let named = include_str!("../../jurisdictions/eu.toml")
            .replace("\"European Production Order (EPOC)\"", "'=HYPERLINK(\"x\", \"EPOC\")'");
        std::fs::write(folder.join("eu.toml"), named).expect("writes");
        let submission = office.enters_letter("S 1", b"scan").await;
        office.registers(&submission, &[]).await;
        let csv = office.opens(VERIFIER, "/statistics.csv").await;
        let row =
            "instrument,eu_production_order,\"'=HYPERLINK(\"\"x\"\", \"\"EPOC\"\")\",1,1,0,0,,\r\n";
        assert!(csv.text().contains(row), "{}", csv.text());
    });
}
