"""Chat completions, plain and streamed, as the official client reads them."""

import asyncio

import openai
import pytest

TEXT = "Grüße, 世界: one  two\nthree 🚀 four"
LOCAL_MODEL = "local/qwen2.5-coder-0.5b"


def user(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


def test_plain_answer(client: openai.OpenAI):
    completion = client.chat.completions.create(model="mock/echo", messages=user(TEXT))

    assert completion.object == "chat.completion"
    assert completion.id and completion.created > 1_700_000_000
    assert completion.model == "mock/echo"
    [choice] = completion.choices
    assert (choice.index, choice.finish_reason) == (0, "stop")
    assert (choice.message.role, choice.message.content) == ("assistant", TEXT)
    usage = completion.usage
    assert usage.prompt_tokens > 0 and usage.completion_tokens > 0
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_last_user_message_of_a_conversation_with_parts(client: openai.OpenAI):
    messages = [
        {"role": "system", "content": "You repeat."},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "first"},
        {"role": "user", "content": [{"type": "text", "text": "second part"}]},
    ]
    completion = client.chat.completions.create(model="mock/echo", messages=messages)
    assert completion.choices[0].message.content == "second part"


def test_limit_of_tokens(client: openai.OpenAI):
    for limit in ({"max_tokens": 3}, {"max_completion_tokens": 3}):
        completion = client.chat.completions.create(model="mock/lorem", messages=user("go"), **limit)
        assert completion.choices[0].finish_reason == "length"
        assert len(completion.choices[0].message.content.split()) == 3
        assert completion.usage.completion_tokens == 3


def test_stream(client: openai.OpenAI):
    chunks = list(client.chat.completions.create(model="mock/echo", messages=user(TEXT), stream=True))

    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    assert {chunk.model for chunk in chunks} == {"mock/echo"}
    assert chunks[0].choices[0].delta.role == "assistant"
    pieces = [choice.delta.content for chunk in chunks for choice in chunk.choices if choice.delta.content]
    assert len(pieces) > 3
    assert "".join(pieces) == TEXT
    reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason]
    assert reasons == ["stop"]
    assert all(chunk.usage is None for chunk in chunks), "usage is sent only when it is asked for"


def test_stream_with_usage(client: openai.OpenAI):
    chunks = list(
        client.chat.completions.create(
            model="mock/lorem",
            messages=user("go"),
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"mock": {"tokens": 25}},
        )
    )
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 25
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_many_streams_at_once(client: openai.OpenAI):
    texts = [f"stream {number} has its own words {number * 7}" for number in range(40)]

    async def one(side: openai.AsyncOpenAI, text: str) -> str:
        stream = await side.chat.completions.create(
            model="mock/echo", messages=user(text), stream=True, extra_body={"mock": {"tokens_per_second": 50}}
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    async def all_of_them() -> list[str]:
        async with openai.AsyncOpenAI(base_url=client.base_url, api_key=client.api_key, max_retries=0) as side:
            return await asyncio.gather(*(one(side, text) for text in texts))

    assert asyncio.run(all_of_them()) == texts


def test_closing_a_stream_ends_the_call(client: openai.OpenAI):
    stream = client.chat.completions.create(
        model="mock/lorem",
        messages=user("go"),
        stream=True,
        extra_body={"mock": {"tokens": 100_000, "tokens_per_second": 100}},
    )
    for number, _ in enumerate(stream):
        if number == 3:
            break
    stream.close()
    # The server is stopped at the end of the session with a limit: a call that went on would hold it.
    completion = client.chat.completions.create(model="mock/echo", messages=user("still here"))
    assert completion.choices[0].message.content == "still here"


def test_local_model(client: openai.OpenAI):
    question = user("What is the capital of France? Answer with one word.")
    plain = client.chat.completions.create(model=LOCAL_MODEL, messages=question, max_tokens=12, temperature=0)
    assert "Paris" in plain.choices[0].message.content
    assert 0 < plain.usage.completion_tokens <= 12
    assert plain.usage.prompt_tokens > 5

    stream = client.chat.completions.create(
        model=LOCAL_MODEL, messages=question, max_tokens=12, temperature=0, stream=True
    )
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert streamed == plain.choices[0].message.content, "at temperature 0 both ways say the same"


@pytest.mark.parametrize("stream", [False, True])
def test_local_model_cuts_at_the_limit(client: openai.OpenAI, stream: bool):
    answer = client.chat.completions.create(
        model=LOCAL_MODEL, messages=user("Count from one to one hundred in words."), max_tokens=4, stream=stream
    )
    reason = [chunk.choices[0].finish_reason for chunk in answer if chunk.choices][-1] if stream else answer.choices[0].finish_reason
    assert reason == "length"
