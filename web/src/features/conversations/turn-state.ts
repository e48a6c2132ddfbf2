/**
 * The life of one reply as the page sees it: a pure reducer over the run's numbered events.
 *
 *   waiting --start/text--> generating --done--> settling --complete--> ended
 *
 * `use-reply.ts` feeds it live and replayed events alike; the unit tests feed it recorded transcripts.
 * Invariant: an event whose number is not above `seq` changes nothing, so a resumed stream can neither double nor lose text.
 */
import type { ServerEvent } from "../../api/events";
import type { Citation } from "../../api/types";

type RunPhase = "waiting" | "generating" | "settling" | "ended";

export interface RunState {
  readonly run: string;
  /** Number of the last event that is in this state. */
  readonly seq: number;
  readonly phase: RunPhase;
  readonly model: string | null;
  /** The whole answer so far, also what an earlier run had written of it. */
  readonly text: string;
  readonly reasoning: string;
  /** What stands behind the references in the text, as far as they have come. */
  readonly citations: readonly Citation[];
  /** What may stand behind them is being searched. */
  readonly searching: boolean;
  readonly completionTokens: number | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
  /** How it ended: the run's status, once it is known. */
  readonly outcome: string | null;
}

export function newRun(run: string): RunState {
  return {
    run,
    seq: 0,
    phase: "waiting",
    model: null,
    text: "",
    reasoning: "",
    citations: [],
    searching: false,
    completionTokens: null,
    error: null,
    outcome: null,
  };
}

/** The state after one more event. Types it does not know only move the number on. */
export function applyRunEvent(state: RunState, event: ServerEvent): RunState {
  if (event.seq <= state.seq) return state;
  const next = { ...state, seq: event.seq };
  const { data } = event;
  switch (event.type) {
    case "start":
      // A second attempt of the same run starts the answer over; a continued answer brings what it has already.
      return {
        ...newRun(state.run),
        seq: event.seq,
        phase: "generating",
        model: text(data.model) || state.model,
        text: text(data.content),
      };
    case "text":
      return { ...next, phase: "generating", text: state.text + text(data.text) };
    case "reasoning":
      return { ...next, phase: "generating", reasoning: state.reasoning + text(data.text) };
    case "step_started":
    case "step_finished":
      return data.step === "retrieval" ? { ...next, searching: event.type === "step_started" } : next;
    case "citation":
      return { ...next, citations: [...state.citations, data as unknown as Citation] };
    case "usage":
      return { ...next, completionTokens: typeof data.completion_tokens === "number" ? data.completion_tokens : null };
    case "error":
      return { ...next, error: { code: text(data.code) || "internal", detail: text(data.detail) } };
    case "done":
      return { ...next, phase: "settling", outcome: text(data.status) || state.outcome };
    case "complete":
      return { ...next, phase: "ended", outcome: text(data.status) || state.outcome };
    default:
      return next;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
