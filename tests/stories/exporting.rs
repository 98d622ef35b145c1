//! Counsel gets everything, and reads it without candor: with age, JSON and a pocket calculator.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use app::{EncryptedError, Error, Recipients};
use databases::on_each;
use domain::id::Actor;
use domain::submission::{Channel, NotARequest};
use jiff::civil::date;
use ledger::hash::{Hash, from_hex};
use serde_json::Value;
use stories::World;

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
            world.candor.declare_not_a_request(id, reason, Actor::OperatorCli).await.expect("is");
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
        let about = &kinds["about"][0];
        let readme = about["readme"].as_array().expect("lines");
        let readme: String = readme.iter().filter_map(Value::as_str).collect();
        for kind in kinds.keys() {
            assert!(readme.contains(kind.as_str()), "{kind} is not described");
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
