"""The list of models."""

import openai


def test_list(client: openai.OpenAI):
    models = {model.id: model for model in client.models.list()}
    assert {"mock/echo", "mock/lorem", "mock/fail", "local/all-minilm-l6-v2", "local/qwen2.5-coder-0.5b"} <= set(models)
    for model in models.values():
        assert model.object == "model" and model.owned_by and isinstance(model.created, int)
