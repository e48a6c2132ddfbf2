"""Embeddings with the model that runs inside the process."""

import math

import openai

MODEL = "local/all-minilm-l6-v2"
TEXTS = ["A cat sleeps on the sofa.", "A kitten naps on the couch.", "The central bank raised interest rates."]


def cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_meaning_is_near(client: openai.OpenAI):
    answer = client.embeddings.create(model=MODEL, input=TEXTS)

    assert answer.object == "list" and answer.model == MODEL
    assert [item.index for item in answer.data] == [0, 1, 2]
    vectors = [item.embedding for item in answer.data]
    assert {len(vector) for vector in vectors} == {384}
    assert all(math.isclose(cosine(vector, vector), 1.0, abs_tol=1e-3) for vector in vectors)
    cat, kitten, bank = vectors
    assert cosine(cat, kitten) > 0.4 > 0.2 > cosine(cat, bank)
    assert answer.usage.prompt_tokens > 10 and answer.usage.total_tokens == answer.usage.prompt_tokens


def test_one_text_and_both_encodings(client: openai.OpenAI):
    # Without a format the client asks for base64 and decodes it.
    [packed] = client.embeddings.create(model=MODEL, input=TEXTS[0]).data
    [plain] = client.embeddings.create(model=MODEL, input=TEXTS[0], encoding_format="float").data
    assert len(packed.embedding) == 384
    assert all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(packed.embedding, plain.embedding, strict=True))
