//! The commands that only print, and what a wrong configuration says.

use crate::stoa::Home;

#[test]
fn help_names_every_command() {
    let help = Home::new().run(&["--help"]).succeeded();
    for command in [
        "serve", "migrate", "doctor", "user", "models", "demo", "backup", "restore", "openapi", "config",
        "version",
    ] {
        assert!(
            help.lines().any(|line| line.trim_start().starts_with(command)),
            "{command} in {help}"
        );
    }
    assert!(!Home::new().run(&["srve"]).ok);
}

#[test]
fn version_says_what_is_built_in() {
    let version = Home::new().run(&["version"]).succeeded();
    assert!(
        version.starts_with(&format!("stoa {}\nlocal models: ", env!("CARGO_PKG_VERSION"))),
        "{version}"
    );
}

#[test]
fn a_wrong_configuration_is_refused_with_the_nearest_key() {
    let home = Home::new();
    let file = home.path().join("my.toml");
    std::fs::write(&file, "[server]\nlisen = \"127.0.0.1:1\"\n").unwrap();
    let text = home.run(&["config", "--config", "my.toml"]).failed();
    assert_eq!(
        text,
        "stoa: the configuration is not usable\n  my.toml line 2: unknown key `server.lisen`, did you mean `server.listen`?\n"
    );
    let text = home.run_in(&[("STOA_SERVER_LISEN", "x")], &["serve"]).failed();
    assert!(
        text.contains("unknown variable `STOA_SERVER_LISEN`, did you mean `STOA_SERVER_LISTEN`?"),
        "{text}"
    );
    let text = home.run(&["serve", "--listen", "here"]).failed();
    assert!(
        text.contains("option --listen: `server.listen` must be an address and a port"),
        "{text}"
    );
    assert!(!home.data().exists(), "nothing was made");
}

#[test]
fn the_effective_configuration_shows_origins_and_no_secrets() {
    let home = Home::new();
    let env = [
        ("DB_HOST", "db"),
        ("DB_USER", "ada"),
        ("DB_PASSWORD", "hunter2"),
        ("DB_NAME", "stoa"),
        ("PORT", "9001"),
        ("STOA_SECRET_KEY", "c2VjcmV0"),
    ];
    let text = home.run_in(&env, &["config"]).succeeded();
    for line in [
        "listen = \"127.0.0.1:9001\"",
        "url = \"postgres://ada:***@db:5432/stoa\"",
        "secret_key = \"***\"",
    ] {
        assert!(
            text.lines()
                .any(|found| found.starts_with(line) && found.contains("# variable ")),
            "{line} in {text}"
        );
    }
    assert!(!text.contains("hunter2") && !text.contains("c2VjcmV0"), "{text}");
}

#[test]
fn the_reference_of_the_configuration_is_the_committed_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.md");
    let committed = std::fs::read_to_string(path).unwrap();
    assert_eq!(Home::new().run(&["config", "--docs"]).succeeded(), committed);
}

#[test]
fn migrations_are_printed_for_both_databases() {
    let home = Home::new();
    let sqlite = home.run(&["migrate", "--print", "sqlite"]).succeeded();
    let postgres = home.run(&["migrate", "--print", "postgres"]).succeeded();
    assert!(
        sqlite.contains("-- 0001_accounts") && sqlite.contains("STRICT"),
        "{sqlite}"
    );
    assert!(
        postgres.contains("-- 0001_accounts")
            && postgres.contains("TIMESTAMPTZ")
            && !postgres.contains("STRICT"),
        "{postgres}"
    );
    assert!(!sqlite.contains("{id}") && !postgres.contains("{id}"));
}

#[test]
fn migrate_brings_a_database_up_to_date_once() {
    let home = Home::new();
    let before = home.run(&["migrate", "--status"]).succeeded();
    assert!(before.contains("pending  0001_accounts"), "{before}");
    assert!(!home.data().exists(), "looking makes nothing");
    assert!(
        home.run(&["migrate"])
            .succeeded()
            .contains("applied  0001_accounts")
    );
    assert_eq!(
        home.run(&["migrate"]).succeeded(),
        "nothing to do: the database is up to date\n"
    );
    let after = home.run(&["migrate", "--status"]).succeeded();
    assert!(
        after.contains("applied  0001_accounts") && !after.contains("pending"),
        "{after}"
    );
}

#[test]
fn the_api_document_is_printed() {
    let document: serde_json::Value =
        serde_json::from_str(&Home::new().run(&["openapi"]).succeeded()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
}

#[test]
fn users_are_added_listed_and_given_passwords() {
    let home = Home::new();
    let added = home.run_with_input(
        &[
            "user",
            "add",
            "ada@example.com",
            "--name",
            "Ada",
            "--admin",
            "--password-stdin",
        ],
        "correct horse battery\n",
    );
    let added = added.succeeded();
    assert!(
        added.starts_with("usr_") && added.ends_with(" ada@example.com\n"),
        "{added}"
    );
    let list = home.run(&["user", "list"]).succeeded();
    assert!(
        list.contains("admin") && list.contains("ada@example.com") && list.contains("Ada"),
        "{list}"
    );
    let again = home.run_with_input(
        &["user", "add", "ada@example.com", "--password-stdin"],
        "correct horse battery\n",
    );
    assert!(again.failed().starts_with("stoa: "));
    let short = home.run_with_input(&["user", "add", "bob@example.com", "--password-stdin"], "x\n");
    assert!(short.failed().contains("password"));
    home.run_with_input(
        &["user", "password", "ada@example.com", "--password-stdin"],
        "another good one\n",
    )
    .succeeded();
    let nobody = home.run_with_input(
        &["user", "password", "eve@example.com", "--password-stdin"],
        "another good one\n",
    );
    assert!(nobody.failed().contains("there is no account `eve@example.com`"));
    let json = home.run(&["user", "list", "--json"]).succeeded();
    let user: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(user["email"], "ada@example.com");
    assert!(!json.contains("password"), "{json}");
}

#[test]
#[cfg(not(feature = "local-models"))]
fn without_local_models_pull_says_so() {
    let text = Home::new().run(&["models", "pull"]).failed();
    assert!(text.contains("this build of Stoa has no local models"), "{text}");
}

#[test]
fn demo_names_the_long_conversation_it_adds() {
    let home = Home::new();
    let text = home.run(&["demo", "--long", "25"]).succeeded();
    assert!(
        text.contains("the long conversation is cnv_") && text.contains("with 25 messages"),
        "{text}"
    );
    assert!(!home.run(&["demo"]).succeeded().contains("cnv_"));
    let refused = home.run(&["demo", "--long", "100001"]).failed();
    assert!(refused.contains("100000"), "{refused}");
}
