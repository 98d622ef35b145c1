//! Counsel gets everything, and reads it without candor: with age, JSON and a pocket calculator.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use app::{By, CaseName, EncryptedError, Error, Recipients};
use base64::Engine;
use databases::on_each;
use domain::id::Actor;
use domain::submission::{Channel, NotARequest};
use jiff::civil::date;
use ledger::hash::{Hash, from_hex};
use serde_json::{Value, json};
use store::{Cases, Sight, TABLES};
use stories::{FIGURES, REQUESTS, World};

use crate::office::{EXPERT, Office, PEOPLE, PROPOSER, VERIFIER};

const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
const IDENTITY: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

/// The lines of an exported file, by their kind.
fn read(path: &Path) -> BTreeMap<String, Vec<Value>> {
    let identity: age::x25519::Identity = IDENTITY.parse().expect("an identity");
    let file = age::Decryptor::new(std::fs::File::open(path).expect("opens")).expect("age");
    let mut text = String::new();
    file.decrypt(std::iter::once(&identity as &dyn age::Identity))
        .expect("is for counsel")
        .read_to_string(&mut text)
        .expect("reads");
    let mut kinds: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        kinds.entry(line["kind"].as_str().expect("a kind").to_owned()).or_default().push(line);
    }
    assert_eq!(kinds["end"][0]["lines"], text.lines().count());
    kinds
}

/// The kinds that the first line describes.
fn described(kinds: &BTreeMap<String, Vec<Value>>) -> BTreeSet<&str> {
    let readme = kinds["about"][0]["readme"].as_array().expect("lines");
    let lines = readme.iter().filter_map(|line| line.as_str()?.strip_prefix("- "));
    let named = lines.filter_map(|line| line.split_once(": "));
    // The last line is told of before.
    named.flat_map(|(names, _)| names.split(", ")).chain(["end"]).collect()
}

/// All lines of an export of now, by their kind.
pub async fn exported(world: &World) -> BTreeMap<String, Vec<Value>> {
    let out = world.dir.path().join("lines.age");
    let counsel = Recipients::read(&[RECIPIENT.to_owned()]).expect("a key");
    world.candor.export(&out, &counsel).await.expect("exports");
    read(&out)
}

#[test]
fn counsel_counts_a_period_again_from_the_export() {
    on_each(async |location| {
        let world = World::with_example(location).await;
        world.editor_publishes("2020").await.expect("publishes");
        let mut received = Vec::new();
        for text in ["AZ 12/26", "erased"] {
            let arrival = app::Arrival {
                channel: Channel::Letter,
                received_on: date(2026, 3, 1),
                files: Vec::new(),
                particulars: app::Particulars { reference: Some(text.to_owned()), nonce: None },
            };
            let sealed = world.candor.receive(arrival, Actor::OperatorCli).await.expect("seals");
            let (id, reason) = (sealed.submission, NotARequest::Correspondence);
            world.candor.declare_not_a_request(id, reason, By::OperatorCli).await.expect("is");
            received.push(id);
        }
        world.candor.erase(received[1], Actor::OperatorCli).await.expect("erases");
        let out = world.dir.path().join("counsel.age");
        let counsel = Recipients::read(&[RECIPIENT.to_owned()]).expect("a key");
        let done = world.candor.export(&out, &counsel).await.expect("exports");
        let again = world.candor.export(&out, &counsel).await.expect_err("it is there");
        assert!(matches!(again, Error::Encrypted(EncryptedError::Exists(_))), "{again}");
        let kinds = read(&out);
        assert_eq!(kinds["end"][0]["lines"], done.lines);
        for kind in kinds.keys() {
            assert!(described(&kinds).contains(kind.as_str()), "{kind} is not described");
        }

        // The count, as the readme says.
        let mut countries: BTreeMap<&str, u32> = BTreeMap::new();
        for fact in &kinds["fact"] {
            let day = fact["received_on"].as_str().expect("a day");
            if fact["valid_to"].is_null() && fact["counted"] == "in_sum" && day.starts_with("2020")
            {
                *countries.entry(fact["country"].as_str().expect("a code")).or_default() += 1;
            }
        }
        let table = world.editor_drafts_table("2020").await;
        let rows: BTreeMap<&str, u32> = table
            .lines()
            .skip(2)
            .map(|row| {
                let mut cells = row.split(',');
                let country = cells.next().expect("a country");
                // A name may hold a comma; no name does that holds none of these countries.
                (country, cells.nth(1).and_then(|n| n.parse().ok()).expect("a number"))
            })
            .collect();
        assert_eq!(countries, rows);
        assert_eq!(countries.values().sum::<u32>(), 160);

        // Every text is there but the erased one, and the records are those that the log seals.
        let text = |n: usize| {
            let id = received[n].to_string();
            kinds["submission"].iter().find(|line| line["submission"] == id.as_str())
        };
        assert_eq!(text(0).expect("is there")["texts"]["reference"], "AZ 12/26");
        assert_eq!(text(1).expect("is there")["texts"], Value::Null);
        assert_eq!(text(1).expect("is there")["is_erased"], true);
        let leaves: BTreeMap<u64, &Value> = kinds["leaf"]
            .iter()
            .map(|leaf| (leaf["leaf"].as_u64().expect("an index"), leaf))
            .collect();
        let mut opened = BTreeSet::new();
        for leaf in kinds["submission"].iter().flat_map(|line| line["opened"].as_array()).flatten()
        {
            let index = leaf["leaf"].as_u64().expect("an index");
            let label = format!("candor/{}/v1", leaves[&index]["about"].as_str().expect("a kind"));
            let salt = from_hex(leaf["salt"].as_str().expect("a salt")).expect("digits");
            let record = ledger::record::canonical(&leaf["record"]).expect("a record");
            let seal = Hash::of_parts(&[label.as_bytes(), &salt, &record]).to_string();
            let entry = leaves[&index]["entry"].as_str().expect("an entry");
            assert!(entry.contains(&seal), "{leaf} is not what {entry} seals");
            opened.insert(index);
        }
        // Three for each of the example's requests, and for the letter.
        assert_eq!(opened.len(), 3 * 266);
        let files: BTreeSet<_> =
            kinds["edition_file"].iter().filter_map(|file| file["path"].as_str()).collect();
        assert!(files.contains("report.pdf"), "{files:?}");
    });
}

/// A case as it was handled, with all that people wrote, sent and are; and nothing that they sign
/// in with.
#[test]
fn counsel_reads_a_case_from_the_export() {
    on_each(async |location| {
        let mut office = Office::at_work(location, &["eu_production_order"]).await;
        let world = &office.world;
        world.operator_imports("requests.csv", REQUESTS).await.expect("imports");
        world.operator_imports("figures.csv", FIGURES).await.expect("imports");
        world.editor_publishes("2020").await.expect("publishes");
        let number = office.enters_letter("PO-77/2026", b"%PDF the order").await;
        let case = office.registers(&number, &[]).await;
        office.opens(VERIFIER, &format!("/requests/{case}")).await;
        office.verifies(VERIFIER, &case).await;
        office.proposes(PROPOSER, &case, &[("outcome", "approve")]).await;
        let board = "Decision of the board, no. 12";
        let period = [("months_not_a_request", "3"), ("source_not_a_request", board)];
        office.does("P. Exemple", "/retention/periods", &period).await;
        office.days_pass(1).await;
        assert_eq!(office.candor().seal_access_log().await.expect("seals"), 1);
        let world = &office.world;
        let erased = office.enters_letter("Spam", b"an offer").await;
        let by = Actor::OperatorCli;
        let erased = id_of(&office, &erased).await;
        let advertising = NotARequest::Advertising;
        world
            .candor
            .declare_not_a_request(erased, advertising, By::OperatorCli)
            .await
            .expect("declares");
        world.candor.erase(erased, by).await.expect("erases");

        let out = world.dir.path().join("counsel.age");
        let counsel = Recipients::read(&[RECIPIENT.to_owned()]).expect("a key");
        world.candor.export(&out, &counsel).await.expect("exports");
        let kinds = read(&out);
        let there: BTreeSet<_> = kinds.keys().map(String::as_str).collect();
        assert_eq!(described(&kinds), there, "what is described is there, and the reverse");
        for (table, told) in TOLD {
            assert!(told.iter().all(|kind| there.contains(kind)), "{table}");
        }

        // From the request back to the letter, by the ids in its events.
        let name: CaseName = case.parse().expect("a name");
        let mut tx = world.candor.db.snapshot().await.expect("begins");
        let row = tx
            .cases(Cases::Named(name), Sight::whole())
            .await
            .expect("reads")
            .pop()
            .expect("is there");
        let request = row.request.to_string();
        let events: Vec<_> =
            kinds["event"].iter().filter(|event| event["id"] == request.as_str()).collect();
        let registration = &events[0]["event"]["registration"];
        let find = |kind: &str, key: &str, id: &Value| {
            kinds[kind].iter().find(|line| line[key] == *id).expect("is there").clone()
        };
        let submission = find("submission", "submission", &registration["submission"]);
        assert_eq!(submission["number"], number.as_str());
        assert_eq!(case, format!("{number}-{}", registration["ordinal"]));
        assert_eq!(submission["texts"]["sender"], "Bureau of Samples, Port Sample");
        let proposed =
            events.iter().position(|event| event["event"]["type"] == "decision_proposed");
        let proposed = 1 + proposed.expect("it was proposed");
        let reason = &submission["texts"][format!("{request}/{proposed}/reason")];
        assert_eq!(reason, "The order names the accounts.");
        let file = find("attachment", "submission", &submission["submission"]);
        let bytes = base64::prelude::BASE64_STANDARD.decode(file["base64"].as_str().expect("text"));
        assert_eq!(bytes.expect("base64"), b"%PDF the order");
        assert_eq!((&file["name"], &file["size_bytes"]), (&json!("order.pdf"), &json!(14)));
        let arrived = find("event", "id", &submission["submission"]);
        assert_eq!(arrived["event"]["files"], json!([file["sha256"]]));
        let authority = find("authority", "authority", &registration["authority"]);
        assert_eq!(
            (&authority["name"], &authority["country"]),
            (&json!("Bureau of Samples"), &json!("FR"))
        );
        let officer = find("officer", "officer", &registration["officer"]);
        assert_eq!(officer["contact"], "t.placeholder@samples.example");
        assert_eq!(officer["authority"], authority["authority"]);

        // Of the letter that was erased nothing is left to read.
        let erased = json!(erased);
        assert!(kinds["attachment"].iter().all(|file| file["submission"] != erased));
        assert_eq!(find("submission", "submission", &erased)["texts"], Value::Null);

        // People, without what they sign in with.
        assert_eq!(kinds["person"].len(), PEOPLE.len());
        let expert = kinds["person"].iter().find(|person| person["name"] == EXPERT);
        let expert = expert.expect("is there");
        let told = json!({
            "kind": "person",
            "person": expert["person"],
            "name": EXPERT,
            "email": "e.muster@publisher.example",
            "roles": ["expert"],
            "account": "active",
        });
        assert_eq!(*expert, told);

        // Who looked at it, as the day was sealed.
        let sealed = |event: &&Value| event["event"]["type"] == "access_log_sealed";
        let sealed = &kinds["event"].iter().find(sealed).expect("is there")["event"];
        let of_day = kinds["viewing"].iter().filter(|line| line["day"] == sealed["day"]);
        let mut lines: Vec<_> = of_day.map(viewing_line).collect();
        lines.sort();
        assert_eq!(sealed["entries"], lines.len());
        let sha256 = app::sha256_of(lines.concat().as_bytes()).expect("reads");
        assert_eq!(sealed["sha256"], sha256.to_string());
        let verifier = office.signed_in(VERIFIER).await.person.to_string();
        let is_seen = |line: &&Value| line["subject"] == request.as_str();
        let seen = kinds["viewing"].iter().find(is_seen).expect("was looked at");
        assert_eq!((&seen["what"], &seen["person_id"]), (&json!("request"), &json!(verifier)));

        // What is held, and which questions counsel stands behind.
        let inventory = &kinds["data_inventory"][0];
        let declared = find("event", "position", &inventory["position"]);
        assert_eq!(declared["event"]["type"], "data_inventory_declared");
        let periods = &kinds["retention_rules"][0];
        let declared = find("event", "position", &periods["position"]);
        assert_eq!(declared["event"]["rules"]["months"], json!({ "not_a_request": 3 }));
        assert_eq!(periods["sources"]["periods"]["not_a_request"], board);
        let held = |kind: &str| {
            let holdings = inventory["holdings"].as_array().expect("a list");
            holdings.iter().find(|holding| holding["kind"] == kind).expect("is there")["held"]
                .clone()
        };
        assert_eq!((held("registration"), held("content")), (json!("yes"), json!("no")));
        let confirmed: Vec<_> = kinds["event"]
            .iter()
            .filter(|event| event["event"]["type"] == "rules_confirmed")
            .filter_map(|event| event["event"]["rules"].as_object())
            .flatten()
            .collect();
        let elements = kinds["profile_element"].iter();
        let of_order = elements.filter(|element| element["instrument"] == "eu_production_order");
        assert_eq!(of_order.clone().count(), confirmed.len());
        for element in of_order {
            assert_eq!(element["state"], "confirmed");
            let of_code = |(code, _): &&(&String, &Value)| element["element"] == code.as_str();
            assert_eq!(
                confirmed.iter().find(of_code).map(|(_, sha256)| *sha256),
                Some(&element["sha256"])
            );
        }
    });
}

/// The line over which the seal of a day is made, as the first line of the export says.
fn viewing_line(viewing: &Value) -> String {
    let names = ["viewing_id", "at", "person_id", "what", "subject", "sha256"];
    let told = names.map(|name| viewing[name].as_str().unwrap_or("-"));
    format!("{}\n", told.join(" "))
}

async fn id_of(office: &Office, number: &str) -> domain::id::SubmissionId {
    let number = number.parse().expect("a number");
    let mut tx = office.candor().db.snapshot().await.expect("begins");
    let rows =
        tx.submissions(store::Submissions::Numbered(number), Sight::whole()).await.expect("reads");
    rows[0].submission
}

/// The kinds of lines that tell the rows of each table; none where they follow from others, open
/// nothing to a reader, or let somebody in.
const TOLD: &[(&str, &[&str])] = &[
    ("log_head", &["about"]),
    ("event", &["event"]),
    ("stream", &[]),
    ("submission", &["submission"]),
    ("field", &["submission"]),
    ("request_fact", &["fact"]),
    ("request_reference", &[]),
    ("import_file", &["imported_file"]),
    ("published_figure", &["published_figure"]),
    ("frozen", &["edition_file"]),
    ("edition", &["edition"]),
    ("edition_file", &["edition_file"]),
    ("leaf", &["leaf"]),
    ("padding", &["event"]),
    ("leaf_waiting", &[]),
    ("pad", &[]),
    ("tree_node", &[]),
    ("period_key", &["submission"]),
    ("checkpoint", &["checkpoint"]),
    ("witness", &[]),
    ("log_before", &[]),
    ("log_file", &[]),
    ("person", &["person"]),
    ("recovery_code", &[]),
    ("passkey", &[]),
    ("attachment", &["attachment"]),
    ("attachment_look", &["attachment"]),
    ("handled_request", &[]),
    ("deadline", &[]),
    ("authority", &["authority"]),
    ("officer", &["officer"]),
    ("authority_contact", &["authority_contact"]),
    ("instrument_mark", &[]),
    ("submission_mark", &[]),
    ("compartment", &["event"]),
    ("data_inventory", &["data_inventory"]),
    ("retention_rules", &["retention_rules"]),
    ("legal_hold", &["event"]),
    ("viewing", &["viewing"]),
    ("job", &[]),
    ("no_reminders", &[]),
    // Who has still to see an event that is told itself.
    ("access_notice", &[]),
];

/// Whoever adds a table says what counsel reads of it.
#[test]
fn every_table_is_told_or_left_out_on_purpose() {
    let tables: Vec<_> = TABLES.iter().map(|table| table.name).collect();
    let told: Vec<_> = TOLD.iter().map(|(table, _)| *table).collect();
    assert_eq!(tables, told);
}
