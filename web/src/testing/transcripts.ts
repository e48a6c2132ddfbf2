/** Event streams as the server sends them, for the tests of the reader and of the reducer. */
import type { ServerEvent } from "../api/events";

type Fields = Record<string, unknown>;

function numbered(run: string, events: [type: string, fields: Fields, seq?: number][]): ServerEvent[] {
  let last = 0;
  return events.map(([type, fields, seq]) => {
    last = seq ?? last + 1;
    return { seq: last, type, data: { type, run, ...fields } };
  });
}

const START = { message_id: "msg_1", model: "mock/echo" };
const USAGE = { prompt_tokens: 5, completion_tokens: 4, cost_micros: 0 };
const SOURCE = { passage: 7, kind: "file", owner_id: "fil_1", title: "Handbook.md", place: {}, snippet: "At eleven." };
const ids = { conversation_id: "cnv_1", message_id: "msg_1" };

export const TRANSCRIPTS = {
  completed: numbered("run_1", [
    ["start", START],
    ["reasoning", { text: "The user greets. " }],
    ["reasoning", { text: "So do I." }],
    ["text", { text: "Hello, " }],
    ["text", { text: "wörld " }],
    ["text", { text: "🏛" }],
    ["text", { text: "\n\nGood day." }],
    ["usage", USAGE],
    ["done", { status: "complete", error: false }],
    ["complete", { status: "complete", ...ids }],
  ]),
  cited: numbered("run_1", [
    ["start", START],
    ["step_started", { step: "retrieval" }],
    ["step_finished", { step: "retrieval", query: "When does it sound?", found: 2 }],
    ["citation", { ...SOURCE, number: 1 }],
    ["text", { text: "At eleven [1]" }],
    ["citation", { ...SOURCE, number: 2, passage: 8, kind: "memory", owner_id: "mem_1" }],
    ["text", { text: ", by Ada [2]." }],
    ["usage", USAGE],
    ["done", { status: "complete", error: false }],
    ["complete", { status: "complete", ...ids }],
  ]),
  cancelled: numbered("run_1", [
    ["start", START],
    ["text", { text: "Hello" }],
    ["usage", USAGE],
    ["done", { status: "cancelled", error: false }],
    ["complete", { status: "cancelled", ...ids }],
  ]),
  failed: numbered("run_1", [
    ["start", START],
    ["usage", USAGE],
    ["error", { code: "upstream_error", detail: "Mock answered 500." }],
    ["done", { status: "failed", error: true }],
    ["complete", { status: "failed", ...ids }],
  ]),
  // The process died after number 4: the next number jumps past whatever may have been shown but not logged.
  interrupted: numbered("run_1", [
    ["start", START],
    ["text", { text: "One " }],
    ["text", { text: "two " }],
    ["text", { text: "three" }],
    ["usage", USAGE, 1_004],
    ["error", { code: "interrupted", detail: "The server was restarted." }],
    ["done", { status: "partial", error: true }],
    ["complete", { status: "partial", ...ids }],
  ]),
  continued: numbered("run_2", [
    ["start", { ...START, content: "One two three" }],
    ["text", { text: " four" }],
    ["text", { text: " five" }],
    ["usage", USAGE],
    ["done", { status: "complete", error: false }],
    ["complete", { status: "complete", ...ids }],
  ]),
  secondAttempt: numbered("run_1", [
    ["start", START],
    ["text", { text: "lost" }],
    ["start", START, 1_002],
    ["text", { text: "kept" }],
    ["done", { status: "complete", error: false }],
    ["complete", { status: "complete", ...ids }],
  ]),
} satisfies Record<string, ServerEvent[]>;

/** The bytes of a transcript, with heartbeats between the events. */
export function encode(events: readonly ServerEvent[]): Uint8Array {
  const frames = events.map(({ seq, type, data }) => `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  return new TextEncoder().encode(frames.join(": keep-alive\n\n"));
}
