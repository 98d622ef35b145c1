//! Officers: who is real, how anybody knows, and for how long.

use axum::http::StatusCode;
use databases::on_each;
use domain::request::Aspect;
use jiff::ToSpan;

use crate::office::{
    CONFIRMER, CONFIRMS, INTAKE, NUMBER, Office, PROPOSER, VERIFIER, found, plain, told,
};
use crate::snapshots::ends;

const SHERIFF: &str = "Example County Sheriff";

/// An emergency in the sheriff's name, by a mailbox of the sheriff's domain.
const FORGED: [(&str, &str); 7] = [
    ("country", "United States"),
    ("authority", SHERIFF),
    ("officer", "Lt. J. Sample"),
    ("officer_contact", "j.sample@sheriff.example, call no other number than +999 30 5550666"),
    ("instrument", "us_emergency_disclosure"),
    ("emergency", "yes"),
    ("accounts", "1"),
];

/// A record of a call-back, as it is typed.
fn called<'a>(number: &'a str, result: &'a [(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let call = [
        ("means", "call_back"),
        ("number", number),
        ("evidence", "I asked the duty desk for the officer."),
    ];
    [&call[..], result].concat()
}

impl Office {
    /// Sends a record of a verification, and the rules refuse it in these words.
    async fn refuses(&self, who: &str, case: &str, fields: &[(&str, &str)], words: &str) {
        let before = self.world.events().await;
        let answer = self.sends(who, &format!("/requests/{case}/verification"), fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        assert!(answer.text().contains("<title>Error: "), "{}", told(&answer));
        assert!(plain(answer.text()).contains(words), "{words}: {}", told(&answer));
        assert!(answer.text().contains("I asked the duty desk"), "what was typed is lost");
        assert_eq!(self.world.events().await, before, "nothing happened");
    }

    async fn reads_case(&self, who: &str, case: &str) -> String {
        plain(self.opens(who, &format!("/requests/{case}")).await.text())
    }

    /// The id of an entry by its value.
    async fn entry(&self, authority: &str, value: &str) -> String {
        let who = self.signed_in(VERIFIER).await;
        let id = authority.rsplit('/').next().expect("an id").parse().expect("an id");
        let view = self.candor().authority(domain::id::AuthorityId(id), &who).await.expect("reads");
        let entry = view.contacts.iter().find(|told| told.value == value).expect("is there");
        entry.id.to_string()
    }
}

/// A US emergency with a forged sender is declined by a call-back: the domain is right, every check
/// of the mail passes, and the desk knows nobody of this name.
#[test]
fn a_forged_emergency_from_the_right_domain_is_declined_by_a_call_back() {
    on_each(async |location| {
        let office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        let sheriff = office.registers_number(INTAKE, ("United States", SHERIFF), NUMBER).await;
        let domain = found("mail_domain", "sheriff.example");
        office.does(INTAKE, &format!("{sheriff}/contacts"), &domain).await;
        let submission = office.enters_letter("URGENT 1", b"life in danger").await;
        let case = office.registers(&submission, &FORGED).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        let page = office.reads_case(VERIFIER, &case).await;
        for words in ["Nobody has verified them", "It is the first letter from this officer"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("registered domains"), "the domain is the sheriff's own: {page}");

        // A finding needs a verification, and the domain is none.
        let elements = office.elements(&case, Aspect::Officer).await;
        let mut stands = vec![("aspect", "officer"), ("verdict", "stands")];
        stands.extend(elements.iter().map(|code| ("elements", code.as_str())));
        let words = "Nobody has verified the officer: record a verification first";
        office.refused(VERIFIER, &case, "finding", &stands, words).await;
        let until = office.candor().today().saturating_add(180.days()).to_string();
        let verified = [("result", "verified"), ("valid_until", until.as_str())];
        let domain = office.entry(&sheriff, "sheriff.example").await;
        let mail = [
            ("means", "mail"),
            ("domain", domain.as_str()),
            ("passed", "spf"),
            ("passed", "dkim"),
            ("passed", "dmarc"),
            ("evidence", "I asked the duty desk of our mail server."),
        ];
        let words = "a domain alone verifies nobody; call back, see a document, or meet";
        office.refuses(VERIFIER, &case, &[&mail[..], &verified].concat(), words).await;

        // The number in the letter is not in the register. Entered now, it came after the letter.
        let contacts = format!("{sheriff}/contacts");
        office.does(INTAKE, &contacts, &found("telephone", "+999 30 5550666")).await;
        let late = office.entry(&sheriff, "+999305550666").await;
        let words = "The number was registered after the letter arrived";
        office.refuses(VERIFIER, &case, &called(&late, &verified), words).await;
        let page = office.reads_case(VERIFIER, &case).await;
        let words = "+999305550666: it was registered after the letter arrived.";
        assert!(page.contains(words), "{page}");
        let number = office.entry(&sheriff, "+999305550100").await;
        let words = "Who registered the number can’t be the one who verifies through it";
        office.refuses(INTAKE, &case, &called(&number, &verified), words).await;

        // The call goes through the number that was there before.
        let unknown = [("result", "not_verified"), ("reason", "unknown_there")];
        let path = format!("/requests/{case}/verification");
        office.does(VERIFIER, &path, &called(&number, &unknown)).await;
        let words = "The officer is not verified: nobody there knows them";
        office.refused(VERIFIER, &case, "finding", &stands, words).await;
        let lacking = [
            ("aspect", "officer"),
            ("verdict", "does_not_stand"),
            ("defect", "officer_not_verified"),
        ];
        office.act(VERIFIER, &case, "finding", &lacking).await;
        office.proposes(PROPOSER, &case, &[("outcome", "reject_legal")]).await;
        office.confirms(CONFIRMER, &case).await;
        let page = office.reads_case(CONFIRMER, &case).await;
        for words in [
            "Not verified Nobody there knows them.",
            "Called back through +999305550100",
            "I asked the duty desk for the officer.",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let page = office.opens(CONFIRMER, &format!("/requests/{case}")).await;
        let parts = [".top", "#officer", "#decision"];
        ends("forged_emergency", (&office, &submission), &page, &parts).await;
        // The number of the letter is known as bad from now on, whoever gives it.
        let bad = [("reason", "known_bad")];
        office.does(VERIFIER, &format!("{contacts}/{late}/withdraw"), &bad).await;
        let submission = office.enters_letter("URGENT 2", b"again").await;
        let again = [&FORGED[..], &[("instrument_reference", "2")]].concat();
        let case = office.registers(&submission, &again).await;
        let page = office.reads_case(VERIFIER, &case).await;
        for words in [
            "+999305550666 is known as bad",
            "another letter in this authority’s name could not be verified",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("It is the first letter"), "{page}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// What was found out about an officer expires: nothing new rests on it, and nothing goes out on
/// it.
#[test]
fn an_expired_verification_supports_no_new_finding_and_no_release() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("PO 1", b"scan").await;
        let first = office.registers(&submission, &[]).await;
        office.act(VERIFIER, &first, "begin", &[]).await;
        let number = office.number_for(&first).await;
        let today = office.candor().today();
        let path = format!("/requests/{first}/verification");
        for (days, words) in [(366, "for at most 365 days"), (-1, "is valid today")] {
            let until = today.saturating_add(days.days()).to_string();
            let verified = [("result", "verified"), ("valid_until", until.as_str())];
            office.refuses(VERIFIER, &first, &called(&number, &verified), words).await;
        }
        let until = today.saturating_add(3.days()).to_string();
        let verified = [("result", "verified"), ("valid_until", until.as_str())];
        office.does(VERIFIER, &path, &called(&number, &verified)).await;
        for aspect in [Aspect::Officer, Aspect::Instrument] {
            office.finds(VERIFIER, &first, aspect, &[("verdict", "stands")]).await;
        }
        let scope = [("verdict", "stands"), ("transfer", "same_jurisdiction")];
        office.finds(VERIFIER, &first, Aspect::Scope, &scope).await;
        office.proposes(PROPOSER, &first, &[("outcome", "approve")]).await;
        office.confirms(CONFIRMER, &first).await;
        office.act(VERIFIER, &first, "prepare", &[]).await;

        // Another letter of the same officer rests on the same call, while it is valid.
        let submission = office.enters_letter("PO 2", b"scan").await;
        let second = office.registers(&submission, &[("instrument_reference", "PO-78")]).await;
        office.act(VERIFIER, &second, "begin", &[]).await;
        office.finds(VERIFIER, &second, Aspect::Officer, &[("verdict", "stands")]).await;

        office.days_pass(4).await;
        let page = office.reads_case(VERIFIER, &second).await;
        assert!(page.contains("Expired on 24 Sep 2026"), "{page}");
        let words = "The verification of the officer expired on 2026-09-24: verify them anew";
        let elements = office.elements(&second, Aspect::Officer).await;
        let mut stands = vec![("aspect", "officer"), ("verdict", "stands")];
        stands.extend(elements.iter().map(|code| ("elements", code.as_str())));
        office.refused(VERIFIER, &second, "finding", &stands, words).await;
        let release = [("accounts_disclosed", "1")];
        office.refused(CONFIRMER, &first, "release", &release, words).await;
        // A new call is enough: what was found of the officer is so again.
        office.verifies_officer(PROPOSER, &second).await;
        office.act(CONFIRMER, &first, "release", &release).await;
        office.act(VERIFIER, &second, "finding", &stands).await;
    });
}

/// Between the decision and the release somebody learns that the mailbox was hijacked.
#[test]
fn what_is_learned_after_the_approval_keeps_the_response_in() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("PO 1", b"scan").await;
        let case = office.registers(&submission, &[]).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        let number = office.number_for(&case).await;
        let denies = [("result", "not_verified"), ("reason", "denies_having_sent")];
        let path = format!("/requests/{case}/verification");
        office.does(PROPOSER, &path, &called(&number, &denies)).await;
        let words = "The officer is not verified: they did not send the letter";
        office.refused(CONFIRMER, &case, "confirm", &CONFIRMS, words).await;
    });
}

/// A number that was registered after the letter arrived does not serve, though the officer is
/// verified for letters that come later.
#[test]
fn a_number_registered_after_the_letter_does_not_serve() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let court = [("authority", "Court of Samples")];
        let early = office.enters_letter("PO 1", b"scan").await;
        let early = office.registers(&early, &court).await;
        office.registers_number(INTAKE, ("France", "Court of Samples"), NUMBER).await;
        let late = office.enters_letter("PO 2", b"scan").await;
        let fields = [&court[..], &[("instrument_reference", "PO-78")]].concat();
        let late = office.registers(&late, &fields).await;
        for case in [&early, &late] {
            office.act(VERIFIER, case, "begin", &[]).await;
        }
        office.verifies_officer(VERIFIER, &late).await;
        office.finds(VERIFIER, &late, Aspect::Officer, &[("verdict", "stands")]).await;
        let page = office.reads_case(VERIFIER, &early).await;
        assert!(page.contains("Not verified for this letter"), "{page}");
        let elements = office.elements(&early, Aspect::Officer).await;
        let mut stands = vec![("aspect", "officer"), ("verdict", "stands")];
        stands.extend(elements.iter().map(|code| ("elements", code.as_str())));
        let words = "The officer was verified through what does not serve for this letter";
        office.refused(VERIFIER, &early, "finding", &stands, words).await;
        // A document of identity serves whenever it is seen.
        let until = office.candor().today().saturating_add(30.days()).to_string();
        let seen = [
            ("means", "identity_document"),
            ("result", "verified"),
            ("valid_until", until.as_str()),
            ("evidence", "Their card of office, shown in a call with a picture."),
        ];
        office.does(VERIFIER, &format!("/requests/{early}/verification"), &seen).await;
        office.act(VERIFIER, &early, "finding", &stands).await;
    });
}

/// The register of an authority, as those see it who may, and what is noticed about a letter.
#[test]
fn a_register_is_kept_and_read_by_those_who_may() {
    on_each(async |location| {
        let office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        let sheriff = office.registers_number(INTAKE, ("US", SHERIFF), NUMBER).await;
        let contacts = format!("{sheriff}/contacts");
        // What is wrong with a form is said, and what was typed stays.
        for (fields, words) in [
            (
                found("telephone", "555 0100").to_vec(),
                "A telephone number is given with its country",
            ),
            (found("mail_domain", "sheriff").to_vec(), "A mail domain is what stands after the @"),
            (found("telephone", NUMBER).to_vec(), "has this entry already"),
            (found("telephone", "+999 30 5550177")[..3].to_vec(), "Say where it was found"),
        ] {
            let answer = office.sends(INTAKE, &contacts, &fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
            assert!(plain(answer.text()).contains(words), "{words}: {}", told(&answer));
            assert!(answer.text().contains(fields[1].1), "{}", told(&answer));
        }
        office.does(INTAKE, &contacts, &found("mail_domain", "@Sheriff.example")).await;
        let bad = [
            ("kind", "mail_domain"),
            ("value", "sheriff-desk.test"),
            ("as", "bad"),
            ("note", "A letter of last week came from there."),
        ];
        office.does(VERIFIER, &contacts, &bad).await;
        let answer = office.sends(VERIFIER, &contacts, &found("mail_domain", bad[1].1)).await;
        assert!(plain(answer.text()).contains("is known as bad"), "{}", told(&answer));

        let page = plain(office.opens("N. Exempel", &sheriff).await.text());
        for words in [
            "+999305550100",
            "found in a public directory: The directory of 2026, page 12.",
            "sheriff.example",
            "sheriff-desk.test",
            "known as bad",
            "O. Primer",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("Withdraw it"), "the reviewer changes nothing: {page}");
        let list = plain(office.opens(VERIFIER, "/authorities").await.text());
        assert!(list.contains("Example County Sheriff United States 1 1 1 0"), "{list}");

        // Three emergencies on one day, from addresses that are not the sheriff's.
        let mut last = String::new();
        for (n, contact) in [
            "a@sheriff.example",
            "b@post.sheriff-desk.test",
            "c@sherlff.example and c@elsewhere.test",
        ]
        .into_iter()
        .enumerate()
        {
            let submission = office.enters_letter(&format!("U {n}"), &[b'0', n as u8]).await;
            let reference = n.to_string();
            let fields = [
                ("country", "United States"),
                ("authority", SHERIFF),
                ("officer_contact", contact),
                ("instrument", "us_emergency_disclosure"),
                ("instrument_reference", &reference),
                ("emergency", "yes"),
            ];
            last = office.registers(&submission, &fields).await;
            let page = office.reads_case(VERIFIER, &last).await;
            assert_eq!(page.contains("letters with an emergency came"), n == 2, "{n}: {page}");
            let is_bad = page.contains("sheriff-desk.test is known as bad");
            assert_eq!(is_bad, n == 1, "{n}: {page}");
        }
        let page = office.reads_case(VERIFIER, &last).await;
        for words in [
            "sherlff.example is none of the authority’s registered domains, and looks like \
             sheriff.example.",
            "elsewhere.test is none of the authority’s registered domains.",
            "3 letters with an emergency came from this authority on 21 Sep 2026.",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let page = plain(office.opens(VERIFIER, &sheriff).await.text());
        assert!(page.contains("Nobody has verified them."), "{page}");
        for request in ["2026-0001-1", "2026-0002-1", "2026-0003-1"] {
            assert!(page.contains(request), "{request}: {page}");
        }

        // The evidence goes with the letter for whose sake it was taken; what came of it stays.
        let unknown = [("result", "not_verified"), ("reason", "refused_by_switchboard")];
        let number = office.number_for(&last).await;
        let path = format!("/requests/{last}/verification");
        office.does(VERIFIER, &path, &called(&number, &unknown)).await;
        office.act(VERIFIER, &last, "withdraw", &[("reason", "They never answered.")]).await;
        let who = office.signed_in(INTAKE).await;
        let id = office.candor().submission_id("2026-0003".parse().expect("a number"), &who).await;
        let by = domain::id::Actor::OperatorCli;
        office.candor().erase(id.expect("reads"), by).await.expect("erases");
        let page = plain(office.opens(VERIFIER, &sheriff).await.text());
        assert!(!page.contains("I asked the duty desk"), "{page}");
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// The same words to everybody who is not verified: they tell nothing of any case, and nothing of
/// what the company holds.
#[test]
fn whoever_is_not_verified_gets_one_text() {
    on_each(async |location| {
        let office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        let submission = office.enters_letter("URGENT 1", b"life in danger").await;
        let forged = office.registers(&submission, &FORGED).await;
        let submission = office.enters_letter("AZ 2", b"scan").await;
        let other = office.registers(&submission, &[]).await;
        let keys = office.registers(&submission, &[("demands", "encryption_keys")]).await;
        let file = office.opens(INTAKE, "/answers/unverified.txt").await;
        assert_eq!(file.status, StatusCode::OK, "{}", told(&file));
        let text = file.text();
        assert!(text.starts_with("Example publisher\n"), "{text}");
        assert!(text.contains("the same for everybody whom we have not verified"), "{text}");
        for (name, value) in FORGED {
            assert!(name == "accounts" || !text.contains(value), "{value}: {text}");
        }
        for told_of in ["2026", "URGENT 1", "T. Placeholder", "Bureau of Samples"] {
            assert!(!text.contains(told_of), "{told_of}: {text}");
        }
        let words = "What to write to somebody who is not verified";
        let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for case in [&forged, &other] {
            let page = office.reads_case(INTAKE, case).await;
            assert!(page.contains(words) && page.contains(&whole), "{page}");
        }
        let page = office.reads_case(INTAKE, &keys).await;
        assert!(!page.contains(words), "it has a text of its own: {page}");
        office.verifies_officer(VERIFIER, &other).await;
        let page = office.reads_case(INTAKE, &other).await;
        assert!(page.contains("Verified until") && !page.contains(words), "{page}");

        // Where it differed from case to case, that would tell something.
        let dir = office.candor().dir.clone();
        let settings = dir.join("candor.toml");
        let before = std::fs::read_to_string(&settings).expect("reads");
        let own = format!("{before}\n[answers]\nunverified = \"neutral.txt\"\n");
        std::fs::write(&settings, own).expect("writes");
        let (clock, neutral) = (office.candor().clock, dir.join("neutral.txt"));
        std::fs::write(&neutral, "Dear {officer}, no.").expect("writes");
        let error = app::Candor::open(&dir, clock).await.expect_err("is refused").to_string();
        assert!(error.contains("neutral.txt:1:6: nothing is called {officer}"), "{error}");
        std::fs::write(&neutral, "{publisher} answers nobody yet.").expect("writes");
        let candor = app::Candor::open(&dir, clock).await.expect("opens");
        let text = candor.neutral_answer().expect("reads");
        assert_eq!(text, "Example publisher answers nobody yet.");
        candor.close().await;
    });
}
