"""What well-known libraries find, beside `stoa eval retrieval`: the same folder, the same measures, the same table.

    STOA_URL=http://127.0.0.1:8000 STOA_TOKEN=… python tests/retrieval/baselines.py FOLDER [--model local/all-minilm-l6-v2]

FOLDER has `turns.jsonl` and `questions.jsonl` as `stoa eval retrieval --from FOLDER` reads them. Words are compared by bm25s
with English stop words and PyStemmer's stems, vectors by numpy, both fused by reciprocal ranks. The vectors are made by the
very model that Stoa searches with, through its own `/v1/embeddings`, so that what differs is the search alone; without
STOA_URL words alone are compared. What it needs is in tests/retrieval/requirements.txt.
"""

import argparse
import collections
import json
import math
import os
import pathlib
import time
import urllib.request

import bm25s
import numpy
import Stemmer

DEPTH = 20  # How far down the list is looked, as `stoa eval retrieval` does.
BATCH = 32


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def text_of(turn):
    image = f" [image: {turn['image']}]" if turn.get("image") else ""
    return f"{turn['speaker']}: {turn['text']}{image}"


def embed(texts, model):
    """Vectors of length 1, in the order of the texts."""
    vectors = []
    for start in range(0, len(texts), BATCH):
        body = json.dumps({"model": model, "input": texts[start : start + BATCH]}).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {os.environ['STOA_TOKEN']}"}
        request = urllib.request.Request(f"{os.environ['STOA_URL']}/v1/embeddings", body, headers)
        with urllib.request.urlopen(request) as answer:
            vectors += [row["embedding"] for row in json.load(answer)["data"]]
    made = numpy.array(vectors, dtype=numpy.float32)
    return made / numpy.linalg.norm(made, axis=1, keepdims=True)


class Words:
    """BM25 over the turns of a conversation."""

    def __init__(self, turns):
        self.stemmer = Stemmer.Stemmer("english")
        self.index = bm25s.BM25()
        self.index.index(self.tokens([text_of(turn) for turn in turns]), show_progress=False)

    def tokens(self, texts, **more):
        return bm25s.tokenize(texts, stopwords="en", stemmer=self.stemmer, show_progress=False, **more)

    def scores(self, question):
        return self.index.get_scores(self.tokens([question], return_ids=False)[0])


class Vectors:
    """Cosines with the turns of a conversation."""

    def __init__(self, turns, model):
        self.model = model
        self.vectors = embed([text_of(turn) for turn in turns], model)

    def scores(self, question):
        return self.vectors @ embed([question], self.model)[0]


class Fused:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009) of others."""

    def __init__(self, *others):
        self.others = others

    def scores(self, question):
        ranks = [numpy.argsort(numpy.argsort(-other.scores(question), kind="stable")) for other in self.others]
        return sum(1.0 / (61 + rank) for rank in ranks)


def measured(ranked, evidence):
    """Recall at 5, 10, 20 and the reciprocal rank, as `evaluate.rs` defines them."""
    recall = [len(evidence.intersection(ranked[:k])) / len(evidence) for k in (5, 10, 20)]
    first = next((at for at, turn in enumerate(ranked) if turn in evidence), None)
    return recall + [0.0 if first is None else 1.0 / (first + 1)]


def table(name, by_method):
    count = len(next(iter(by_method.values())))
    print(f"\n{'':<10}{'r@5':>8}{'r@10':>8}{'r@20':>8}{'MRR':>8}{'p50 ms':>10}{'p99 ms':>10}   {count} questions {name}")
    for method, answers in by_method.items():
        means = numpy.mean([answer[:4] for answer in answers], axis=0)
        took = sorted(answer[4] for answer in answers)
        at = lambda share: took[max(math.ceil(len(took) * share) - 1, 0)] * 1e3
        print(f"{method:<10}" + "".join(f"{mean:8.3f}" for mean in means) + f"{at(0.5):10.2f}{at(0.99):10.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--model", default="local/all-minilm-l6-v2")
    options = parser.parse_args()
    conversations = collections.defaultdict(list)
    for turn in lines(options.folder / "turns.jsonl"):
        conversations[turn["conversation"]].append(turn)
    asked = collections.defaultdict(list)
    for question in lines(options.folder / "questions.jsonl"):
        asked[question["conversation"]].append(question)
    answers = collections.defaultdict(lambda: collections.defaultdict(list))
    for conversation, turns in sorted(conversations.items()):
        methods = {"bm25s": Words(turns)}
        if os.environ.get("STOA_URL"):
            methods["vectors"] = Vectors(turns, options.model)
            methods["rrf"] = Fused(methods["bm25s"], methods["vectors"])
        ids = [turn["id"] for turn in turns]
        for question in asked[conversation]:
            evidence = set(question["evidence"]).intersection(ids)
            if not evidence:
                continue
            for name, method in methods.items():
                began = time.perf_counter()
                best = numpy.argsort(-method.scores(question["question"]), kind="stable")[:DEPTH]
                took = time.perf_counter() - began
                answer = measured([ids[at] for at in best], evidence) + [took]
                answers[""][name].append(answer)
                if question.get("category") is not None:
                    answers[f"category {json.dumps(question['category'])}"][name].append(answer)
    print(f"{sum(map(len, conversations.values()))} passages")
    for name in sorted(answers):
        table(name, answers[name])


if __name__ == "__main__":
    main()
