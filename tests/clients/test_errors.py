"""What goes wrong arrives in OpenAI's shape, so that the official client raises its own exceptions."""

import http.client
import json
from urllib.parse import urlsplit

import openai
import pytest

from conftest import Server

HELLO = [{"role": "user", "content": "hello"}]


def body_of(error: openai.APIStatusError) -> dict:
    """The client has unwrapped `error` already."""
    assert set(error.body) >= {"message", "type", "param", "code"}, error.body
    assert error.body["message"]
    return error.body


def test_wrong_key(server: Server):
    stranger = openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as caught:
        stranger.chat.completions.create(model="mock/echo", messages=HELLO)
    assert body_of(caught.value)["code"] == "invalid_api_key"
    with pytest.raises(openai.AuthenticationError):
        stranger.models.list()
    with pytest.raises(openai.AuthenticationError):
        stranger.embeddings.create(model="local/all-minilm-l6-v2", input="x")


def test_deleted_key(server: Server):
    key = server.new_key("short-lived")
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key=key["key"], max_retries=0)
    assert client.chat.completions.create(model="mock/echo", messages=HELLO).choices[0].message.content == "hello"

    server.call("DELETE", f"/api/auth/keys/{key['id']}")
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="mock/echo", messages=HELLO)


def test_unknown_model(client: openai.OpenAI):
    for model in ("mock/nothing", "nobody/gpt-5", "no-slash"):
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model=model, messages=HELLO)
        assert body_of(caught.value)["code"] == "model_not_found", model


def test_malformed_requests(client: openai.OpenAI):
    for wrong in ({"messages": "no list"}, {"messages": [{"role": "nobody", "content": "x"}]}, {"messages": []}):
        with pytest.raises((openai.BadRequestError, openai.UnprocessableEntityError)) as caught:
            client.chat.completions.create(model="mock/echo", **wrong)
        assert body_of(caught.value)["type"] == "invalid_request_error", wrong


@pytest.mark.parametrize(
    ("status", "exception"), [(429, openai.RateLimitError), (400, openai.BadRequestError), (500, openai.InternalServerError)]
)
def test_failing_upstream(client: openai.OpenAI, failing: str, status: int, exception: type[openai.APIStatusError]):
    with pytest.raises(exception) as caught:
        client.chat.completions.create(
            model=failing, messages=HELLO, extra_body={"mock": {"status": status, "message": "told to fail"}}
        )
    assert "told to fail" in body_of(caught.value)["message"]


def test_upstream_that_fails_within_the_stream(client: openai.OpenAI, failing: str):
    stream = client.chat.completions.create(
        model=failing, messages=HELLO, stream=True, extra_body={"mock": {"after_tokens": 3, "message": "told to fail"}}
    )
    heard = []
    with pytest.raises(openai.APIError, match="told to fail"):
        for chunk in stream:
            heard += [choice.delta.content for choice in chunk.choices if choice.delta.content]
    assert "".join(heard).split() == ["lorem", "ipsum", "dolor"]


def raw(server: Server, key: str | None, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    connection.request("POST", "/v1/chat/completions", body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def test_bytes_of_an_error(server: Server):
    response, content = raw(server, None, b"{}")
    assert response.status == 401
    assert response.headers["Content-Type"].startswith("application/json")
    assert set(json.loads(content)["error"]) >= {"message", "type", "param", "code"}

    key = server.new_key("raw errors")["key"]
    response, content = raw(server, key, b"{not json")
    assert response.status == 400
    assert json.loads(content)["error"]["type"] == "invalid_request_error"


def test_bytes_of_a_stream(server: Server):
    key = server.new_key("raw stream")["key"]
    body = json.dumps({"model": "mock/echo", "messages": HELLO, "stream": True}).encode()
    response, content = raw(server, key, body)

    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/event-stream")
    frames = [frame for frame in content.decode().split("\n\n") if frame and not frame.startswith(":")]
    assert all(frame.startswith("data: ") and "\n" not in frame for frame in frames)
    assert frames[-1] == "data: [DONE]"
    assert content.endswith(b"data: [DONE]\n\n")
    for frame in frames[:-1]:
        assert json.loads(frame.removeprefix("data: "))["object"] == "chat.completion.chunk"
