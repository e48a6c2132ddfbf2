//! The loader as a table: file, environment and flags in, configuration or faults out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::load::File;
use super::*;

fn sources(env: &[(&str, &str)]) -> Sources {
    let mut env: BTreeMap<String, String> = env
        .iter()
        .map(|(name, text)| ((*name).into(), (*text).into()))
        .collect();
    env.entry("HOME".into()).or_insert_with(|| "/home/ada".into());
    Sources {
        file: None,
        env,
        flags: Vec::new(),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that the loader takes")]
fn file(text: &str) -> Option<File> {
    Some(File {
        path: "/etc/stoa.toml".into(),
        text: text.into(),
        in_data_dir: false,
    })
}

fn with_env(env: &[(&str, &str)]) -> Config {
    Config::from_layers(None, &sources(env)).unwrap()
}

fn faults(text: &str, env: &[(&str, &str)]) -> Vec<String> {
    let error = Config::from_layers(file(text), &sources(env)).unwrap_err();
    error
        .faults
        .into_iter()
        .map(|fault| format!("{}: {}", fault.place, fault.text))
        .collect()
}

fn postgres_url(config: &Config) -> &str {
    match &config.database.target {
        Target::Postgres(url) => url.expose(),
        Target::Sqlite(path) => panic!("expected PostgreSQL, found {}", path.display()),
    }
}

fn sqlite_path(config: &Config) -> &Path {
    match &config.database.target {
        Target::Sqlite(path) => path,
        Target::Postgres(_) => panic!("expected SQLite, found PostgreSQL"),
    }
}

#[test]
fn the_defaults_are_usable() {
    let config = with_env(&[]);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(config.server.environment, Environment::Production);
    assert_eq!(config.database.mmap, 1 << 30);
    assert_eq!(config.data.dir, Path::new("/home/ada/.local/share/stoa"));
    assert_eq!(
        sqlite_path(&config),
        Path::new("/home/ada/.local/share/stoa/stoa.db")
    );
    assert_eq!(
        config.storage.place,
        Place::Local("/home/ada/.local/share/stoa/files".into())
    );
    assert_eq!(config.models.dir, Path::new("/home/ada/.local/share/stoa/models"));
    assert_eq!((config.database.pool_min, config.database.pool_max), (10, 30));
    assert_eq!(config.database.statement_timeout, Duration::from_secs(30));
    assert_eq!(config.database.recycle, Duration::from_hours(1));
    assert_eq!(config.providers.total_timeout, Duration::from_mins(1));
    assert_eq!(config.auth.registration, Registration::Invite);
    assert!(config.server.public_url.is_none() && config.cache.redis_url.is_none() && !config.mock.enabled);
    assert!(
        config
            .effective
            .iter()
            .all(|entry| entry.origin == Origin::Default)
    );
}

/// A key that nothing reads would be a promise that is not kept.
#[test]
fn every_key_of_the_defaults_has_a_field() {
    let mut unread = Vec::new();
    for entry in with_env(&[]).effective {
        let (section, key) = entry.key.split_once('.').unwrap();
        // No key is a date, so whatever reads the key complains.
        let text = format!("[{section}]\n{key} = 1979-05-27\n");
        match Config::from_layers(file(&text), &sources(&[])) {
            Err(error)
                if error
                    .faults
                    .iter()
                    .any(|fault| fault.text.contains(&format!("`{}`", entry.key))) => {}
            _ => unread.push(entry.key),
        }
    }
    assert!(unread.is_empty(), "{unread:?}");
}

#[test]
fn each_layer_beats_the_one_below() {
    let text = "[server]\nlisten = \"10.0.0.1:1\"\n[auth]\nlogin_attempts = 3\n";
    let mut sources = sources(&[]);
    let listen = |sources: &Sources| {
        Config::from_layers(file(text), sources)
            .unwrap()
            .server
            .listen
            .to_string()
    };
    assert_eq!(listen(&sources), "10.0.0.1:1");
    sources.env.insert("PORT".into(), "2".into());
    assert_eq!(listen(&sources), "10.0.0.1:2");
    sources
        .env
        .insert("STOA_SERVER_LISTEN".into(), "10.0.0.3:3".into());
    assert_eq!(listen(&sources), "10.0.0.3:3");
    sources.flags.push(Flag {
        name: "--listen",
        key: "server.listen",
        value: "localhost:4".into(),
    });
    assert_eq!(listen(&sources), "127.0.0.1:4");
    let config = Config::from_layers(file(text), &sources).unwrap();
    assert_eq!(config.auth.login_attempts, 3);
    let origin = |key: &str| {
        config
            .effective
            .iter()
            .find(|entry| entry.key == key)
            .unwrap()
            .origin
            .to_string()
    };
    assert_eq!(origin("server.listen"), "option --listen");
    assert_eq!(origin("auth.login_attempts"), "/etc/stoa.toml line 4");
    assert_eq!(origin("auth.session"), "default");
}

#[test]
fn unknown_keys_are_refused_with_the_nearest() {
    let text = "[server]\nlisen = \"x\"\n[serve]\nworkers = 2\n[databse]\nreaders = 1\n[log]\nzzzzzz = 1\n";
    assert_eq!(
        faults(text, &[]),
        [
            "/etc/stoa.toml line 2: unknown key `server.lisen`, did you mean `server.listen`?",
            "/etc/stoa.toml line 4: unknown key `serve.workers`, did you mean `server.workers`?",
            "/etc/stoa.toml line 6: unknown key `databse.readers`, did you mean `database.readers`?",
            "/etc/stoa.toml line 8: unknown key `log.zzzzzz`",
        ]
    );
    assert_eq!(
        faults("listen = 1", &[]),
        ["/etc/stoa.toml line 1: unknown key `listen`, did you mean `server.listen`?"]
    );
    assert_eq!(
        faults(
            "",
            &[
                ("STOA_SERVER_LISEN", "x"),
                ("STOA_DATABSE_URL", "x"),
                ("STOA_TEST_POSTGRES", "x")
            ]
        ),
        [
            "environment: unknown variable `STOA_DATABSE_URL`, did you mean `STOA_DATABASE_URL`?",
            "environment: unknown variable `STOA_SERVER_LISEN`, did you mean `STOA_SERVER_LISTEN`?",
        ]
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn wrong_values_are_refused_with_what_is_allowed() {
    let cases = [
        (
            "[server]\nlisten = \"here\"",
            "/etc/stoa.toml line 2: `server.listen` must be an address and a port such as `127.0.0.1:8000` or `0.0.0.0:8000`",
        ),
        (
            "[server]\nlisten = 8000",
            "/etc/stoa.toml line 2: `server.listen` must be an address and a port such as `127.0.0.1:8000` or `0.0.0.0:8000`",
        ),
        (
            "[server]\n\ndrain_timeout = 60",
            "/etc/stoa.toml line 3: `server.drain_timeout` must be a duration such as `500ms`, `30s`, `5m`, `1h` or `30d`",
        ),
        (
            "[database]\ncache = \"2MB\"",
            "/etc/stoa.toml line 2: `database.cache` must be a size such as `64KiB`, `2MiB` or `1GiB`",
        ),
        (
            "[auth]\nregistration = \"yes\"",
            "/etc/stoa.toml line 2: `auth.registration` must be `open`, `invite` or `closed`",
        ),
        (
            "[database]\nreaders = -1",
            "/etc/stoa.toml line 2: `database.readers` must be a whole number from 0 to 1000000",
        ),
        (
            "[database]\nreaders = 0",
            "/etc/stoa.toml line 2: `database.readers` must be from 1 to 64",
        ),
        (
            "[database]\npool_min = 31",
            "/etc/stoa.toml line 2: `database.pool_min` must be at most `database.pool_max`",
        ),
        (
            "[storage]\nurl = \"gs://bucket\"",
            "/etc/stoa.toml line 2: `storage.url` must be a folder, or `s3://bucket/prefix`",
        ),
        (
            "[log]\nlevel = \"loud\"",
            "/etc/stoa.toml line 2: `log.level` must be `error`, `warn`, `info`, `debug` or `trace`, or levels by part such as `info,sql=debug`",
        ),
        (
            "[server]\ntrusted_proxies = [\"proxy\"]",
            "/etc/stoa.toml line 2: `server.trusted_proxies` must be a list of addresses or networks such as `[\"10.0.0.0/8\", \"::1\"]`",
        ),
        (
            "[server]\ncors_origins = [\"https://app.example.com/path\"]",
            "/etc/stoa.toml line 2: `server.cors_origins` must be a list of origins, without a path, such as `[\"https://app.example.com\"]`",
        ),
        (
            "[server]\ncors_origins = [\"*\"]",
            "/etc/stoa.toml line 2: `server.cors_origins` must be a list of origins, without a path, such as `[\"https://app.example.com\"]`",
        ),
        (
            "[server]\nlisten = \"a",
            "/etc/stoa.toml line 2: not valid TOML: invalid basic string, expected `\"`",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(faults(text, &[]), [expected], "{text}");
    }
    let cases = [
        (
            ("PORT", "http"),
            "variable PORT: must be a port, a number from 0 to 65535",
        ),
        (
            ("ENVIRONMENT", "staging"),
            "variable ENVIRONMENT: `server.environment` must be `production` or `development`",
        ),
        (
            ("STOA_MOCK_ENABLED", "perhaps"),
            "variable STOA_MOCK_ENABLED: `mock.enabled` must be `true` or `false`",
        ),
        (
            ("STOA_ENGINE_BACKGROUND", "many"),
            "variable STOA_ENGINE_BACKGROUND: `engine.background` must be a whole number",
        ),
        (
            ("DB_HOST", "db"),
            "variables DB_USER and DB_NAME: are both needed beside DB_HOST, DB_PORT and DB_PASSWORD; DATABASE_URL says it in one",
        ),
        (
            ("REDIS_URL", "memcached://x"),
            "variable REDIS_URL: `cache.redis_url` must be an address such as `redis://:password@host:6379/0`",
        ),
        (
            ("AWS_ACCESS_KEY_ID", "AK"),
            "variable AWS_ACCESS_KEY_ID: `storage.access_key_id` must be set together with `storage.secret_access_key`",
        ),
    ];
    for (variable, expected) in cases {
        assert_eq!(faults("", &[variable]), [expected], "{variable:?}");
    }
}

#[test]
fn all_faults_are_shown_at_once_and_no_password_is() {
    let env = [("DATABASE_URL", "mysql://root:hunter2@db/x"), ("PORT", "x")];
    let shown = Config::from_layers(file("[auth]\nsession = 1"), &sources(&env))
        .unwrap_err()
        .to_string();
    let expected = "the configuration is not usable\n  variable PORT: must be a port, a number from 0 to 65535\n  variable DATABASE_URL: `database.url` must be";
    assert!(shown.starts_with(expected), "{shown}");
    assert!(
        shown.contains("/etc/stoa.toml line 2: `auth.session` must be a duration"),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_database_names_of_other_products_work() {
    let parts = [
        ("DB_HOST", "db"),
        ("DB_USER", "ada"),
        ("DB_PASSWORD", "p@ss/w:rd"),
        ("DB_NAME", "stoa"),
    ];
    assert_eq!(
        postgres_url(&with_env(&parts)),
        "postgres://ada:p%40ss%2Fw%3Ard@db:5432/stoa"
    );
    let plus = |more: &[(&'static str, &'static str)]| {
        let mut env = parts.to_vec();
        env.extend_from_slice(more);
        with_env(&env)
    };
    assert_eq!(
        postgres_url(&plus(&[("DB_PORT", "6543")])),
        "postgres://ada:p%40ss%2Fw%3Ard@db:6543/stoa"
    );
    assert!(postgres_url(&plus(&[("DB_HOST", "::1")])).contains("@[::1]:5432/"));
    assert!(postgres_url(&plus(&[("DB_HOST", "/run/pg")])).contains("@%2Frun%2Fpg:5432/"));
    assert_eq!(
        sqlite_path(&with_env(&[("SQLITE_DB_PATH", "/srv/a.db")])),
        Path::new("/srv/a.db")
    );
    assert_eq!(
        sqlite_path(&with_env(&[("SQLITE_DB_PATH", "a.db")])),
        Path::new("/home/ada/.local/share/stoa/a.db")
    );
    assert_eq!(
        sqlite_path(&with_env(&[("DATABASE_URL", "sqlite:///srv/b.db")])),
        Path::new("/srv/b.db")
    );
    // Both are given: the environment decides.
    let both = ("SQLITE_DB_PATH", "/srv/a.db");
    assert!(postgres_url(&plus(&[both])).starts_with("postgres://ada:"));
    assert!(postgres_url(&plus(&[both, ("ENVIRONMENT", "production")])).starts_with("postgres://ada:"));
    assert_eq!(
        sqlite_path(&plus(&[both, ("ENVIRONMENT", "development")])),
        Path::new("/srv/a.db")
    );
    assert!(postgres_url(&plus(&[("ENVIRONMENT", "development")])).starts_with("postgres://ada:"));
    // A whole URL beats the parts, and our own name beats that.
    let url = ("DATABASE_URL", "postgres://eve@other/x");
    assert_eq!(postgres_url(&plus(&[both, url])), "postgres://eve@other/x");
    assert_eq!(
        postgres_url(&plus(&[url, ("STOA_DATABASE_URL", "postgresql://own/x")])),
        "postgresql://own/x"
    );
    // The environment beats the file here too.
    let text = "[database]\nurl = \"postgres://file/x\"";
    let config = Config::from_layers(file(text), &sources(&[("SQLITE_DB_PATH", "/srv/a.db")])).unwrap();
    assert_eq!(sqlite_path(&config), Path::new("/srv/a.db"));
}

#[test]
fn the_other_known_names_work() {
    let env = [
        ("ENVIRONMENT", "development"),
        ("DEBUG", "true"),
        ("REDIS_URL", "redis://:pw@cache/1"),
        ("STORAGE", "s3://bucket/some/prefix/"),
        ("AWS_ACCESS_KEY_ID", "AK"),
        ("AWS_SECRET_ACCESS_KEY", "SK"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"),
        ("HOST", "0.0.0.0"),
        ("PORT", "9000"),
        ("STOA_DATA", "/srv/stoa"),
        ("STOA_SECRET_KEY", "c2VjcmV0"),
    ];
    let config = with_env(&env);
    assert_eq!(config.server.environment, Environment::Development);
    assert_eq!(config.log.level, "debug");
    assert_eq!(
        config.cache.redis_url.as_ref().unwrap().expose(),
        "redis://:pw@cache/1"
    );
    assert_eq!(
        config.storage.place,
        Place::S3 {
            bucket: "bucket".into(),
            prefix: "some/prefix/".into()
        }
    );
    assert_eq!(config.storage.region, "eu-central-1");
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:9000");
    assert_eq!(config.data.dir, Path::new("/srv/stoa"));
    assert_eq!(config.data.secret_key.as_ref().unwrap().expose(), "c2VjcmV0");
    let shown = format!("{config:?}\n{}", effective(&config));
    for secret in ["pw@", "SK", "c2VjcmV0"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("redis://:***@cache/1"), "{shown}");
    let shown = format!("{:?}", with_env(&[("DATABASE_URL", "postgres://a:hunter2@h/d")]));
    assert!(
        !shown.contains("hunter2") && shown.contains("postgres://a:***@h/d"),
        "{shown}"
    );
}

#[test]
fn variables_that_belong_to_others_do_not_stop_the_start() {
    let config = with_env(&[
        ("HOST", "workstation"),
        ("DEBUG", "express:*"),
        ("PORT", ""),
        ("STOA_LOG_LEVEL", ""),
    ]);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(config.log.level, "info");
    assert_eq!(
        config.notes,
        [
            "the variable DEBUG is neither `true` nor `false` and was ignored",
            "the variable HOST is not an IP address and was ignored",
        ]
    );
    assert_eq!(
        with_env(&[("HOST", "::1")]).server.listen.to_string(),
        "[::1]:8000"
    );
    assert_eq!(
        with_env(&[("HOST", "localhost"), ("PORT", "1")])
            .server
            .listen
            .to_string(),
        "127.0.0.1:1"
    );
}

#[test]
fn the_data_folder_is_found_by_convention() {
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[], "/home/ada/.local/share/stoa"),
        (&[("XDG_DATA_HOME", "/x")], "/x/stoa"),
        (&[("XDG_DATA_HOME", "relative")], "/home/ada/.local/share/stoa"),
        (&[("HOME", "/nonexistent")], "/var/lib/stoa"),
        (&[("HOME", "")], "/var/lib/stoa"),
        (&[("XDG_DATA_HOME", "/x"), ("STOA_DATA", "/d")], "/d"),
        (&[("STOA_DATA", "/d"), ("STOA_DATA_DIR", "/e")], "/e"),
    ];
    for (env, dir) in cases {
        assert_eq!(with_env(env).data.dir, Path::new(dir), "{env:?}");
    }
    assert_eq!(
        Config::from_layers(file("[data]\ndir = \"/f\""), &sources(&[]))
            .unwrap()
            .data
            .dir,
        Path::new("/f")
    );
    let inside = File {
        path: "/d/stoa.toml".into(),
        text: "[data]\ndir = \"/f\"".into(),
        in_data_dir: true,
    };
    let error = Config::from_layers(Some(inside), &sources(&[])).unwrap_err();
    assert_eq!(
        error.faults[0].text,
        "`data.dir` must be set elsewhere: this file was found inside the data folder"
    );
}

#[test]
fn the_file_is_found_in_the_data_folder_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let load = |config: Option<PathBuf>| {
        let mut sources = sources(&[("STOA_DATA", dir)]);
        sources.file = config;
        Config::load(&sources)
    };
    assert_eq!(load(None).unwrap().file, None);
    std::fs::write(folder.path().join("stoa.toml"), "[server]\nworkers = 3").unwrap();
    assert_eq!(load(None).unwrap().server.workers, 3);
    let other = folder.path().join("other.toml");
    assert!(
        load(Some(other.clone()))
            .unwrap_err()
            .to_string()
            .contains("other.toml: cannot be read")
    );
    std::fs::write(&other, "[server]\nworkers = 4").unwrap();
    assert_eq!(load(Some(other.clone())).unwrap().server.workers, 4);
    assert_eq!(load(Some(other.clone())).unwrap().file, Some(other));
}

#[test]
fn the_reference_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == reference(),
        "docs/config.md is old: run `stoa config --docs > docs/config.md`"
    );
    for entry in with_env(&[]).effective {
        assert!(
            committed.contains(&format!("**`{}`**", entry.key)),
            "{} is missing",
            entry.key
        );
    }
}
