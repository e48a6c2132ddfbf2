//! The server as a process: start, stop, one for each data folder, kill -9.

use crate::stoa::Home;

#[test]
fn it_says_when_it_is_ready_answers_and_drains() {
    let home = Home::new();
    let serving = home.serve();
    assert!(serving.line.ends_with(" ms)\n"), "{}", serving.line);
    assert_eq!(serving.get("/health").0, 200);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(home.data()), 0o700);
        assert_eq!(mode(home.data().join("secret.key")), 0o600);
    }
    let (status, log) = serving.end("TERM");
    assert_eq!(status.code(), Some(0), "{log}");
    let left: Vec<_> = std::fs::read_dir(home.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        !left.iter().any(|name| name.ends_with("-wal")),
        "the log of the database was written into it: {left:?}"
    );
}

#[test]
fn log_lines_are_objects_when_asked_for() {
    let home = Home::new();
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("stoa.toml"), "[log]\nformat = \"json\"\n").unwrap();
    let (_, log) = home.serve().end("TERM");
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        lines.iter().any(|line| line["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("Stopping"))),
        "{log}"
    );
    assert!(
        lines
            .iter()
            .all(|line| line["level"].is_string() && line["target"].is_string()),
        "{log}"
    );
}

#[test]
fn an_interrupt_stops_it_too() {
    let home = Home::new();
    let (status, log) = home.serve().end("INT");
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let home = Home::new();
    let first = home.serve();
    let text = home.run(&["serve", "--listen", "127.0.0.1:0"]).failed();
    let holder = format!("is in use by stoa serve (process {})", first.pid());
    assert!(text.contains(&holder) && text.contains("--data"), "{text}");
    let text = home.run(&["migrate"]).failed();
    assert!(text.contains(&holder), "{text}");
    assert_eq!(first.get("/health").0, 200, "the first is not disturbed");
}

#[test]
fn a_port_that_is_taken_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = Home::new().run(&["serve", "--listen", &address]).failed();
    assert!(
        text.contains(&format!("cannot listen on {address}")) && text.contains("--listen"),
        "{text}"
    );
}

#[test]
fn after_a_kill_it_starts_again() {
    let home = Home::new();
    let add = |email: &str| {
        home.run_with_input(
            &["user", "add", email, "--password-stdin"],
            "correct horse battery\n",
        )
        .succeeded()
    };
    add("ada@example.com");
    for round in 0..3 {
        let serving = home.serve();
        assert_eq!(serving.get("/health").0, 200);
        // While it runs, so that the write is in the log when it dies.
        add(&format!("user{round}@example.com"));
        let (status, _) = serving.end("KILL");
        assert_eq!(status.code(), None, "it was killed");
    }
    let users = home.run(&["user", "list"]).succeeded();
    assert_eq!(users.lines().count(), 4, "{users}");
}
