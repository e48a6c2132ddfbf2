import { describe, expect, test } from "vitest";
import type { ServerEvent } from "../../api/events";
import { TRANSCRIPTS } from "../../testing/transcripts";
import { applyRunEvent, newRun, type RunState } from "./turn-state";

const play = (events: readonly ServerEvent[], from: RunState = newRun("run_1")) => events.reduce(applyRunEvent, from);

describe("a whole transcript", () => {
  test("completed", () => {
    expect(play(TRANSCRIPTS.completed)).toEqual({
      run: "run_1",
      seq: 10,
      phase: "ended",
      model: "mock/echo",
      text: "Hello, wörld 🏛\n\nGood day.",
      reasoning: "The user greets. So do I.",
      citations: [],
      searching: false,
      completionTokens: 4,
      error: null,
      outcome: "complete",
    });
  });

  test("cancelled keeps the text and knows why it ended", () => {
    expect(play(TRANSCRIPTS.cancelled)).toMatchObject({
      phase: "ended",
      outcome: "cancelled",
      text: "Hello",
      error: null,
    });
  });

  test("failed carries the problem", () => {
    expect(play(TRANSCRIPTS.failed)).toMatchObject({
      phase: "ended",
      outcome: "failed",
      text: "",
      error: { code: "upstream_error", detail: "Mock answered 500." },
    });
  });

  test("interrupted: a jump in the numbers is no loss", () => {
    expect(play(TRANSCRIPTS.interrupted)).toMatchObject({
      seq: 1_007,
      text: "One two three",
      error: { code: "interrupted" },
      outcome: "partial",
    });
  });

  test("continued: goes on behind what is there", () => {
    expect(play(TRANSCRIPTS.continued, newRun("run_2"))).toMatchObject({
      text: "One two three four five",
      phase: "ended",
    });
  });

  test("cited: each source once, in the order of their numbers", () => {
    const { citations, text } = play(TRANSCRIPTS.cited);
    expect(citations.map(({ number, owner_id }) => [number, owner_id])).toEqual([
      [1, "fil_1"],
      [2, "mem_1"],
    ]);
    expect(text).toBe("At eleven [1], by Ada [2].");
  });

  test("what is searched is said until it is found", () => {
    const searching = (count: number) => play(TRANSCRIPTS.cited.slice(0, count)).searching;
    expect([1, 2, 3].map(searching)).toEqual([false, true, false]);
  });

  test("a second attempt starts the text over", () => {
    expect(play(TRANSCRIPTS.secondAttempt)).toMatchObject({ text: "kept", outcome: "complete" });
  });
});

describe.each(Object.entries(TRANSCRIPTS))("%s, with a reconnect in every position", (_name, events) => {
  const whole = play(events);

  test("resumed exactly where it was cut", () => {
    for (let cut = 0; cut <= events.length; cut += 1) {
      const before = play(events.slice(0, cut));
      expect(play(events.slice(cut), before)).toEqual(whole);
    }
  });

  test("resumed with any number of events told twice", () => {
    for (let cut = 0; cut <= events.length; cut += 1) {
      for (let again = 0; again <= cut; again += 1) {
        expect(play(events.slice(again), play(events.slice(0, cut)))).toEqual(whole);
      }
    }
  });
});

test("phases follow one another", () => {
  const phases: string[] = [];
  let state = newRun("run_1");
  for (const event of TRANSCRIPTS.completed) {
    state = applyRunEvent(state, event);
    if (phases.at(-1) !== state.phase) phases.push(state.phase);
  }
  expect(phases).toEqual(["generating", "settling", "ended"]);
});

test("an event of an unknown type only moves the number on", () => {
  const state = play(TRANSCRIPTS.completed.slice(0, 4));
  expect(applyRunEvent(state, { seq: 99, type: "of the future", data: { text: "x" } })).toEqual({ ...state, seq: 99 });
});

test("an event is not applied to the state it came from", () => {
  const state = newRun("run_1");
  applyRunEvent(state, { seq: 1, type: "text", data: { text: "x" } });
  expect(state).toEqual(newRun("run_1"));
});

describe("events that are not the plain story", () => {
  const start = { seq: 1, type: "start", data: { model: "mock/echo" } };

  test("thoughts come before the words and stay apart from them", () => {
    const state = play([
      start,
      { seq: 2, type: "reasoning", data: { text: "Let me " } },
      { seq: 3, type: "reasoning", data: { text: "see." } },
      { seq: 4, type: "text", data: { text: "Yes." } },
      { seq: 5, type: "reasoning", data: { text: " Or no?" } },
      { seq: 6, type: "text", data: { text: " No." } },
    ]);
    expect(state).toMatchObject({ reasoning: "Let me see. Or no?", text: "Yes. No.", phase: "generating" });
  });

  test("a second attempt forgets thoughts, words and error of the first", () => {
    const state = play([
      start,
      { seq: 2, type: "reasoning", data: { text: "lost" } },
      { seq: 3, type: "text", data: { text: "lost" } },
      { seq: 4, type: "error", data: { code: "upstream_error", detail: "lost" } },
      { seq: 5, type: "start", data: {} },
    ]);
    expect(state).toEqual({ ...newRun("run_1"), seq: 5, phase: "generating", model: "mock/echo" });
  });

  test("tools are not known yet: words go on behind them", () => {
    const state = play([
      start,
      { seq: 2, type: "text", data: { text: "Looking" } },
      { seq: 3, type: "tool_call", data: { id: "call_1", name: "search", arguments: "{}" } },
      { seq: 4, type: "tool_result", data: { id: "call_1", text: "not part of the answer" } },
      { seq: 5, type: "text", data: { text: " … found." } },
    ]);
    expect(state).toMatchObject({ seq: 5, text: "Looking … found." });
  });

  test("an error in the middle keeps the words, and the end still comes", () => {
    const before = play([
      start,
      { seq: 2, type: "text", data: { text: "Half" } },
      { seq: 3, type: "error", data: { code: "upstream_timeout", detail: "Too slow." } },
    ]);
    expect(before).toMatchObject({ phase: "generating", text: "Half", error: { code: "upstream_timeout" } });
    const after = play(
      [
        { seq: 4, type: "done", data: { status: "failed" } },
        { seq: 5, type: "complete", data: {} },
      ],
      before,
    );
    expect(after).toMatchObject({ phase: "ended", outcome: "failed", text: "Half", error: { detail: "Too slow." } });
  });

  test("an event that comes late changes nothing, whatever it is", () => {
    const state = play(TRANSCRIPTS.completed);
    for (const type of ["start", "text", "reasoning", "usage", "error", "done", "complete", "tool_call"])
      expect(applyRunEvent(state, { seq: 3, type, data: { text: "late", content: "late" } })).toBe(state);
  });

  test("the rest of an answer is written behind what its message has", () => {
    const state = play([
      { seq: 1, type: "start", data: { model: "mock/echo", content: "One two" } },
      { seq: 2, type: "text", data: { text: " three" } },
      { seq: 3, type: "error", data: { code: "interrupted", detail: "" } },
      { seq: 4, type: "done", data: { status: "partial" } },
    ]);
    expect(state).toMatchObject({ text: "One two three", phase: "settling", outcome: "partial" });
  });

  test("fields of another kind than expected are nothing, not a fault", () => {
    const state = play([
      { seq: 1, type: "start", data: { model: 7, content: null } },
      { seq: 2, type: "text", data: { text: { deep: true } } },
      { seq: 3, type: "usage", data: { completion_tokens: "many" } },
      { seq: 4, type: "error", data: {} },
      { seq: 5, type: "complete", data: { status: 1 } },
    ]);
    expect(state).toMatchObject({
      model: null,
      text: "",
      completionTokens: null,
      error: { code: "internal", detail: "" },
      phase: "ended",
      outcome: null,
    });
  });
});
