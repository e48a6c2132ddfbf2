"""The Responses API, plain and streamed, as the official client reads it."""

import openai
import pytest
from pydantic import BaseModel

TEXT = "Grüße, 世界: one  two\nthree 🚀 four"


def test_plain_response(client: openai.OpenAI):
    response = client.responses.create(model="mock/echo", input=TEXT, instructions="You repeat.")

    assert response.object == "response" and response.status == "completed"
    assert response.id.startswith("resp_") and response.created_at > 1_700_000_000
    assert (response.model, response.instructions) == ("mock/echo", "You repeat.")
    assert response.output_text == TEXT
    assert response.error is None and response.incomplete_details is None
    usage = response.usage
    assert usage.input_tokens > 0 and usage.total_tokens == usage.input_tokens + usage.output_tokens


def test_conversation_of_items(client: openai.OpenAI):
    first = client.responses.create(model="mock/echo", input="first")
    items = [{"role": "user", "content": "first"}, *first.output]
    items.append({"role": "user", "content": [{"type": "input_text", "text": "second part"}]})
    second = client.responses.create(model="mock/echo", input=items)
    assert second.output_text == "second part"


def test_limit_of_tokens(client: openai.OpenAI):
    response = client.responses.create(model="mock/lorem", input="go", max_output_tokens=3)
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert len(response.output_text.split()) == 3


def test_stream(client: openai.OpenAI):
    with client.responses.stream(model="mock/echo", input=TEXT) as stream:
        events = list(stream)
        final = stream.get_final_response()

    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [event.type for event in events[:4]] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert [event.type for event in events[-4:]] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    pieces = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert len(pieces) > 3 and "".join(pieces) == TEXT
    assert final.output_text == TEXT and final.status == "completed"


class Answer(BaseModel):
    capital: str


def test_form_of_the_answer(client: openai.OpenAI):
    response = client.responses.parse(
        model="mock/echo", input='{"capital": "Paris"}', text_format=Answer
    )
    assert response.output_parsed == Answer(capital="Paris")


def test_what_needs_a_stored_response(client: openai.OpenAI):
    for wrong in ({"previous_response_id": "resp_1"}, {"store": True}, {"background": True}):
        with pytest.raises(openai.BadRequestError) as caught:
            client.responses.create(model="mock/echo", input="x", **wrong)
        assert caught.value.body["param"] in wrong, caught.value.body


def test_failure_within_the_stream(client: openai.OpenAI, failing: str):
    told = {"mock": {"after_tokens": 3, "message": "told to fail"}}
    events = list(client.responses.create(model=failing, input="x", stream=True, extra_body=told))
    assert events[-1].type == "response.failed"
    assert "told to fail" in events[-1].response.error.message
