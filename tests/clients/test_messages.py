"""Anthropic's Messages API, plain and streamed, as Anthropic's own client reads it."""

import anthropic
import pytest

from conftest import Server

TEXT = "Grüße, 世界: one  two\nthree 🚀 four"


def user(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


@pytest.fixture(scope="session")
def claude(server: Server) -> anthropic.Anthropic:
    """Anthropic's client; its key travels as `x-api-key`."""
    key = server.new_key("messages")["key"]
    return anthropic.Anthropic(base_url=server.url, api_key=key, max_retries=0, timeout=120)


def test_plain_answer(claude: anthropic.Anthropic):
    message = claude.messages.create(
        model="mock/echo", max_tokens=100, system="You repeat.", messages=user(TEXT), stop_sequences=["END"]
    )

    assert (message.type, message.role, message.model) == ("message", "assistant", "mock/echo")
    assert message.id.startswith("msg_")
    assert [(block.type, block.text) for block in message.content] == [("text", TEXT)]
    assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0
    assert message.usage.cache_read_input_tokens == 0


def test_conversation_with_a_tool(claude: anthropic.Anthropic):
    messages = [
        *user("first"),
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "look", "input": {"near": True}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "a cat"},
                {"type": "text", "text": "second part"},
            ],
        },
    ]
    tools = [{"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {}}}]
    message = claude.messages.create(model="mock/echo", max_tokens=100, messages=messages, tools=tools)
    assert message.content[0].text == "second part"


def test_limit_of_tokens(claude: anthropic.Anthropic):
    message = claude.messages.create(model="mock/lorem", max_tokens=3, messages=user("go"))
    assert message.stop_reason == "max_tokens"
    assert len(message.content[0].text.split()) == 3 and message.usage.output_tokens == 3


def test_stream(claude: anthropic.Anthropic):
    with claude.messages.stream(model="mock/echo", max_tokens=100, messages=user(TEXT)) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()

    assert len(pieces) > 3 and "".join(pieces) == TEXT
    assert final.content[0].text == TEXT and final.stop_reason == "end_turn"
    assert final.usage.input_tokens > 0 and final.usage.output_tokens > 0


def test_raw_events_of_a_stream(claude: anthropic.Anthropic):
    events = list(claude.messages.create(model="mock/echo", max_tokens=100, messages=user("one two"), stream=True))
    assert [event.type for event in events] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_count_of_tokens(claude: anthropic.Anthropic):
    short = claude.messages.count_tokens(model="mock/echo", messages=user("Hi"))
    long = claude.messages.count_tokens(model="mock/echo", messages=user("Hi " * 400))
    assert 0 < short.input_tokens < 10 < 200 < long.input_tokens


def test_wrong_key(server: Server):
    stranger = anthropic.Anthropic(base_url=server.url, api_key="sk-wrong", max_retries=0)
    with pytest.raises(anthropic.AuthenticationError) as caught:
        stranger.messages.create(model="mock/echo", max_tokens=9, messages=user("x"))
    assert caught.value.body["error"]["type"] == "authentication_error"


def test_unknown_model_and_malformed_request(claude: anthropic.Anthropic):
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.messages.create(model="mock/nothing", max_tokens=9, messages=user("x"))
    assert caught.value.body["error"]["type"] == "not_found_error"
    with pytest.raises(anthropic.BadRequestError) as caught:
        claude.messages.create(model="mock/echo", max_tokens=9, messages=[])
    assert caught.value.body["error"]["type"] == "invalid_request_error"


def test_failure_within_the_stream(claude: anthropic.Anthropic, failing: str):
    told = {"mock": {"after_tokens": 3, "message": "told to fail"}}
    heard = []
    with pytest.raises(anthropic.APIStatusError, match="told to fail"):
        with claude.messages.stream(
            model=failing, max_tokens=100, messages=user("x"), extra_body=told
        ) as stream:
            for text in stream.text_stream:
                heard.append(text)
    assert "".join(heard).split() == ["lorem", "ipsum", "dolor"]


def test_models_are_listed_and_found(claude: anthropic.Anthropic):
    models = {model.id: model for model in claude.models.list(limit=2)}
    assert {"mock/echo", "mock/lorem", "mock/fail"} <= set(models)
    assert all(model.type == "model" and model.display_name and model.created_at for model in models.values())
    assert claude.models.retrieve("mock/echo") == models["mock/echo"]
    with pytest.raises(anthropic.NotFoundError):
        claude.models.retrieve("mock/nothing")


def test_a_tool_of_anthropics_servers_is_refused(claude: anthropic.Anthropic):
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    with pytest.raises(anthropic.BadRequestError, match="web_search_20250305"):
        claude.messages.create(model="mock/echo", max_tokens=10, messages=user("Hi"), tools=tools)
