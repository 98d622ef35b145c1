//! Whoever lets people in does not let themselves in unseen; and who comes back is who they were.

use app::{By, Invitee, Refolding, SignIn};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use databases::on_each;
use domain::access::{Role, RoleSet};
use domain::event::PersonEvent;
use domain::id::{Actor, PersonId};
use domain::person::{Account, EmailAddress, PersonName};
use store::{Change, NewPerson};

use crate::mail::{Server, always, link_in, sends, settings};
use crate::office::{
    BROWSER, CONFIRMER, EXPERT, INTAKE, Office, PASSWORD, PRIVACY, PROPOSER, VERIFIER, plain, told,
};
use crate::programs::{READS, calls, is_refused, makes};

const OPERATOR: &str = "B. Primjer";
const REVIEWER: &str = "N. Exempel";
const EDITOR: &str = "J. Voorbeeld";
const CHANGED: &str = "access changed";

impl Office {
    async fn id_of(&self, name: &str) -> PersonId {
        let people = self.candor().people().await.expect("reads");
        people.iter().find(|one| one.name.as_str() == name).expect("is known").id
    }

    async fn resets(&self, name: &str) -> String {
        let path = format!("/people/{}/reset", self.id_of(name).await);
        let page = self.sends(OPERATOR, &path, &[]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", told(&page));
        let link = page.text().split("/join/").nth(1).and_then(|rest| rest.split('<').next());
        link.expect("the link is shown").to_owned()
    }

    /// Whether every page tells them that something happened to accounts.
    async fn is_told(&self, who: &str) -> bool {
        plain(self.opens(who, "/me").await.text()).contains(CHANGED)
    }

    async fn has_seen_all(&self, who: &str) {
        let page = self.opens(who, "/audit").await;
        let until = page.text().split("name=\"until\" value=\"").nth(1);
        let until = until.and_then(|rest| rest.split('"').next()).expect("a form to say so");
        assert_eq!(self.does(who, "/audit/seen", &[("until", until)]).await, "/audit");
        assert!(!self.is_told(who).await);
    }
}

/// Who got a mail of this subject, in order.
fn told_by_mail(taken: &[(String, String)], subject: &str) -> Vec<String> {
    let subject = format!("Subject: {subject}");
    let of_it = taken.iter().filter(|(_, mail)| mail.contains(&subject));
    of_it.map(|(to, _)| to.split('@').next().expect("a name").to_owned()).collect()
}

const READERS_CHANGED: &str = "candor: who reads cases has changed";

/// The verifier of yesterday lost everything, comes back, and may still not decide.
#[test]
fn who_lost_everything_comes_back_as_who_they_were() {
    on_each(async |location| {
        let server = Server::new().await;
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("AZ 1", b"scan").await;
        let case = office.registers(&letter, &[]).await;
        office.verifies(VERIFIER, &case).await;
        let token = makes(&office, VERIFIER, READS).await;
        let is_let_in = calls(&office, &token, "GET", "/requests", &[]).await;
        assert_eq!(is_let_in.status, StatusCode::OK);
        let (before, old) = (office.id_of(VERIFIER).await, office.signed_in(VERIFIER).await);
        for who in [PROPOSER, CONFIRMER, PRIVACY, REVIEWER] {
            office
                .candor()
                .see_access_notices(
                    office
                        .candor()
                        .db
                        .snapshot()
                        .await
                        .expect("begins")
                        .head()
                        .await
                        .expect("reads"),
                    &office.signed_in(who).await,
                )
                .await
                .expect("sees");
            assert!(!office.is_told(who).await);
        }

        office.world.candor.config.mail = Some(settings(server.port));
        let link = office.resets(VERIFIER).await;
        // What they had opens nothing.
        let page = office.opens(VERIFIER, "/me").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", told(&page));
        let colleague = office.colleague(VERIFIER);
        let (email, code) = (colleague.email().to_owned(), colleague.code(office.candor()));
        let with = [("email", email.as_str()), ("password", PASSWORD), ("code", code.as_str())];
        let request = Request::post("/sign-in")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        let body = Body::from(crate::office::encoded(&with));
        let answer = office.asks(None, request, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        let answer = calls(&office, &token, "GET", "/requests", &[]).await;
        is_refused(&answer, StatusCode::UNAUTHORIZED, "is not known here");

        // They are told, and so is everybody who checks the work, but for who did it.
        assert_eq!(sends(&office).await, 6);
        let taken = server.takes();
        let checks = ["i.esempio", "k.beispiel", "n.exempel", "p.exemple"];
        assert_eq!(told_by_mail(&taken, READERS_CHANGED), checks);
        assert_eq!(told_by_mail(&taken, "candor: your access was reset"), ["r.ejemplo"]);
        assert_eq!(told_by_mail(&taken, "candor: you are invited"), ["r.ejemplo"]);
        let of = |subject: &str| {
            let mail = taken.iter().find(|(_, mail)| mail.contains(subject)).expect("was sent");
            let mail = always(&mail.1);
            let (_, body) = mail.split_once("\n\n").expect("a body");
            body.to_owned()
        };
        insta::allow_duplicates! { insta::assert_snapshot!(of(READERS_CHANGED), @r"
Somebody can read cases who could not before, had their access reset, or
no longer checks the work. The page of the audit says who it is and who
did it. If you did not expect it, ask about it, and not the operator
alone: whoever lets people in can let themselves in.

https://console.example/notices/[id]

-- 
candor sends this by itself, and nobody reads an answer. It holds no
content, only a link.
"); };
        insta::allow_duplicates! { insta::assert_snapshot!(of("your access was reset"), @r"
Your access to the console was reset: all that you signed in with, your
sessions and the tokens of your programs open nothing any more. You join
anew with a link that you get apart from this mail; whoever has it first
comes in as you.

If you did not ask for this, tell a colleague of counsel at once, and not
the operator alone.

Once you have joined again, this leads to what you sign in with:

https://console.example/notices/[id]

-- 
candor sends this by itself, and nobody reads an answer. It holds no
content, only a link.
"); };
        for who in [PROPOSER, CONFIRMER, PRIVACY, REVIEWER] {
            assert!(office.is_told(who).await, "{who}");
            let page = plain(office.opens(who, "/audit").await.text());
            let says = "R. Ejemplo reset their access: they join anew with a link B. Primjer";
            assert!(page.contains(says), "{who}: {page}");
            office.has_seen_all(who).await;
        }
        for who in [INTAKE, EXPERT, EDITOR, OPERATOR] {
            assert!(!office.is_told(who).await, "{who}");
        }

        office.joins_anew(VERIFIER, &link).await;
        assert_eq!(office.id_of(VERIFIER).await, before);
        let now = office.signed_in(VERIFIER).await;
        assert_eq!((now.person, now.roles), (old.person, old.roles));
        let approve = [("outcome", "approve"), ("reason", "The order names the accounts.")];
        let barred = "who recorded a finding can't propose the decision";
        office.refused(VERIFIER, &case, "propose", &approve, &sentence(barred)).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        let barred = "for user data and in an emergency, who recorded a finding can't confirm";
        let confirms = crate::office::CONFIRMS;
        office.refused(VERIFIER, &case, "confirm", &confirms, &sentence(barred)).await;
        let answer = calls(&office, &token, "GET", "/requests", &[]).await;
        is_refused(&answer, StatusCode::UNAUTHORIZED, "is not known here");
        let old = SignIn { email: &email, password: PASSWORD, code: &code, user_agent: BROWSER };
        assert!(office.candor().sign_in(old).await.is_err());
        // The link of the mail leads them to what they sign in with.
        let of_reset = taken.iter().find(|(_, mail)| mail.contains("your access was reset"));
        let path = link_in(&of_reset.expect("a mail").1).strip_prefix("https://console.example");
        assert_eq!(office.opens(VERIFIER, path.expect("a path")).await.headers["location"], "/me");
        let of_others = taken.iter().find(|(to, _)| to.starts_with("k.beispiel"));
        let path = link_in(&of_others.expect("a mail").1).strip_prefix("https://console.example");
        let led = office.opens(PROPOSER, path.expect("a path")).await;
        assert_eq!(led.headers["location"], "/audit");
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

/// As the page writes it: with a capital letter.
fn sentence(text: &str) -> String {
    text[1..].to_owned()
}

#[test]
fn an_operator_gives_nobody_both_and_themselves_nothing() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let own = office.id_of(OPERATOR).await;
        let page = office.opens(OPERATOR, "/people").await;
        for form in ["roles", "reset"] {
            assert!(!page.text().contains(&format!("/people/{own}/{form}\"")), "{form}");
        }
        let before = office.world.events().await;
        let refused = async |path: &str, fields: &[(&str, &str)], words: &str| {
            let answer = office.sends(OPERATOR, path, fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
            assert!(plain(answer.text()).contains(words), "{words}: {}", told(&answer));
            assert_eq!(office.world.events().await, before, "nothing happened");
        };
        let own_account = "Nobody does this to their own account";
        refused(&format!("/people/{own}/roles"), &[("roles", "counsel")], own_account).await;
        refused(&format!("/people/{own}/reset"), &[], own_account).await;
        let both = "An operator reads no case";
        let editor = office.id_of(EDITOR).await;
        for role in ["intake", "counsel", "expert", "reviewer"] {
            let fields = [("roles", "operator"), ("roles", role)];
            refused(&format!("/people/{editor}/roles"), &fields, both).await;
            let who = [("name", "A. Nieuw"), ("email", "a.nieuw@publisher.example")];
            refused("/people", &[&who[..], &fields].concat(), both).await;
        }
        let roles = RoleSet::from_iter([Role::Operator, Role::Counsel]);
        let invitee = Invitee { name: "A. Nieuw", email: "a.nieuw@publisher.example", roles };
        assert!(office.candor().invite(invitee, By::OperatorCli).await.is_err());
        let fields = [("roles", "operator"), ("roles", "editor")];
        office.does(OPERATOR, &format!("/people/{editor}/roles"), &fields).await;
    });
}

/// Accounts that an earlier version let have both.
#[test]
fn who_has_both_from_before_is_told_by_the_doctor_until_somebody_parts_them() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let candor = office.candor();
        let id = PersonId(candor.new_id().expect("an id"));
        let roles = RoleSet::from_iter([Role::Operator, Role::Counsel]);
        let (name, email) = (PersonName::new("A. Beide"), EmailAddress::new("a.beide@example.com"));
        let (name, email) = (name.expect("a name"), email.expect("an address"));
        let new = NewPerson::seal(candor.db.keys(), id, (&name, &email), roles).expect("seals");
        let mut tx = candor.db.begin().await.expect("begins");
        tx.insert_person(&new).await.expect("inserts");
        let events = vec![PersonEvent::PersonInvited { roles }];
        let change = Change::of_person(id, 0, events);
        tx.record(candor.clock.now(), Actor::OperatorCli, &[change]).await.expect("records");
        tx.commit().await.expect("commits");

        let mut tx = candor.db.snapshot().await.expect("begins");
        assert_eq!(tx.refold().await.expect("folds").people_differing, []);
        let of_operators = async || {
            let doctor = candor.doctor(Refolding::Sample(1)).await.expect("looks");
            let found = doctor.findings.into_iter().find(|one| one.subject == "operators");
            found.expect("is looked at").result
        };
        let wrong = of_operators().await.expect_err("is told");
        assert!(wrong.starts_with(&format!("{id} both run the machine and read")), "{wrong}");
        office.does(OPERATOR, &format!("/people/{id}/roles"), &[("roles", "counsel")]).await;
        assert_eq!(of_operators().await, Ok("no operator reads cases".to_owned()));
    });
}

#[test]
fn whoever_comes_to_read_cases_is_told_to_who_checks_the_work() {
    on_each(async |location| {
        let server = Server::new().await;
        let mut office = Office::new(location).await;
        office.world.candor.config.mail = Some(settings(server.port));
        for who in [VERIFIER, PROPOSER, CONFIRMER, PRIVACY, REVIEWER] {
            // Those who joined after them.
            if office.is_told(who).await {
                office.has_seen_all(who).await;
            }
        }
        let told_of = async |office: &Office| {
            assert!(sends(office).await < 20);
            told_by_mail(&server.takes(), READERS_CHANGED)
        };
        let everybody = ["i.esempio", "k.beispiel", "n.exempel", "p.exemple", "r.ejemplo"];
        let new = [("name", "A. Nieuw"), ("email", "a.nieuw@publisher.example")];
        let page =
            office.sends(OPERATOR, "/people", &[&new[..], &[("roles", "editor")]].concat()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", told(&page));
        assert!(told_of(&office).await.is_empty(), "an editor reads no case");
        let path = format!("/people/{}/roles", office.id_of("A. Nieuw").await);
        office.does(OPERATOR, &path, &[("roles", "editor"), ("roles", "intake")]).await;
        assert_eq!(told_of(&office).await, everybody);
        let page = plain(office.opens(REVIEWER, "/audit").await.text());
        let says = "A. Nieuw changed what they are to intake, report editor B. Primjer";
        assert!(page.contains(says), "{page}");
        // By the command line as well; and a new link is nothing new.
        let roles = RoleSet::from_iter([Role::Reviewer]);
        let invitee = Invitee { name: "B. Nieuw", email: "b.nieuw@publisher.example", roles };
        let invited = office.candor().invite(invitee, By::OperatorCli).await.expect("invites");
        assert_eq!(told_of(&office).await, everybody);
        let person = invited.person;
        office.candor().invite_again(person, By::OperatorCli).await.expect("invites");
        assert!(told_of(&office).await.is_empty());
        let page = plain(office.opens(REVIEWER, "/audit").await.text());
        assert!(page.contains("B. Nieuw invited them as independent reviewer the command line"));
        // Fewer roles are told where one checks no more.
        office.does(OPERATOR, &path, &[("roles", "editor")]).await;
        assert!(told_of(&office).await.is_empty());

        // Who takes the eyes away first is seen by all of them.
        for who in [VERIFIER, PROPOSER, CONFIRMER, PRIVACY, REVIEWER] {
            let path = format!("/people/{}/roles", office.id_of(who).await);
            office.does(OPERATOR, &path, &[("roles", "editor")]).await;
        }
        let told = told_of(&office).await;
        assert_eq!(told.len(), 5 + 4 + 3 + 2 + 1, "{told:?}");
        assert_eq!(office.opens(REVIEWER, "/audit").await.status, StatusCode::FORBIDDEN);
        assert!(!office.is_told(REVIEWER).await);
    });
}

#[test]
fn all_sessions_of_a_colleague_end_and_nothing_else_does() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let token = makes(&office, VERIFIER, READS).await;
        let id = office.id_of(VERIFIER).await;
        let path = format!("/people/{id}/sessions");
        assert_eq!(office.does(OPERATOR, &path, &[]).await, "/people");
        let page = office.opens(VERIFIER, "/me").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", told(&page));
        assert_eq!(office.candor().sessions(id).await.expect("reads"), []);
        let answer = calls(&office, &token, "GET", "/requests", &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let person = office.candor().person(id).await.expect("reads").expect("is there");
        assert_eq!(person.account, Account::Active);
        let page = office.opens(PROPOSER, "/audit/events.csv").await;
        assert!(
            page.text().contains("B. Primjer,person,R. Ejemplo,sessions_ended,"),
            "{}",
            page.text()
        );
        // Of who left there is nothing to end.
        office.candor().end_person(id, By::OperatorCli).await.expect("ends");
        let answer = office.sends(OPERATOR, &path, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
    });
}

/// What was seen is what goes: what came meanwhile stays.
#[test]
fn what_came_after_it_was_shown_is_still_to_be_seen() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let page = office.opens(VERIFIER, "/audit").await;
        let until = page.text().split("name=\"until\" value=\"").nth(1);
        let until = until.and_then(|rest| rest.split('"').next()).expect("a form").to_owned();
        let path = format!("/people/{}/roles", office.id_of(EDITOR).await);
        office.does(OPERATOR, &path, &[("roles", "intake")]).await;
        office.does(VERIFIER, "/audit/seen", &[("until", &until)]).await;
        let page = plain(office.opens(VERIFIER, "/audit").await.text());
        assert!(page.contains("J. Voorbeeld changed what they are to intake"), "{page}");
        assert!(!page.contains("invited them as independent reviewer"), "{page}");
        let bad = office.sends(VERIFIER, "/audit/seen", &[("until", "x")]).await;
        assert_eq!(bad.status, StatusCode::BAD_REQUEST);
        for who in [INTAKE, EXPERT, EDITOR, OPERATOR] {
            let answer = office.sends(who, "/audit/seen", &[("until", &until)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who}");
        }
    });
}
