//! Deadlines: counted as the law says, shown before they pass, told to who may see the case.

use databases::on_each;
use domain::Country;

use crate::office::{Office, VERIFIER, plain};

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
        office.days_pass(7).await;
        office.act(VERIFIER, &case, "answer", &[("answer", "The three that are named.")]).await;
        let page = plain(office.opens(VERIFIER, &path).await.text());
        // Seven days after the 25th is New Year, a Friday again.
        assert!(page.contains("Answer due 4 Jan 2027"), "{page}");
        assert!(page.contains("counted the deadline: 4 Jan 2027"), "{page}");
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
        office.minutes_pass(30);
        office.act(VERIFIER, &case, "answer", &[("answer", "The first one.")]).await;
        let page = plain(office.opens(VERIFIER, &path).await.text());
        assert!(page.contains("In 4 h 16 min Answer due 21 Sep 2026, 19:00"), "{page}");
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
        let answer = office.sends(crate::office::INTAKE, &path, &all).await;
        let told = plain(answer.text());
        assert_eq!(answer.status, 422, "{told}");
        assert!(told.contains("what is yet to come can’t have been received"), "{told}");
        assert!(answer.text().contains("value=\"23:30\""), "nothing typed is lost");
    });
}
