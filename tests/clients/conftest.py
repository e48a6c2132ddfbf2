"""Starts the release binary once and gives the tests an account's API key and OpenAI's client.

The binary is the one named by TEST_BINARY (default target/release/stoa), with mock models, an empty data folder, the
models of the default one and a free port. It is ended by its pid with SIGTERM, and has to leave cleanly: that it drains is
part of what is tested.
"""

import itertools
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN_S = 60
STOPS_WITHIN_S = 30
NUMBERS = itertools.count()


@dataclass
class Server:
    """A running Stoa: its address and the token of its first user."""

    url: str
    token: str

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        """A call of Stoa's own API as the first user; anything but success raises."""
        return call(f"{self.url}{path}", method, body, self.token)

    def new_key(self, name: str) -> dict:
        """An API key, with its secret under `key`: it is shown only here."""
        return self.call("POST", "/api/auth/keys", {"name": name})["data"]


def call(url: str, method: str, body: dict | None = None, token: str | None = None) -> dict:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read()
    return json.loads(text) if text else {}


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def clean_environment() -> dict[str, str]:
    """What a process needs to run, and nothing that configures Stoa or the client."""
    keep = ("PATH", "HOME", "USER", "LANG", "TMPDIR", "RUST_BACKTRACE")
    share = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    models = os.environ.get("STOA_MODELS_DIR") or str(Path(share) / "stoa/models")
    return {name: os.environ[name] for name in keep if name in os.environ} | {"STOA_MODELS_DIR": models}


def wait_until_ready(process: subprocess.Popen, url: str, log: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"stoa ended with {process.returncode} at its start:\n{log.read_text()[-4000:]}")
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    pytest.fail(f"stoa was not ready within {READY_WITHIN_S} s:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory):
    binary = Path(os.environ.get("TEST_BINARY", ROOT / "target/release/stoa"))
    if not binary.is_file():
        pytest.fail(f"{binary} is missing: make build")
    folder = tmp_path_factory.mktemp("stoa")
    address = free_address()
    log = folder / "stoa.log"
    command = [str(binary), "serve", "--mock", "--data", str(folder / "data"), "--listen", address]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=clean_environment(), cwd=folder)
    try:
        wait_until_ready(process, f"http://{address}", log)
        account = {"email": "ada@example.com", "password": "correct horse battery", "name": "Ada"}
        token = call(f"http://{address}/api/auth/register", "POST", account)["data"]["token"]
        yield Server(f"http://{address}", token)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            pytest.fail(f"stoa did not stop within {STOPS_WITHIN_S} s after SIGTERM:\n{log.read_text()[-4000:]}")
    assert code == 0, log.read_text()[-4000:]


@pytest.fixture(scope="session")
def client(server: Server) -> openai.OpenAI:
    """OpenAI's client. It does not retry, so that a test sees the first answer."""
    key = server.new_key("tests")["key"]
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0, timeout=120)


@pytest.fixture
def failing(server: Server) -> str:
    """A model that fails as it is told to, of a connection of its own: one that failed in another test may be suspended."""
    slug = f"broken{next(NUMBERS)}"
    server.call("POST", "/api/connections", {"scope": "system", "kind": "mock", "slug": slug})
    return f"{slug}/fail"
