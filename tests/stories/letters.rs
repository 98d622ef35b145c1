//! Letters that come by e-mail: what their heads say, and from where they come.

use axum::http::{StatusCode, header};
use databases::on_each;

use crate::office::{INTAKE, NUMBER, Office, VERIFIER, found, plain, told};

const SHERIFF: &str = "Example County Sheriff";

const HEAD: &[u8] = b"Delivered-To: requests@publisher.example\r\n\
Authentication-Results: mx.publisher.example; dkim=pass header.d=sheriff.example;\r\n\
\tspf=pass smtp.mailfrom=sheriff.example\r\n\
Authentication-Results: mx.elsewhere.test; dmarc=pass header.from=sheriff.example\r\n\
From: \"Lt. J. Sample <j.sample@sheriff.example>\" <lt.sample@sheriff-desk.test>\r\n\
Reply-To: desk@sherlff.example\r\n\
Subject: Urgent\r\n\
\r\n\
Authentication-Results: mx.publisher.example; dmarc=pass\r\n";

impl Office {
    /// An e-mail comes in, and is entered as a file. Returns its number.
    async fn enters_mail(&self, sender: &str, mail: &[u8]) -> String {
        let today = self.candor().today().to_string();
        let fields = [
            ("channel", "mail"),
            ("received_on", today.as_str()),
            ("sender", sender),
            ("summary", "An emergency."),
        ];
        let answer = self.enters(&fields, &[("letter.eml", mail)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
        let location = answer.headers[header::LOCATION].to_str().expect("a path");
        let path = location.split('?').next().expect("a path");
        path.rsplit('/').next().expect("a number").to_owned()
    }

    /// A request of the sheriff's, from this contact.
    async fn registers_sheriff(&self, letter: &str, officer: &str, contact: &str) -> String {
        let fields = [
            ("country", "United States"),
            ("authority", SHERIFF),
            ("officer", officer),
            ("officer_contact", contact),
            ("instrument", "us_emergency_disclosure"),
            ("instrument_reference", letter),
            ("emergency", "yes"),
        ];
        self.registers(letter, &fields).await
    }

    async fn case_page(&self, case: &str) -> String {
        plain(self.opens(VERIFIER, &format!("/requests/{case}")).await.text())
    }
}

/// The head of a mail is read once somebody has looked into the file; what our own server noted is
/// told from what anybody could have written.
#[test]
fn a_mail_says_who_sent_it_and_our_server_alone_is_believed() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        let sheriff = office.registers_number(INTAKE, ("United States", SHERIFF), NUMBER).await;
        let domain = found("mail_domain", "sheriff.example");
        office.does(INTAKE, &format!("{sheriff}/contacts"), &domain).await;
        let letter = office.enters_mail("The sheriff's desk", HEAD).await;
        let contact = "j.sample@sheriff.example";
        let case = office.registers_sheriff(&letter, "Lt. J. Sample", contact).await;
        let page = office.case_page(&case).await;
        assert!(!page.contains("What its e-mails say of themselves"), "nobody looked: {page}");

        office.candor().examine_off().await.expect("looks");
        let page = office.case_page(&case).await;
        for words in [
            "letter.eml It says that it is from lt.sample@sheriff-desk.test, and asks to be \
             answered at desk@sherlff.example.",
            "mx.publisher.example noted: dkim=pass (header.d=sheriff.example), spf=pass \
             (smtp.mailfrom=sheriff.example). Which mail servers are ours is not set",
            "sheriff-desk.test is none of the authority’s registered domains.",
            "sherlff.example is none of the authority’s registered domains, and looks like \
             sheriff.example.",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("dmarc=pass. "), "the text of a letter is no head: {page}");

        let ours = vec!["MX.publisher.example".to_owned()];
        office.world.candor.config.letters.mail_servers = ours;
        let page = office.case_page(&case).await;
        for words in [
            "mx.publisher.example, our own mail server, noted: dkim=pass",
            "mx.elsewhere.test noted: dmarc=pass (header.from=sheriff.example). Somebody else \
             wrote this, and it proves nothing.",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        // It verifies nobody.
        assert!(page.contains("Nobody has verified them"), "{page}");

        // Who forges a note in our server's name does not find it believed.
        let forged = b"Received: from x\nAuthentication-Results: mx.publisher.example; dkim=fail\n\
            Authentication-Results: mx.publisher.example; dkim=pass\nFrom: a@sheriff.example\n\n";
        let letter = office.enters_mail("The sheriff's desk", forged).await;
        let case = office.registers_sheriff(&letter, "Lt. J. Sample", contact).await;
        office.candor().examine_off().await.expect("looks");
        let page = office.case_page(&case).await;
        assert_eq!(page.matches("so one may be forged").count(), 2, "{page}");
    });
}

/// A new address is told with those that were there before, and a record of an earlier call is told
/// for what it is.
#[test]
fn a_new_address_is_told_and_who_was_verified_before_the_letter() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["us_emergency_disclosure"]).await;
        office.registers_number(INTAKE, ("United States", SHERIFF), NUMBER).await;
        let letter = office.enters_mail("duty@sheriff.example", b"nothing in it").await;
        let contact = "j.sample@sheriff.example";
        let first = office.registers_sheriff(&letter, "Lt. J. Sample", contact).await;
        let page = office.case_page(&first).await;
        assert!(!page.contains("is a new address"), "nothing is known before: {page}");
        office.act(VERIFIER, &first, "begin", &[]).await;
        office.verifies_officer(VERIFIER, &first).await;
        let before = "Nobody has asked about this letter";
        assert!(!office.case_page(&first).await.contains(before));

        office.days_pass(3).await;
        let letter = office.enters_mail("A desk", b"another").await;
        let second = office.registers_sheriff(&letter, "Lt. J. Sample", contact).await;
        let page = office.case_page(&second).await;
        assert!(!page.contains("is a new address"), "{page}");
        let words = "Nobody has asked about this letter: the officer was verified on 21 Sep 2026";
        assert!(page.contains(words), "{page}");
        office.verifies_officer(VERIFIER, &second).await;
        assert!(!office.case_page(&second).await.contains(before), "somebody asked");

        // The same name with another address: named is what that name used.
        let letter = office.enters_mail("A desk", b"a third").await;
        let third = office.registers_sheriff(&letter, "lt. j.  sample", "lt@post.test").await;
        let page = office.case_page(&third).await;
        let words = "lt@post.test is a new address: letters of an officer of this name came from \
                     duty@sheriff.example, first on 21 Sep 2026; j.sample@sheriff.example, first \
                     on 21 Sep 2026.";
        assert!(page.contains(words), "{page}");
        // Another officer, from an address that is known of a colleague.
        let letter = office.enters_mail("A desk", b"a fourth").await;
        let fourth = office.registers_sheriff(&letter, "D. Muster", "Duty@Sheriff.example").await;
        let page = office.case_page(&fourth).await;
        assert!(!page.contains("is a new address"), "{page}");
        let letter = office.enters_mail("A desk", b"a fifth").await;
        let fifth = office.registers_sheriff(&letter, "Q. Muster", "q@sheriff.example").await;
        let page = office.case_page(&fifth).await;
        let words = "q@sheriff.example is a new address: letters of this authority came from";
        assert!(page.contains(words), "{page}");
        // Of a letter in a compartment nobody learns an address who does not see it.
        let closed = [
            ("people", office.signed_in(INTAKE).await.person.to_string()),
            ("people", office.signed_in("K. Beispiel").await.person.to_string()),
            ("people", office.signed_in("I. Esempio").await.person.to_string()),
            ("reason", "An order forbids to speak of it.".to_owned()),
            ("seen", "1".to_owned()),
        ];
        let closed: Vec<_> = closed.iter().map(|(name, id)| (*name, id.as_str())).collect();
        office.does(INTAKE, &format!("/submissions/{letter}/compartment"), &closed).await;
        let letter = office.enters_mail("A desk", b"a sixth").await;
        let sixth = office.registers_sheriff(&letter, "Q. Muster", "q@other.test").await;
        let page = office.case_page(&sixth).await;
        assert!(
            page.contains("q@other.test is a new address: letters of this authority"),
            "{page}"
        );
        assert!(!page.contains("q@sheriff.example"), "{page}");
    });
}
