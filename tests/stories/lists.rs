//! Lists that go on over several pages: whoever turns them sees everything once, and the numbers
//! above them are of what they may see.

use app::Letter;
use databases::on_each;
use domain::id::Actor;
use domain::submission::Channel;

use crate::office::{CONFIRMER, EXPERT, INTAKE, Office, PROPOSER, VERIFIER, plain};

const REVIEWER: &str = "N. Exempel";

/// Turns a list page by page. Returns the names on it in their order, what each page says that it
/// shows, and the addresses of the pages.
async fn turns(office: &Office, who: &str, path: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut names, mut parts, mut paths) = (Vec::new(), Vec::new(), vec![path.to_owned()]);
    loop {
        let page = office.opens(who, paths.last().expect("a page")).await;
        let text = page.text();
        let rows = text.split("<th scope=\"row\"><a href=\"/").skip(1);
        let rows = rows.filter_map(|row| row.split_once('"').map(|(name, _)| name.to_owned()));
        names.extend(rows);
        let part = text.split_once("Shown: ").and_then(|(_, rest)| rest.split_once("</span>"));
        parts.extend(part.map(|(part, _)| part.to_owned()));
        let next = text.split("<a href=\"").find(|link| {
            link.contains(">Later requests</a>") || link.contains(">More submissions</a>")
        });
        let Some((next, _)) = next.and_then(|link| link.split_once('"')) else {
            return (names, parts, paths);
        };
        paths.push(next.replace("&#38;", "&").replace("&amp;", "&"));
    }
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names
}

/// From now on only the three see a submission.
async fn closes(office: &Office, submission: &str) {
    let people = office.candor().people().await.expect("reads");
    let named = |name: &str| people.iter().find(|p| p.name.as_str() == name).map(|p| p.id);
    let named = [INTAKE, VERIFIER, CONFIRMER].map(named);
    let named = named.map(|id| id.expect("has joined").to_string());
    let mut fields: Vec<_> = named.iter().map(|id| ("people", id.as_str())).collect();
    fields.extend([("reason", "Order 12, section 4."), ("seen", "1")]);
    office.does(VERIFIER, &format!("/submissions/{submission}/compartment"), &fields).await;
}

#[test]
fn a_long_queue_is_turned_page_by_page_with_what_was_chosen() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let submission = office.enters_letter("L 1", b"scan").await;
        let mut expected = Vec::new();
        for n in 0..104 {
            let (country, day) = if n < 102 { ("France", "2026-11-02") } else { ("Germany", "") };
            // No law says by when a court order is answered, so any day can be set.
            let instrument = if n < 102 { "court_order" } else { "eu_production_order" };
            let (country, day) = (("country", country), ("due_on", day));
            let fields =
                [country, day, ("instrument", instrument), ("instrument_reference", "Q-8")];
            let fields = &fields[..if n == 50 { 4 } else { 3 }];
            let case = office.registers(&submission, fields).await;
            expected.push(format!("requests/{case}"));
        }
        // Those that came without a day are due earlier, by the law. The others are equal, and
        // stand in some order that does not change.
        let (names, parts, _) = turns(&office, VERIFIER, "/").await;
        let reference = expected[50].clone();
        let of_germany = expected.split_off(102);
        let of_france = expected;
        assert_eq!(sorted(&names[..2]), sorted(&of_germany));
        assert_eq!(sorted(&names[2..]), sorted(&of_france));
        let expected = names;
        assert_eq!(parts, ["1 to 100 of 104", "101 to 104 of 104"]);

        let chosen = "/?q=fran&state=received&category=user_data&whose=waits_for_me";
        let (names, parts, paths) = turns(&office, VERIFIER, chosen).await;
        assert_eq!(names, expected[2..]);
        assert_eq!(parts, ["1 to 100 of 102", "101 to 102 of 102"]);
        assert!(paths[1].contains("q=fran&state=received&category=user_data&whose=waits_for_me"));
        let second = office.opens(VERIFIER, &paths[1]).await;
        assert!(second.text().contains("value=\"fran\""), "the search is kept");
        assert!(plain(second.text()).contains("From the beginning"), "{}", second.text());

        // One reference among them all; nobody's place; and a place that is none.
        let (names, parts, _) = turns(&office, VERIFIER, "/?q=q-8").await;
        assert_eq!((names, parts.len()), (vec![reference], 0));
        let (names, ..) = turns(&office, VERIFIER, "/?whose=mine").await;
        assert_eq!(names.len(), 0);
        let (names, ..) = turns(&office, VERIFIER, "/?after=2026-11-02").await;
        assert_eq!(names, expected);

        let list = "/statistics/requests?set=all&country=FR&from=2026-01-01&to=2026-12-31";
        let (names, parts, paths) = turns(&office, VERIFIER, list).await;
        assert_eq!(sorted(&names), sorted(&of_france));
        assert_eq!(parts, ["1 to 100 of 102", "101 to 102 of 102"]);
        assert!(paths[1].contains("country=FR"), "{paths:?}");
    });
}

#[test]
fn what_arrived_is_turned_page_by_page_what_waits_first() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        for n in 1..=205 {
            let letter = Letter {
                channel: Channel::Letter,
                received_on: office.candor().today(),
                reference: Some(format!("Ref {n}")),
                sender: "Bureau of Samples".to_owned(),
                summary: "An order.".to_owned(),
                files: Vec::new(),
                secret: None,
            };
            office.candor().enter_as(letter, Actor::OperatorCli).await.expect("enters");
        }
        let path = |n: usize| format!("submissions/2026-{n:04}");
        for n in [3, 203] {
            office.registers(path(n).trim_start_matches("submissions/"), &[]).await;
        }
        let mut expected: Vec<_> = (1..=205).filter(|n| ![3, 203].contains(n)).map(path).collect();
        expected.extend([path(203), path(3)]);
        let (names, parts, _) = turns(&office, INTAKE, "/submissions").await;
        assert_eq!(names, expected);
        let told = ["2026-0001 to 2026-0101", "2026-0102 to 2026-0201", "2026-0202 to 2026-0003"];
        assert_eq!(parts, told);
        let page = plain(office.opens(INTAKE, "/submissions").await.text());
        assert!(page.contains("205 submissions arrived, 203 wait to be registered."), "{page}");
        for (q, found) in [("ref  77", 77), ("2026-0009", 9)] {
            let q = format!("/submissions?q={}", q.replace(' ', "+"));
            assert_eq!(turns(&office, INTAKE, &q).await.0, [path(found)]);
        }
        let page = plain(office.opens(INTAKE, "/submissions?q=ref").await.text());
        assert!(page.contains("No submission that you may see has this"), "{page}");
    });
}

/// Numbers are of what their reader may see, at once where somebody closes a compartment or opens
/// it again, whichever program looked before.
#[test]
fn who_is_not_named_finds_a_secret_request_in_no_number() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        for reference in ["C 1", "C 2"] {
            let submission = office.enters_letter(reference, reference.as_bytes()).await;
            office.registers(&submission, &[]).await;
        }
        let sees = async |who: &str, requests: usize| {
            let (one, is) = if requests == 1 { ("", "is") } else { ("s", "are") };
            let queue = plain(office.opens(who, "/").await.text());
            let told = format!("{requests} request{one} {is} open, {requests} wait");
            assert!(queue.contains(&told), "{who}: {told}: {queue}");
            let numbers = plain(office.opens(who, "/statistics").await.text());
            let told = format!("Of {requests} request{one} received");
            assert!(numbers.contains(&told), "{who}: {told}: {numbers}");
            assert!(numbers.contains(&format!("France {requests} {requests} 0")), "{numbers}");
            let list = "/statistics/requests?set=open&country=FR";
            assert_eq!(turns(&office, who, list).await.0.len(), requests, "{who}");
            let arrived = plain(office.opens(who, "/submissions").await.text());
            let told = format!("{requests} submission{one} arrived");
            assert!(arrived.contains(&told), "{who}: {told}: {arrived}");
        };
        for who in [VERIFIER, PROPOSER] {
            sees(who, 2).await;
        }
        closes(&office, "2026-0002").await;
        sees(VERIFIER, 2).await;
        sees(PROPOSER, 1).await;
        let fields = [("reason", "The order is over."), ("seen", "2")];
        office.does(VERIFIER, "/submissions/2026-0002/open", &fields).await;
        sees(PROPOSER, 2).await;
    });
}

/// A part of their name finds what an officer wrote: for who may read of officers, of letters that
/// they see, and not once the letter is erased.
#[test]
fn an_officer_is_found_by_a_part_of_their_name() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let arrives = async |reference: &str, fields: &[(&str, &str)]| {
            let submission = office.enters_letter(reference, reference.as_bytes()).await;
            (format!("requests/{}", office.registers(&submission, fields).await), submission)
        };
        let ida = ("officer", "Ida Placeholder");
        let (data, letter) = arrives("O 1", &[ida]).await;
        let indicators =
            [ida, ("category", "technical_expertise"), ("demands", "indicators"), ("accounts", "")];
        let indicators = [&indicators[..], &[("instrument", "none")]].concat();
        let (expertise, _) = arrives("O 2", &indicators).await;
        let quill = ("officer", "Quill Sample");
        let (secret, secret_letter) = arrives("O 3", &[quill]).await;
        let finds =
            async |who: &str, q: &str| sorted(&turns(&office, who, &format!("/?q={q}")).await.0);
        for who in [INTAKE, VERIFIER, REVIEWER] {
            for q in ["ida+place", "IDA", "placeholder"] {
                assert_eq!(finds(who, q).await, [data.as_str(), &expertise], "{who}: {q}");
            }
            assert_eq!(finds(who, "idaho").await, [""; 0]);
        }
        let page = office.opens(VERIFIER, "/?q=nobody").await;
        assert!(plain(page.text()).contains("Number, reference, authority or officer"));
        assert!(plain(page.text()).contains("as number, reference, authority, officer or country"));

        // The expert reads one of the two requests, and of no officer.
        assert_eq!(finds(EXPERT, "bureau").await, [expertise.as_str()]);
        assert_eq!(finds(EXPERT, "ida").await, [""; 0]);
        let page = plain(office.opens(EXPERT, "/?q=ida").await.text());
        assert!(page.contains("as number, reference, authority or country"), "{page}");
        assert!(page.contains("Number, reference or authority"), "{page}");

        // Who is met in a compartment alone is found by those whom it names.
        assert_eq!(finds(PROPOSER, "quill").await, [secret.as_str()]);
        closes(&office, &secret_letter).await;
        assert_eq!(finds(VERIFIER, "quill").await, [secret.as_str()]);
        for who in [PROPOSER, REVIEWER] {
            assert_eq!(finds(who, "quill").await, [""; 0], "{who}");
        }
        let (known, _) = arrives("O 4", &[quill]).await;
        assert_eq!(finds(PROPOSER, "quill").await, [known.as_str()]);
        assert_eq!(finds(VERIFIER, "quill").await, [secret.as_str(), &known]);

        // What was erased says no more who wrote it.
        let withdrawn = data.trim_start_matches("requests/");
        office.act(VERIFIER, withdrawn, "withdraw", &[("reason", "By telephone.")]).await;
        assert_eq!(finds(VERIFIER, "ida").await, [data.as_str(), &expertise]);
        let who = office.signed_in(INTAKE).await;
        let number = letter.parse().expect("a number");
        let id = office.candor().submission_id(number, &who).await.expect("reads");
        office.candor().erase(id, Actor::OperatorCli).await.expect("erases");
        assert_eq!(finds(VERIFIER, "ida").await, [expertise.as_str()]);
    });
}
