/**
 * The life of a question to many models as the page sees it: a pure reducer over the numbered events of one run, with the life of
 * each lane inside (`../turn-state.ts`).
 *
 * Invariant: an event whose number is not above `seq` changes nothing; one that names no lane changes no lane's text.
 */
import type { ServerEvent } from "../../../api/events";
import type { Citation } from "../../../api/types";
import { applyRunEvent, newRun, type RunState } from "../turn-state";

/** What is known of an answer when it has ended. */
export interface LaneFacts {
  readonly completionTokens: number;
  readonly costMicros: number;
  readonly firstTokenMs: number | null;
  readonly latencyMs: number | null;
}

export interface LaneState {
  readonly message: string;
  /** The lane's own run, by which it alone is stopped. */
  readonly run: string;
  readonly reply: RunState;
  readonly facts: LaneFacts | null;
}

export interface ComparisonState {
  readonly run: string;
  readonly seq: number;
  readonly lanes: Readonly<Record<number, LaneState>>;
  /** What was found for all of them. */
  readonly citations: readonly Citation[];
  readonly searching: boolean;
  readonly ended: boolean;
}

export function newComparison(run: string): ComparisonState {
  return { run, seq: 0, lanes: {}, citations: [], searching: false, ended: false };
}

export function applyComparisonEvent(state: ComparisonState, event: ServerEvent): ComparisonState {
  if (event.seq <= state.seq) return state;
  const next = { ...state, seq: event.seq };
  const { data, type } = event;
  if (type === "complete") return { ...next, ended: true, searching: false };
  const number = data.lane;
  if (typeof number !== "number") return ofAll(next, event);
  const known = state.lanes[number];
  if (type === "start") {
    // Another `start` of a lane says that what is known of it is to be forgotten.
    // In the stream of a lane's own run, that is the run.
    const run = text(data.lane_run) || text(data.run);
    const reply = applyRunEvent(newRun(run), event);
    return withLane(next, number, { message: text(data.message_id), run, reply, facts: null });
  }
  if (!known) return next;
  const reply = applyRunEvent(known.reply, event);
  return withLane(next, number, type === "done" ? ended(known, reply, data) : { ...known, reply });
}

/** `done` is the last that a lane is heard of: its error is in it, and nothing comes after it. */
function ended(known: LaneState, reply: RunState, data: ServerEvent["data"]): LaneState {
  const error = data.error as { code?: unknown; detail?: unknown } | null | undefined;
  return {
    ...known,
    reply: {
      ...reply,
      phase: "ended",
      error: error ? { code: text(error.code) || "internal", detail: text(error.detail) } : null,
    },
    facts: {
      completionTokens: count(data.completion_tokens) ?? 0,
      costMicros: count(data.cost_micros) ?? 0,
      firstTokenMs: count(data.first_token_ms),
      latencyMs: count(data.latency_ms),
    },
  };
}

/** What is searched for is searched for once, for all lanes. */
function ofAll(state: ComparisonState, { type, data }: ServerEvent): ComparisonState {
  if (type === "citation") return { ...state, citations: [...state.citations, data as unknown as Citation] };
  if (data.step === "retrieval" && (type === "step_started" || type === "step_finished"))
    return { ...state, searching: type === "step_started" };
  return state;
}

function withLane(state: ComparisonState, number: number, lane: LaneState): ComparisonState {
  return { ...state, lanes: { ...state.lanes, [number]: lane } };
}

/** How fast it wrote, in tokens a second; null when nobody can say. */
export function speedOf({ completionTokens, firstTokenMs, latencyMs }: LaneFacts): number | null {
  if (latencyMs === null) return null;
  const ms = latencyMs - (firstTokenMs ?? 0);
  return completionTokens > 1 && ms > 0 ? (completionTokens * 1_000) / ms : null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function count(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
