//! Runs the binary in a data folder of its own and with an environment that holds nothing else.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Nothing here takes longer than a fraction of this.
const LIMIT: Duration = Duration::from_mins(1);

/// What a command printed and ended with.
#[derive(Debug)]
pub struct Ran {
    pub out: String,
    pub err: String,
    pub ok: bool,
}

impl Ran {
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert!(self.ok, "{self:?}");
        self.out
    }

    #[track_caller]
    pub fn failed(self) -> String {
        assert!(!self.ok, "{self:?}");
        self.err
    }
}

/// A folder that goes away with the test.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The data folder, which is not made yet.
    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stoa"));
        command.args(args).current_dir(self.path()).env_clear();
        command.env("HOME", self.path()).env("STOA_DATA", self.data());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        run(&mut self.command(args), "")
    }

    pub fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        run(&mut self.command(args), input)
    }

    /// Runs with more of an environment.
    pub fn run_in(&self, env: &[(&str, &str)], args: &[&str]) -> Ran {
        run(self.command(args).envs(env.iter().copied()), "")
    }

    /// Starts the server on a free port and waits until it says that it is ready.
    pub fn serve(&self) -> Serving {
        self.serve_in(&[])
    }

    /// The same with more of an environment.
    pub fn serve_in(&self, env: &[(&str, &str)]) -> Serving {
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0", "--mock"])
            .envs(env.iter().copied())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("Stoa is ready at http://")
            .and_then(|rest| rest.split(' ').next());
        let Some(address) = address.map(str::to_owned) else {
            let mut err = String::new();
            child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
            panic!("not ready: {line:?} {err}");
        };
        // Read to the end, so that the server never waits for a full pipe.
        let mut err = child.stderr.take().unwrap();
        let err = std::thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).unwrap();
            text
        });
        Serving {
            child,
            address,
            line,
            err: Some(err),
        }
    }
}

fn run(command: &mut Command, input: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // A command that does not read may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        out: text(output.stdout),
        err: text(output.stderr),
        ok: output.status.success(),
    }
}

/// A server that runs. Killed when dropped.
pub struct Serving {
    child: Child,
    pub address: String,
    /// The line it said when it was ready.
    pub line: String,
    err: Option<std::thread::JoinHandle<String>>,
}

impl Serving {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Status and body of a GET.
    pub fn get(&self, path: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        write!(
            socket,
            "GET {path} HTTP/1.1\r\nHost: stoa\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut reply = String::new();
        socket.read_to_string(&mut reply).unwrap();
        let status = reply
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap();
        (
            status,
            reply
                .split_once("\r\n\r\n")
                .map(|(_, body)| body.to_owned())
                .unwrap_or_default(),
        )
    }

    /// Sends the signal and returns how the process ended and what it logged.
    pub fn end(mut self, signal: &str) -> (ExitStatus, String) {
        self.signal(signal);
        let started = Instant::now();
        let status = self.child.wait().unwrap();
        assert!(started.elapsed() < LIMIT);
        (status, self.err.take().unwrap().join().unwrap())
    }

    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &self.pid().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
