//! People are told by mail what they have to know, and a mail holds a link and nothing else.

use std::sync::{Arc, Mutex};

use app::{By, Invitee, MailSettings, MailTls, Refolding};
use axum::http::{StatusCode, header};
use databases::on_each;
use domain::request::Aspect;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::office::{CONFIRMER, INTAKE, Office, PROPOSER, VERIFIER, plain, told};

const OPERATOR: &str = "B. Primjer";

/// A server that takes mails on this machine (RFC 5321), or does not.
#[derive(Clone)]
pub struct Server {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What it answers who names a recipient, in place of taking the mail.
    refuses: Option<&'static str>,
    /// What it took: the address it is for, and all that was sent.
    taken: Vec<(String, String)>,
    /// How often somebody named a recipient.
    asked: u32,
}

impl Server {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let port = listener.local_addr().expect("an address").port();
        let server = Self { port, state: Arc::default() };
        tokio::spawn(server.clone().serve(listener));
        server
    }

    async fn serve(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let server = self.clone();
            tokio::spawn(async move { server.talk(stream).await });
        }
    }

    /// One conversation; who hangs up ends it.
    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 mail.example\r\n").await?;
        let mut to = String::new();
        while let Some(line) = lines.next_line().await? {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            let answer = match verb.as_str() {
                "EHLO" => "250-mail.example\r\n250 8BITMIME".to_owned(),
                "MAIL" | "NOOP" | "RSET" => "250 well".to_owned(),
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    let mut state = self.state.lock().expect("nobody panics");
                    state.asked += 1;
                    state.refuses.unwrap_or("250 well").to_owned()
                }
                "DATA" => {
                    writer.write_all(b"354 go on\r\n").await?;
                    let mut mail = String::new();
                    while let Some(line) = lines.next_line().await? {
                        if line == "." {
                            break;
                        }
                        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                        mail.push('\n');
                    }
                    let mut state = self.state.lock().expect("nobody panics");
                    state.taken.push((to.clone(), mail));
                    "250 taken".to_owned()
                }
                "QUIT" => {
                    writer.write_all(b"221 goodbye\r\n").await?;
                    return Ok(());
                }
                _ => "502 what?".to_owned(),
            };
            writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    pub fn refuses(&self, with: Option<&'static str>) {
        self.state.lock().expect("nobody panics").refuses = with;
    }

    fn asked(&self) -> u32 {
        self.state.lock().expect("nobody panics").asked
    }

    /// What it took since it was asked last, in order of who it is for.
    pub fn takes(&self) -> Vec<(String, String)> {
        let mut taken = std::mem::take(&mut self.state.lock().expect("nobody panics").taken);
        taken.sort();
        for (_, mail) in &taken {
            let words = ["Bureau", "Placeholder", "PO-77", "2026-0001", "AZ 1", "France"];
            let words = words.into_iter().chain(["accounts", "registration", "Wants", "sample"]);
            for word in words {
                assert!(!mail.contains(word), "{word}: {mail}");
            }
        }
        taken
    }
}

pub fn settings(port: u16) -> MailSettings {
    MailSettings {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        tls: MailTls::None,
        ca_file: None,
        user: None,
        password_file: None,
        from: "candor <candor@publisher.example>".to_owned(),
        console_url: "https://console.example".to_owned(),
        remind_days_before: vec![3, 1],
        remind_hours_before: vec![2],
    }
}

/// Everybody is at work, and a request waits that nobody verified yet.
async fn office(location: store::Location, port: u16) -> (Office, String) {
    let mut office = Office::at_work(location, &["eu_production_order"]).await;
    office.world.candor.config.mail = Some(settings(port));
    let submission = office.enters_letter("AZ 1", b"scan").await;
    let case = office.registers(&submission, &[("due_on", "2026-10-01")]).await;
    (office, case)
}

async fn assigned_to(office: &Office, who: &str, case: &str) {
    let person = office.signed_in(who).await.person.to_string();
    office.act(INTAKE, case, "assign", &[("person", &person)]).await;
}

pub async fn sends(office: &Office) -> u64 {
    office.candor().send_mails().await.expect("works")
}

/// The mail without what is another one each time.
pub fn always(mail: &str) -> String {
    let link = link_in(mail);
    let id = link.rsplit('/').next().expect("an id");
    let own = mail.split("Message-ID: <").nth(1).and_then(|rest| rest.split('@').next());
    let mail = mail.replace(id, "[id]").replace(own.expect("an id"), "[id]");
    mail.trim_end().to_owned()
}

pub fn link_in(mail: &str) -> &str {
    let link = mail.lines().find(|line| line.starts_with("https://console.example/"));
    link.expect("a link")
}

#[test]
fn who_is_assigned_a_request_gets_one_mail_with_a_link() {
    on_each(async |location| {
        let server = Server::new().await;
        let (office, case) = office(location, server.port).await;
        assigned_to(&office, PROPOSER, &case).await;
        assert_eq!(sends(&office).await, 1);
        let taken = server.takes();
        let [(to, mail)] = taken.as_slice() else { panic!("one mail: {taken:?}") };
        assert_eq!(to, "k.beispiel@publisher.example");
        insta::allow_duplicates! { insta::assert_snapshot!(always(mail), @r"
From: candor <candor@publisher.example>
To: k.beispiel@publisher.example
Subject: candor: something of yours is due
Date: Mon, 21 Sep 2026 14:13:20 +0000
Message-ID: <[id]@publisher.example>
Auto-Submitted: auto-generated
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

Somebody assigned a request to you.

https://console.example/notices/[id]

-- 
candor sends this by itself, and nobody reads an answer. It holds no
content, only a link.
"); };
        // The link leads there who it was sent to, and tells nobody else that there is anything.
        let path = link_in(mail).strip_prefix("https://console.example").expect("a path");
        assert_eq!(office.opens(VERIFIER, path).await.status, StatusCode::NOT_FOUND);
        let led = office.opens(PROPOSER, path).await;
        assert_eq!(led.status, StatusCode::SEE_OTHER, "{}", told(&led));
        assert_eq!(led.headers[header::LOCATION], format!("/requests/{case}"));
        assert_eq!(sends(&office).await, 0, "once");

        // Assigned to oneself, or to somebody else before it was sent.
        let who = office.signed_in(VERIFIER).await.person.to_string();
        office.act(VERIFIER, &case, "assign", &[("person", &who)]).await;
        assert_eq!(sends(&office).await, 0, "they know");
        assigned_to(&office, PROPOSER, &case).await;
        assigned_to(&office, CONFIRMER, &case).await;
        assert_eq!(sends(&office).await, 1);
        assert_eq!(server.takes()[0].0, "i.esempio@publisher.example");

        // Who has left gets none.
        assigned_to(&office, PROPOSER, &case).await;
        let person = office.signed_in(PROPOSER).await.person;
        let operator = office.signed_in(OPERATOR).await;
        office.candor().end_person(person, By::Person(&operator)).await.expect("ends");
        sends(&office).await;
        // That one fewer checks the work is told to all who did.
        let taken = server.takes();
        assert!(taken.iter().all(|(_, mail)| mail.contains("Subject: candor: who reads cases")));
        assert_eq!(taken.len(), 5);
    });
}

#[test]
fn a_server_that_can_not_take_it_now_gets_it_later_and_once() {
    on_each(async |location| {
        let server = Server::new().await;
        let (mut office, case) = office(location, server.port).await;
        server.refuses(Some("451 4.3.0 k.beispiel@publisher.example: try later"));
        assigned_to(&office, PROPOSER, &case).await;
        // The waits grow: 2 minutes, 4, 8.
        for (minutes, asked) in [(0, 1), (1, 1), (1, 2), (3, 2), (1, 3), (7, 3), (1, 4)] {
            office.minutes_pass(minutes);
            assert_eq!(sends(&office).await, 0);
            assert_eq!(server.asked(), asked, "{minutes}");
        }
        let code = office.colleague(OPERATOR).code(office.candor());
        let proof = [("code", code.as_str()), ("next", "/mail")];
        office.does(OPERATOR, "/confirm-it-is-you", &proof).await;
        let page = plain(office.opens(OPERATOR, "/mail").await.text());
        assert!(page.contains("failed, tried again the server answered 451; again at"), "{page}");
        assert!(!page.contains("try later"), "nothing that the server says: {page}");
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
        server.refuses(None);
        office.minutes_pass(16);
        assert_eq!(sends(&office).await, 1);
        assert_eq!(sends(&office).await, 0);
        assert_eq!(server.takes().len(), 1);
    });
}

#[test]
fn what_a_server_refuses_for_good_ends_loudly_and_can_be_tried_again() {
    on_each(async |location| {
        let server = Server::new().await;
        let (office, case) = office(location, server.port).await;
        server.refuses(Some("550 5.1.1 no such mailbox"));
        assigned_to(&office, PROPOSER, &case).await;
        assert_eq!(sends(&office).await, 0);
        assert_eq!(sends(&office).await, 0);
        assert_eq!(server.asked(), 1, "it is not asked again");
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        let finding = doctor.findings.iter().find(|finding| finding.subject == "mail");
        let wrong = finding.expect("is looked at").result.clone().expect_err("is told");
        assert!(wrong.contains("1 were given up in the last 14 days"), "{wrong}");
        let page = office.opens(OPERATOR, "/mail").await;
        let text = plain(page.text());
        assert!(text.contains("0 wait, 1 was given up"), "{text}");
        assert!(text.contains("K. Beispiel something is assigned to them given up"), "{text}");
        for word in ["2026-0001", "Bureau", "PO-77"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
        let again = page.text().split("action=\"/mail/").nth(1).and_then(|rest| rest.get(..42));
        let again = format!("/mail/{}", again.expect("a button"));
        server.refuses(None);
        assert_eq!(office.does(OPERATOR, &again, &[]).await, "/mail");
        assert_eq!(sends(&office).await, 1);
        assert_eq!(server.takes().len(), 1);
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
    });
}

#[test]
fn a_dead_server_loses_nothing_for_days_and_is_told_of_when_asked() {
    on_each(async |location| {
        let dead = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let port = dead.local_addr().expect("an address").port();
        drop(dead);
        let (mut office, case) = office(location, port).await;
        let told = office.candor().greet_mail_server().await.expect_err("nobody is there");
        assert!(told.starts_with(&format!("127.0.0.1, port {port}: ")), "{told}");
        assigned_to(&office, PROPOSER, &case).await;
        for _ in 0..4 {
            assert_eq!(sends(&office).await, 0);
            office.days_pass(1).await;
        }
        let server = Server::new().await;
        office.world.candor.config.mail = Some(settings(server.port));
        let hello = office.candor().greet_mail_server().await.expect("says hello");
        assert_eq!(hello, format!("127.0.0.1, port {} says hello", server.port));
        assert_eq!(sends(&office).await, 1);
        assert_eq!(server.takes().len(), 1);

        // After five days it is given up, and said so.
        office.world.candor.config.mail = Some(settings(port));
        assigned_to(&office, CONFIRMER, &case).await;
        assert_eq!(sends(&office).await, 0);
        office.days_pass(6).await;
        assert_eq!(sends(&office).await, 0);
        let doctor = office.candor().doctor(Refolding::Do).await.expect("looks");
        assert!(!doctor.is_well(), "{:?}", doctor.findings);
        let page = plain(office.opens(OPERATOR, "/mail").await.text());
        assert!(page.contains("given up the server can't be reached"), "{page}");
    });
}

/// Nobody learns of a deadline by missing it.
#[test]
fn a_deadline_is_announced_and_one_that_was_missed_is_told() {
    on_each(async |location| {
        let server = Server::new().await;
        let (mut office, case) = office(location, server.port).await;
        let reminded = async |office: &Office| {
            for _ in 0..2 {
                office.candor().remind().await.expect("reminds");
            }
            sends(office).await
        };
        assert_eq!(reminded(&office).await, 0, "ten days before");
        office.days_pass(7).await;
        assert_eq!(reminded(&office).await, 3, "three days before: all of counsel");
        let taken = server.takes();
        insta::allow_duplicates! { insta::assert_snapshot!(always(&taken[0].1), @r"
From: candor <candor@publisher.example>
To: i.esempio@publisher.example
Subject: candor: something of yours is due
Date: Mon, 28 Sep 2026 14:13:20 +0000
Message-ID: <[id]@publisher.example>
Auto-Submitted: auto-generated
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

A deadline of yours comes near.

https://console.example/notices/[id]

You can switch off such reminders on the page of your access in the
console. What is overdue you are told in any case.

-- 
candor sends this by itself, and nobody reads an answer. It holds no
content, only a link.
"); };
        let to: Vec<_> = taken.iter().map(|(to, _)| to.as_str()).collect();
        let three = ["i.esempio", "k.beispiel", "r.ejemplo"];
        assert_eq!(to, three.map(|name| format!("{name}@publisher.example")));
        // One of them wants none.
        let page = plain(office.opens(PROPOSER, "/me").await.text());
        assert!(page.contains("Remind me by mail of deadlines that come near"), "{page}");
        office.does(PROPOSER, "/me/reminders", &[]).await;
        office.days_pass(2).await;
        assert_eq!(reminded(&office).await, 2);
        server.takes();
        // What is missed is told to all of them.
        office.days_pass(2).await;
        assert_eq!(reminded(&office).await, 3);
        let taken = server.takes();
        insta::allow_duplicates! { insta::assert_snapshot!(always(&taken[0].1), @r"
From: candor <candor@publisher.example>
To: i.esempio@publisher.example
Subject: candor: something of yours is due
Date: Fri, 02 Oct 2026 14:13:20 +0000
Message-ID: <[id]@publisher.example>
Auto-Submitted: auto-generated
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

A deadline of yours has passed.

https://console.example/notices/[id]

-- 
candor sends this by itself, and nobody reads an answer. It holds no
content, only a link.
"); };
        // Once, and to whoever has it in hand from then on.
        office.days_pass(1).await;
        assert_eq!(reminded(&office).await, 0);
        office.does(PROPOSER, "/me/reminders", &[("reminders", "yes")]).await;
        assert!(office.opens(PROPOSER, "/me").await.text().contains("value=\"yes\" checked"));
        // Of what was put off nothing is told that is not so any more.
        let reason = [("due_on", "2026-10-09"), ("reason", "They gave a week.")];
        office.act(VERIFIER, &case, "extend", &reason).await;
        assert_eq!(reminded(&office).await, 0);
        office.days_pass(5).await;
        office.candor().remind().await.expect("reminds");
        let later = [("due_on", "2026-10-30"), ("reason", "They gave more.")];
        office.act(VERIFIER, &case, "extend", &later).await;
        assert_eq!(sends(&office).await, 0, "it was enqueued, and is not near any more");
    });
}

#[test]
fn what_lapses_and_what_is_overdue_is_told_to_who_has_it_in_hand() {
    on_each(async |location| {
        let server = Server::new().await;
        let (mut office, case) = office(location, server.port).await;
        office.confirms_profile(VERIFIER, "us_emergency_disclosure").await;
        assigned_to(&office, PROPOSER, &case).await;
        office.act(VERIFIER, &case, "begin", &[]).await;
        let question = [("question", "Which accounts?"), ("answer_due_on", "2026-09-23")];
        office.act(VERIFIER, &case, "clarification", &question).await;
        let fields = [
            ("instrument", "us_emergency_disclosure"),
            ("country", "United States"),
            ("emergency", "yes"),
        ];
        let urgent = office.registers("2026-0001", &fields).await;
        office.act(VERIFIER, &urgent, "begin", &[]).await;
        let owed = [
            ("verdict", "owed"),
            ("owed_until", "2026-09-23"),
            ("owed_basis", "us_emergency_disclosure"),
        ];
        office.finds(VERIFIER, &urgent, Aspect::Instrument, &owed).await;
        sends(&office).await;
        server.takes();
        office.days_pass(3).await;
        office.calendar_works().await;
        office.calendar_works().await;
        assert_eq!(sends(&office).await, 4);
        let taken = server.takes();
        let lapsed: Vec<_> =
            taken.iter().filter(|(_, mail)| mail.contains("lapsed by rule")).collect();
        assert_eq!(lapsed.len(), 1, "to whom it is assigned");
        assert_eq!(lapsed[0].0, "k.beispiel@publisher.example");
        insta::allow_duplicates! { insta::assert_snapshot!(always(&lapsed[0].1), @r"
From: candor <candor@publisher.example>
To: k.beispiel@publisher.example
Subject: candor: something of yours is due
Date: Thu, 24 Sep 2026 14:13:20 +0000
Message-ID: <[id]@publisher.example>
Auto-Submitted: auto-generated
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

Nobody answered a question in time. A request lapsed by rule.

https://console.example/notices/[id]

-- 
candor sends this by itself, and nobody reads an answer. It holds no
content, only a link.
"); };
        let overdue: Vec<_> =
            taken.iter().filter(|(_, mail)| mail.contains("has not come in time")).collect();
        assert_eq!(overdue.len(), 3, "nobody has it: to all of counsel");
        insta::allow_duplicates! { insta::assert_snapshot!(always(&overdue[0].1), @r"
From: candor <candor@publisher.example>
To: i.esempio@publisher.example
Subject: candor: something of yours is due
Date: Thu, 24 Sep 2026 14:13:20 +0000
Message-ID: <[id]@publisher.example>
Auto-Submitted: auto-generated
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

Paperwork that was owed has not come in time.

https://console.example/notices/[id]

-- 
candor sends this by itself, and nobody reads an answer. It holds no
content, only a link.
"); };
        assert_eq!(sends(&office).await, 0);
    });
}

#[test]
fn an_invitation_goes_out_by_mail_and_its_newest_link_works() {
    on_each(async |location| {
        let server = Server::new().await;
        let (office, _) = office(location, server.port).await;
        let operator = office.signed_in(OPERATOR).await;
        let new = [("name", "A. Nieuw"), ("email", "a.nieuw@publisher.example")];
        let new = [&new[..], &[("roles", "editor")]].concat();
        let answer = office.sends(OPERATOR, "/people", &new).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", told(&answer));
        assert!(plain(answer.text()).contains("A mail with it is on its way to them."));
        let people = office.candor().people().await.expect("reads");
        let person = people.iter().find(|person| person.name.as_str() == "A. Nieuw");
        let person = person.expect("is there").id;
        let by = By::Person(&operator);
        let again = office.candor().invite_again(person, by).await.expect("invites");
        assert_eq!(sends(&office).await, 1, "the first link is void, and its mail not needed");
        let taken = server.takes();
        let [(to, mail)] = taken.as_slice() else { panic!("one mail: {taken:?}") };
        assert_eq!(to, "a.nieuw@publisher.example");
        insta::allow_duplicates! { insta::assert_snapshot!(always(mail), @r"
From: candor <candor@publisher.example>
To: a.nieuw@publisher.example
Subject: candor: you are invited
Date: Mon, 21 Sep 2026 14:13:20 +0000
Message-ID: <[id]@publisher.example>
Auto-Submitted: auto-generated
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

You are invited to the console. This link works once and for seven days;
whoever has it first sets the password.

https://console.example/join/[id]

If you did not expect it, ask whoever operates the console before you
open it.

-- 
candor sends this by itself, and nobody reads an answer. It holds no
content, only a link.
"); };
        let link = link_in(mail);
        assert_eq!(link, format!("https://console.example/join/{}", again.link.reveal()));
        let path = link.strip_prefix("https://console.example").expect("a path");
        let page = office.opens(OPERATOR, path).await;
        assert!(plain(page.text()).contains("A. Nieuw"), "{}", told(&page));
    });
}

/// As it has always been: what the settings do not name is not done.
#[test]
fn without_a_server_nothing_is_enqueued() {
    on_each(async |location| {
        let (mut office, case) = office(location, 1).await;
        office.world.candor.config.mail = None;
        assigned_to(&office, PROPOSER, &case).await;
        let new = Invitee {
            name: "A. Nieuw",
            email: "a.nieuw@publisher.example",
            roles: [domain::access::Role::Intake].into_iter().collect(),
        };
        office.candor().invite(new, By::OperatorCli).await.expect("invites");
        office.days_pass(20).await;
        office.candor().remind().await.expect("does nothing");
        assert_eq!(sends(&office).await, 0);
        let page = plain(office.opens(OPERATOR, "/mail").await.text());
        assert!(page.contains("nobody is told anything by mail"), "{page}");
        assert!(page.contains("No mail was called for"), "{page}");
    });
}
