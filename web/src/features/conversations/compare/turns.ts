/** The messages of a comparison as its page shows them: each question with the newest answer of every lane. Pure. */
import type { CastVote, Lane, Message, Vote } from "../../../api/types";

export interface Turn {
  readonly question: Message;
  /** By lane; a lane that was not asked has none. */
  readonly answers: Readonly<Record<number, Message>>;
}

export function turnsOf(messages: readonly Message[]): Turn[] {
  const turns = new Map<string, { question: Message; answers: Record<number, Message> }>();
  for (const message of messages) {
    if (message.role === "user") turns.set(message.id, { question: message, answers: {} });
  }
  for (const message of messages) {
    const turn = turns.get(message.parent_id ?? "");
    if (!turn || message.role !== "assistant" || typeof message.lane !== "number") continue;
    const before = turn.answers[message.lane];
    // Written anew: the newest counts, in whichever order they came. Ids grow with time.
    if (!before || before.id < message.id) turn.answers[message.lane] = message;
  }
  return [...turns.values()];
}

/** What a lane is called: its label, its model, or only a letter while nobody may know. */
export function nameOfLane(lane: Lane, modelName: (id: string) => string): string {
  return lane.label || (lane.model ? modelName(lane.model) : letterOf(lane.lane));
}

function letterOf(lane: number): string {
  return String.fromCharCode(65 + lane);
}

/** Marking one answer says that it is the best, marking more that these are as good as each other; none is no vote. */
export function verdictOf(marked: readonly number[]): Pick<CastVote, "verdict" | "lanes"> | undefined {
  const lanes = [...new Set(marked)].sort((a, b) => a - b);
  if (lanes.length === 0) return undefined;
  return { verdict: lanes.length === 1 ? "best" : "tie", lanes };
}

/** The vote with something changed: its reason and tags stay when another answer is marked. */
export function castVote(vote: Vote | null | undefined, change: Partial<CastVote>): CastVote {
  const { verdict = "all_bad", lanes = [], reason, tags = [] } = vote ?? {};
  return { verdict, lanes, reason, tags, ...change };
}
