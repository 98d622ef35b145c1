//! What opens the key files, and what is told where nothing does.

use std::path::{Path, PathBuf};

use app::{Candor, Clock, Protection, Refolding};
use databases::on_each;
use stories::{NOW, World};

/// A file outside the data directory.
fn secret(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("writes");
    path
}

/// An identity as `age-keygen` writes it.
const IDENTITY: &str = "# created: 2026-01-01T00:00:00Z\n\
     AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33\n";
/// Somebody else's.
const OTHER_IDENTITY: &str =
    "AGE-SECRET-KEY-1MER3P3N25J7CM5A6SX8LPZXLKL8WW63DD59H4PYK0PWSRUML66GQEYGS78\n";

async fn opening(world: &World) -> Result<Candor, String> {
    let opened = Candor::open(&world.candor.dir, Clock::Fixed(NOW)).await;
    opened.map_err(|error| error.to_string())
}

fn key_files(world: &World) -> Vec<Vec<u8>> {
    ["master", "log", "report", "receipt"]
        .map(|name| world.candor.dir.join(format!("keys/{name}.key")))
        .map(|path| std::fs::read(path).expect("reads"))
        .to_vec()
}

fn rewrites_settings(world: &World, from: &str, to: &str) {
    let settings = world.candor.dir.join("candor.toml");
    let text = std::fs::read_to_string(&settings).expect("reads");
    assert!(text.contains(from), "{text}");
    std::fs::write(&settings, text.replace(from, to)).expect("writes");
}

#[test]
fn a_passphrase_opens_every_key_file_and_is_named_where_it_does_not() {
    on_each(async |location| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = secret(folder.path(), "passphrase", "correct horse\nsecond line\n");
        let world = World::with_keys(location, Protection::PassphraseFile(file.clone())).await;
        for bytes in key_files(&world) {
            assert!(bytes.starts_with(b"age-encryption.org/v1\n-> X25519 "));
        }
        let doctor = world.candor.doctor(Refolding::Sample(1)).await.expect("looks");
        let keys = doctor.findings.iter().find(|finding| finding.subject == "keys");
        let told = keys.expect("a finding").result.clone().expect("is well");
        assert!(told.contains("encrypted"), "{told}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let allow = |mode| {
                let mode = std::fs::Permissions::from_mode(mode);
                std::fs::set_permissions(&file, mode).expect("changes");
            };
            allow(0o600);
            let doctor = world.candor.doctor(Refolding::Sample(1)).await.expect("looks");
            assert_eq!(doctor.warnings, [], "nothing could be safer");
            allow(0o640);
            let doctor = world.candor.doctor(Refolding::Sample(1)).await.expect("looks");
            let [(_, warning)] = doctor.warnings.as_slice() else { panic!("{doctor:?}") };
            assert!(warning.contains("mode 640") && warning.contains("chmod 600"), "{warning}");
            assert!(doctor.is_well(), "it works, as it was asked for");
        }

        // The line alone counts, whatever ends it.
        secret(folder.path(), "passphrase", "correct horse\r\n");
        opening(&world).await.expect("opens").close().await;

        secret(folder.path(), "passphrase", "wrong\n");
        let error = opening(&world).await.expect_err("is wrong");
        assert!(error.contains("keys/identity.age does not open with the passphrase"), "{error}");
        assert!(error.contains("CANDOR_PASSPHRASE_FILE"), "{error}");

        secret(folder.path(), "passphrase", "\n");
        let error = opening(&world).await.expect_err("is empty");
        assert!(error.contains("first line"), "{error}");

        std::fs::remove_file(&file).expect("removes");
        let error = opening(&world).await.expect_err("is missing");
        assert!(error.contains(&file.display().to_string()), "{error}");

        rewrites_settings(&world, "passphrase_file = ", "# ");
        let error = opening(&world).await.expect_err("nothing opens it");
        assert!(error.contains("master.key is encrypted"), "{error}");
        assert!(error.contains("[keys] in candor.toml"), "{error}");
        world.candor.close().await;
    });
}

#[test]
fn keys_in_plain_are_a_warning_each_time() {
    on_each(async |location| {
        let world = World::new(location).await;
        let doctor = world.candor.doctor(Refolding::Sample(1)).await.expect("looks");
        let [(subject, warning)] = doctor.warnings.as_slice() else { panic!("{doctor:?}") };
        assert_eq!(*subject, "keys");
        assert!(warning.contains("in plain") && warning.contains("docs/keys.md"), "{warning}");
        assert!(doctor.is_well());
        world.candor.close().await;
    });
}

#[test]
fn an_identity_opens_every_key_file_and_no_other_does() {
    on_each(async |location| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = secret(folder.path(), "identity.txt", IDENTITY);
        let world = World::with_keys(location, Protection::Identity(file.clone())).await;
        assert!(!world.candor.dir.join("keys/identity.age").exists());
        opening(&world).await.expect("opens").close().await;

        // Beside the data, named by its path in them.
        let inside = world.candor.dir.join("identity.txt");
        std::fs::rename(&file, &inside).expect("moves");
        rewrites_settings(&world, &file.display().to_string(), "identity.txt");
        opening(&world).await.expect("opens").close().await;

        secret(&world.candor.dir, "identity.txt", "AGE-SECRET-KEY-1NONE\n");
        let error = opening(&world).await.expect_err("is none");
        assert!(error.contains("AGE-SECRET-KEY-1, as age-keygen writes it"), "{error}");

        secret(&world.candor.dir, "identity.txt", OTHER_IDENTITY);
        let error = opening(&world).await.expect_err("is another's");
        assert!(error.contains("master.key does not open with the identity"), "{error}");
        world.candor.close().await;
    });
}

#[test]
fn a_key_file_that_lies_there_in_plain_is_told() {
    on_each(async |location| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = secret(folder.path(), "identity.txt", IDENTITY);
        let world = World::with_keys(location, Protection::Identity(file)).await;
        let key = world.candor.dir.join("keys/log.key");
        std::fs::write(&key, "candor-signing-key-v1 00\n").expect("writes");
        let doctor = world.candor.doctor(Refolding::Sample(1)).await.expect("looks");
        let wrong = doctor.findings.iter().find_map(|finding| finding.result.clone().err());
        let wrong = wrong.expect("something is wrong");
        assert!(wrong.contains("log.key not"), "{wrong}");
        world.candor.close().await;
    });
}
