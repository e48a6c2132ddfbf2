/** What one thinks of the answers to a question: which is best is marked at the answers, here is the rest of it. */
import { useState } from "react";
import type { CastVote, Vote } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { texts } from "./texts";
import { castVote } from "./turns";

interface VoteBarProps {
  vote: Vote | null;
  names: readonly string[];
  /** The lanes that have answered. */
  lanes: readonly number[];
  /** Absent when it can not be changed (any more). */
  onVote: ((vote: CastVote | null) => void) | undefined;
}

export function VoteBar({ vote, names, lanes, onVote }: VoteBarProps) {
  const t = useTexts(texts);
  // What is typed stays as it was typed while the server's answer comes in.
  const [typed, setTyped] = useState<{ reason?: string; tags?: string }>({});
  const reason = typed.reason ?? vote?.reason ?? "";
  const tags = typed.tags ?? vote?.tags.join(", ") ?? "";
  const choose = (verdict: Vote["verdict"], among: number[]) =>
    onVote?.(vote?.verdict === verdict && same(vote.lanes, among) ? null : castVote(vote, { verdict, lanes: among }));
  const keep = () => {
    if (!vote) return;
    const words = [
      ...new Set(
        tags
          .split(",")
          .map((tag) => tag.trim())
          .filter(Boolean),
      ),
    ];
    if (reason.trim() === (vote.reason ?? "") && same(words, vote.tags)) return;
    onVote?.(castVote(vote, { reason: reason.trim() || undefined, tags: words }));
  };
  const all = [...lanes].sort((a, b) => a - b);
  return (
    <section className="vote" aria-label={t.vote}>
      <p className="vote-said" role="status">
        {vote ? t.voted[vote.verdict](vote.lanes.map((lane) => names[lane] ?? "")) : t.whichIsBest}
      </p>
      {onVote && (
        <span className="vote-ways">
          <button
            type="button"
            className="button"
            aria-pressed={vote?.verdict === "tie" && same(vote.lanes, all)}
            onClick={() => choose("tie", all)}
          >
            {t.tie}
          </button>
          <button
            type="button"
            className="button"
            aria-pressed={vote?.verdict === "all_bad"}
            onClick={() => choose("all_bad", [])}
          >
            {t.allBad}
          </button>
        </span>
      )}
      {vote && onVote && (
        <form
          className="vote-why"
          onSubmit={(event) => {
            event.preventDefault();
            keep();
          }}
        >
          <input
            aria-label={t.reason}
            placeholder={t.reason}
            maxLength={1_000}
            value={reason}
            onChange={({ target }) => setTyped({ ...typed, reason: target.value })}
            onBlur={keep}
          />
          <input
            aria-label={t.tags}
            placeholder={t.tags}
            maxLength={400}
            value={tags}
            onChange={({ target }) => setTyped({ ...typed, tags: target.value })}
            onBlur={keep}
          />
          {/* By which Enter keeps it; what leaving the field keeps needs no button to be seen. */}
          <button type="submit" hidden>
            {t.keep}
          </button>
        </form>
      )}
      {vote && !onVote && vote.reason && <p className="hint">{vote.reason}</p>}
    </section>
  );
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.join() === b.join();
}
