import { expect, test } from "vitest";
import type { Message } from "../../../api/types";
import { castVote, turnsOf, verdictOf } from "./turns";

let time = 0;
function message(fields: Partial<Message>): Message {
  time += 1;
  return {
    id: `msg_${time}`,
    conversation_id: "cnv_1",
    role: "assistant",
    content: "",
    status: "complete",
    prompt_tokens: 0,
    completion_tokens: 0,
    cost_micros: 0,
    pinned: false,
    created_at: new Date(time * 1_000).toISOString(),
    updated_at: "",
    ...fields,
  } as Message;
}

test("each question has the newest answer of every lane that it went to", () => {
  const first = message({ id: "q1", role: "user" });
  const old = message({ id: "a0", parent_id: "q1", lane: 0 });
  const other = message({ id: "a1", parent_id: "q1", lane: 1 });
  const again = message({ id: "a0'", parent_id: "q1", lane: 0 });
  const second = message({ id: "q2", role: "user", parent_id: "q1", lanes: [1] });
  const follow = message({ id: "b1", parent_id: "q2", lane: 1 });
  const turns = turnsOf([first, again, old, other, second, follow]);
  expect(turns.map(({ question }) => question.id)).toEqual(["q1", "q2"]);
  expect(turns[0]?.answers).toEqual({ 0: again, 1: other });
  expect(turns[1]?.answers).toEqual({ 1: follow });
  // What was written before stays within reach, the oldest first.
  expect(turns.map(({ versions }) => versions)).toEqual([{ 0: [old, again] }, {}]);
});

test("an answer without a lane or without its question is not shown", () => {
  const question = message({ id: "q", role: "user" });
  expect(turnsOf([question, message({ parent_id: "q" }), message({ parent_id: "gone", lane: 0 })])).toEqual([
    { question, answers: {}, versions: {} },
  ]);
});

test("one marked answer is the best, several are tied, none is no vote", () => {
  expect(verdictOf([])).toBeUndefined();
  expect(verdictOf([3])).toEqual({ verdict: "best", lanes: [3] });
  expect(verdictOf([3, 1, 3])).toEqual({ verdict: "tie", lanes: [1, 3] });
});

test("a vote keeps its reason and its tags when another answer is marked", () => {
  const best = castVote(null, { verdict: "best", lanes: [1] });
  expect(best).toEqual({ verdict: "best", lanes: [1], reason: undefined, tags: [] });
  const why = castVote({ ...best, updated_at: "now" }, { reason: "Short", tags: ["rivers"] });
  expect(why).toEqual({ verdict: "best", lanes: [1], reason: "Short", tags: ["rivers"] });
  expect(castVote({ ...why, updated_at: "now" }, { verdict: "all_bad", lanes: [] })).toEqual({
    verdict: "all_bad",
    lanes: [],
    reason: "Short",
    tags: ["rivers"],
  });
});
