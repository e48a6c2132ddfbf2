/** The messages of a comparison as its page shows them: each question with the answers of every lane. Pure. */
import type { CastVote, Message, Vote } from "../../../api/types";

export interface Turn {
  readonly question: Message;
  /** The newest by lane, which is what counts; a lane that was not asked has none. */
  readonly answers: Readonly<Record<number, Message>>;
  /** All of a lane that has answered more than once, the oldest first. */
  readonly versions: Readonly<Record<number, readonly Message[]>>;
}

export function turnsOf(messages: readonly Message[]): Turn[] {
  const turns = new Map<string, { question: Message; lanes: Map<number, Message[]> }>();
  for (const message of messages) {
    if (message.role === "user") turns.set(message.id, { question: message, lanes: new Map() });
  }
  for (const message of messages) {
    const turn = turns.get(message.parent_id ?? "");
    if (!turn || message.role !== "assistant" || typeof message.lane !== "number") continue;
    turn.lanes.set(message.lane, [...(turn.lanes.get(message.lane) ?? []), message]);
  }
  return [...turns.values()].map(({ question, lanes }) => {
    // In whichever order they came: ids grow with time.
    for (const all of lanes.values()) all.sort((a, b) => (a.id < b.id ? -1 : 1));
    const versions = [...lanes].filter(([, all]) => all.length > 1);
    const newest = [...lanes].flatMap(([lane, all]) => all.slice(-1).map((message) => [lane, message]));
    return { question, answers: Object.fromEntries(newest), versions: Object.fromEntries(versions) };
  });
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
