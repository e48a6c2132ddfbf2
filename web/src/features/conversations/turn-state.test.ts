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
  expect(applyRunEvent(state, { seq: 99, type: "citation", data: { text: "x" } })).toEqual({ ...state, seq: 99 });
});

test("an event is not applied to the state it came from", () => {
  const state = newRun("run_1");
  applyRunEvent(state, { seq: 1, type: "text", data: { text: "x" } });
  expect(state).toEqual(newRun("run_1"));
});
