//! Backup and restore: the way there and back, and every archive that must be refused.

use std::path::Path;

use crate::stoa::Home;

/// An installation with a user, a blob and a configuration file.
fn installation() -> Home {
    let home = Home::new();
    home.run_with_input(
        &["user", "add", "ada@example.com", "--password-stdin"],
        "correct horse battery\n",
    )
    .succeeded();
    let blobs = home.data().join("files/ws_1");
    std::fs::create_dir_all(&blobs).unwrap();
    std::fs::write(blobs.join("fil_1.txt"), "the blob").unwrap();
    std::fs::write(home.data().join("stoa.toml"), "[auth]\nlogin_attempts = 7\n").unwrap();
    home
}

fn users(home: &Home) -> String {
    home.run(&["user", "list"]).succeeded()
}

fn backup(home: &Home) -> std::path::PathBuf {
    let file = home.path().join("stoa.tar.zst");
    home.run(&["backup", "stoa.tar.zst"]).succeeded();
    file
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_restored_installation_is_the_one_that_was_saved() {
    let old = installation();
    let file = backup(&old);
    assert_eq!(
        names(old.path()),
        ["data", "stoa.tar.zst"],
        "nothing else is left"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600,
            "the key is in it"
        );
    }
    let new = Home::new();
    let text = new.run(&["restore", file.to_str().unwrap()]).succeeded();
    assert!(text.contains("restored: the state of "), "{text}");
    assert_eq!(users(&new), users(&old));
    for path in ["secret.key", "stoa.toml", "files/ws_1/fil_1.txt"] {
        assert_eq!(
            std::fs::read(new.data().join(path)).unwrap(),
            std::fs::read(old.data().join(path)).unwrap(),
            "{path}"
        );
    }
    assert!(
        !names(&new.data())
            .iter()
            .any(|name| name.starts_with(".stoa-restore")),
        "{:?}",
        names(&new.data())
    );
}

#[test]
fn a_backup_is_taken_while_the_server_runs() {
    let home = installation();
    let serving = home.serve();
    let file = backup(&home);
    assert_eq!(serving.get("/health").0, 200);
    let text = home.run(&["restore", file.to_str().unwrap(), "--force"]).failed();
    assert!(text.contains("is in use by stoa serve"), "{text}");
}

#[test]
fn an_installation_is_only_replaced_by_force_and_kept_aside() {
    let home = installation();
    let file = backup(&home);
    home.run_with_input(
        &["user", "add", "bob@example.com", "--password-stdin"],
        "correct horse battery\n",
    )
    .succeeded();
    std::fs::write(home.data().join("stoa.toml"), "[auth]\nlogin_attempts = 8\n").unwrap();
    let text = home.run(&["restore", file.to_str().unwrap()]).failed();
    assert!(text.contains("--force"), "{text}");
    assert_eq!(users(&home).lines().count(), 2, "nothing was touched");

    home.run(&["restore", file.to_str().unwrap(), "--force"])
        .succeeded();
    assert_eq!(users(&home).lines().count(), 1);
    assert!(
        std::fs::read_to_string(home.data().join("stoa.toml"))
            .unwrap()
            .contains('8'),
        "the configuration stays"
    );
    let aside = names(&home.data())
        .into_iter()
        .find(|name| name.starts_with("stoa.db.replaced-") && name.ends_with('Z'))
        .unwrap();
    // What was kept aside is a whole database, with the user that came after the backup.
    let env = [("SQLITE_DB_PATH", aside.as_str())];
    assert_eq!(
        home.run_in(&env, &["user", "list"]).succeeded().lines().count(),
        2
    );
}

#[test]
fn damaged_archives_are_refused_and_nothing_is_touched() {
    let old = installation();
    let file = backup(&old);
    let whole = std::fs::read(&file).unwrap();
    let new = Home::new();
    let damaged = new.path().join("damaged");
    let refused = |bytes: &[u8]| {
        std::fs::write(&damaged, bytes).unwrap();
        let text = new.run(&["restore", "damaged"]).failed();
        assert!(
            text.contains("cannot be restored, and nothing was changed"),
            "{text}"
        );
        let left = names(&new.data());
        assert!(left.iter().all(|name| name == "stoa.lock"), "{left:?}");
    };
    refused(b"");
    refused(b"not an archive at all");
    for part in [10, 2, 1] {
        refused(&whole[..whole.len() - whole.len() / 10 * part / 2 - 1]);
    }
    for at in [whole.len() / 3, whole.len() / 2, whole.len() - 20] {
        let mut changed = whole.clone();
        changed[at] ^= 0xff;
        refused(&changed);
    }
    let text = new.run(&["restore", "nowhere"]).failed();
    assert!(text.contains("nowhere cannot be restored"), "{text}");
}

#[test]
fn a_backup_does_not_overwrite_and_says_when_there_is_nothing() {
    let home = installation();
    backup(&home);
    assert!(
        home.run(&["backup", "stoa.tar.zst"])
            .failed()
            .contains("exists already")
    );
    let empty = Home::new();
    assert!(
        empty
            .run(&["backup", "x"])
            .failed()
            .contains("nothing to back up")
    );
    assert!(!empty.path().join("x").exists());
}

#[test]
fn for_postgres_the_command_to_use_is_said() {
    let home = Home::new();
    let env = [("DATABASE_URL", "postgres://ada:hunter2@db:5432/stoa")];
    let text = home.run_in(&env, &["backup", "b.dump"]).failed();
    assert!(
        text.contains("pg_dump --format=custom --file=b.dump 'postgres://ada@db:5432/stoa'"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}
