import { expect, test } from "vitest";
import type { ServerEvent } from "../../../api/events";
import { applyComparisonEvent, newComparison, speedOf } from "./lanes-state";

let seq = 0;
const event = (type: string, data: Record<string, unknown> = {}): ServerEvent => {
  seq += 1;
  return { seq, type, data };
};
const play = (...events: ServerEvent[]) => events.reduce(applyComparisonEvent, newComparison("run_all"));
const start = (lane: number) =>
  event("start", { run: "run_all", lane, lane_run: `run_${lane}`, message_id: `msg_${lane}`, model: "m" });
const done = (lane: number, more: object = {}) =>
  event("done", {
    lane,
    message_id: `msg_${lane}`,
    status: "complete",
    error: null,
    completion_tokens: 40,
    cost_micros: 7,
    first_token_ms: 200,
    latency_ms: 1_200,
    ...more,
  });

test("the words of lanes that come side by side go each to its own", () => {
  const state = play(
    start(0),
    start(1),
    event("text", { lane: 1, text: "One" }),
    event("text", { lane: 0, text: "Nought" }),
    event("text", { lane: 1, text: " more" }),
  );
  expect(state.lanes[0]?.reply.text).toBe("Nought");
  expect(state.lanes[1]?.reply.text).toBe("One more");
  expect(state.lanes[1]).toMatchObject({ run: "run_1", message: "msg_1", facts: null });
});

test("a lane that is written anew has a stream of its own, whose run is the lane's", () => {
  const state = play(event("start", { run: "run_again", lane: 2, message_id: "msg_9", model: "m" }));
  expect(state.lanes[2]).toMatchObject({ run: "run_again", message: "msg_9" });
});

test("a lane ends with its figures or with its error, and the others go on", () => {
  const failed = { code: "upstream_timeout", detail: "Too long." };
  const state = play(start(0), start(1), start(2), done(0), done(1, { status: "failed", error: failed }));
  expect(state.lanes[0]?.reply).toMatchObject({ phase: "ended", outcome: "complete", error: null });
  expect(state.lanes[0]?.facts).toMatchObject({ completionTokens: 40, costMicros: 7 });
  expect(state.lanes[1]?.reply).toMatchObject({ phase: "ended", outcome: "failed", error: failed });
  expect(state.lanes[2]?.reply.phase).toBe("generating");
  expect(state.ended).toBe(false);
});

test("an event that comes again changes nothing, and a lane that begins again forgets its words", () => {
  const said = event("text", { lane: 0, text: "Half" });
  const first = play(start(0), event("text", { lane: 0, text: "x" }), said);
  expect(applyComparisonEvent(first, said)).toBe(first);
  const again = applyComparisonEvent(first, start(0));
  expect(again.lanes[0]?.reply).toMatchObject({ text: "", phase: "generating" });
});

test("what is searched for once belongs to all; a lane that was never begun is passed over", () => {
  const state = play(
    event("step_started", { step: "retrieval" }),
    event("citation", { number: 1, title: "Handbook" }),
    event("text", { lane: 4, text: "From nowhere" }),
  );
  expect(state).toMatchObject({ searching: true, lanes: {} });
  expect(state.citations).toHaveLength(1);
  expect(applyComparisonEvent(state, event("complete")).ended).toBe(true);
});

test("the speed is that of writing, without the wait for the first word", () => {
  const facts = { completionTokens: 40, costMicros: 0, firstTokenMs: 200, latencyMs: 1_200 };
  expect(speedOf(facts)).toBe(40);
  expect(speedOf({ ...facts, latencyMs: null })).toBeNull();
  expect(speedOf({ ...facts, completionTokens: 0 })).toBeNull();
});
