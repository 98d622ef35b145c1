//! Rules that the company wrote come back with a backup: what counsel confirmed stays confirmed, and
//! deadlines are counted by the same holidays.

use std::io::{Read, Write};
use std::path::Path;

use app::{Candor, Clock};
use databases::on_each;
use jiff::civil::date;
use stories::NOW;

use crate::office::{Office, VERIFIER};
use crate::restoring::{Elsewhere, IDENTITY, RECIPIENT, To, sqlite};

const INSTRUMENT: &str = "eu_production_order";

const HOLIDAYS: &str = "country = \"DE\"\nyears = [2026]\n\
     holiday = [{ on = \"2026-09-22\", name = \"Day of samples\", source = \"Invented\" }]\n";

/// The company edits a profile, adds holidays, and keeps a note beside them.
fn writes_rules(dir: &Path) -> String {
    let shipped = include_str!("../../jurisdictions/eu.toml");
    let edited =
        shipped.replacen("identifiers, kind of data and recipient", "identifiers, recipient", 1);
    assert_ne!(edited, shipped);
    for folder in ["jurisdictions", "holidays"] {
        std::fs::create_dir(dir.join(folder)).expect("makes");
    }
    std::fs::write(dir.join("jurisdictions/ours.toml"), &edited).expect("writes");
    std::fs::write(dir.join("jurisdictions/notes.txt"), "nobody reads it").expect("writes");
    std::fs::write(dir.join("holidays/DE.toml"), HOLIDAYS).expect("writes");
    edited
}

/// How many rules are confirmed, whether any of their elements changed, and whether a Tuesday in
/// September is a day of work in Germany.
async fn rules_of(candor: &Candor) -> (usize, usize, bool) {
    let confirmation = candor.confirmation().await.expect("reads");
    let germany = domain::Country::from_code("DE");
    let calendar = candor.holidays().expect("no faults").of(germany);
    let works = calendar.is_working(date(2026, 9, 22));
    (confirmation.rules.len(), confirmation.changed.len(), works)
}

#[test]
fn a_restored_directory_goes_by_the_rules_that_the_company_wrote() {
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let office = Office::new(sqlite()).await;
        let edited = writes_rules(&office.candor().dir);
        office.confirms_profile(VERIFIER, INSTRUMENT).await;
        let before = rules_of(office.candor()).await;
        assert_eq!(before, (3, 0, false));
        elsewhere.copy(&office.candor().dir.join("keys"), "keys");
        let backup = elsewhere.backup(office.candor(), "backup").await;
        drop(office);

        let dir = elsewhere.path("machine");
        elsewhere.restores(&backup, &To::new(&dir, &location, None)).await.expect("restores");
        let candor = Candor::open(&dir, Clock::Fixed(NOW)).await.expect("opens");
        assert_eq!(rules_of(&candor).await, before);
        let restored = std::fs::read_to_string(dir.join("jurisdictions/ours.toml"));
        assert_eq!(restored.expect("is there"), edited);
        assert!(!dir.join("jurisdictions/notes.txt").exists(), "nobody reads it");

        // And from there once more.
        let backup = elsewhere.backup(&candor, "tuesday").await;
        let (again, file) = (elsewhere.path("again"), sqlite());
        elsewhere.restores(&backup, &To::new(&again, &file, None)).await.expect("restores");
        let candor = Candor::open(&again, Clock::Fixed(NOW)).await.expect("opens");
        assert_eq!(rules_of(&candor).await, before);
    });
}

#[test]
fn a_backup_that_names_other_places_puts_nothing_there() {
    on_each(async |location| {
        let elsewhere = Elsewhere::new();
        let office = Office::new(sqlite()).await;
        writes_rules(&office.candor().dir);
        elsewhere.copy(&office.candor().dir.join("keys"), "keys");
        let backup = elsewhere.backup(office.candor(), "backup").await;
        let identity: age::x25519::Identity =
            IDENTITY.lines().last().expect("a line").parse().expect("an identity");
        let decryptor = age::Decryptor::new(std::fs::File::open(&backup).expect("opens"));
        let mut lines = String::new();
        let decrypted = decryptor.expect("begins as one").decrypt(std::iter::once(&identity as _));
        decrypted.expect("opens").read_to_string(&mut lines).expect("reads");
        let (dir, forged) = (elsewhere.path("machine"), elsewhere.path("forged"));
        for place in [
            "jurisdictions/../../ours.toml",
            "/tmp/ours.toml",
            "keys/ours.toml",
            "jurisdictions/deeper/ours.toml",
            "jurisdictions/ours.txt",
            "jurisdictions",
        ] {
            let lines = lines.replace("jurisdictions/ours.toml", place);
            let recipient: age::x25519::Recipient = RECIPIENT.parse().expect("a key");
            let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _));
            let file = std::fs::File::create(&forged).expect("makes");
            let mut writer = encryptor.expect("one").wrap_output(file).expect("begins");
            writer.write_all(lines.as_bytes()).expect("writes");
            writer.finish().expect("ends");
            let refused = elsewhere.restores(&forged, &To::new(&dir, &location, None)).await;
            let refused = refused.expect_err("no file of a backup is there");
            assert!(refused.contains("a file in it is none"), "{place}: {refused}");
            assert!(!dir.exists() && !elsewhere.path("ours.toml").exists(), "{place}");
        }
    });
}
