/** Why an answer is not whole, and the way on: go on where it ended, or try again. */
import { explain } from "../../../api/problem";
import type { Message } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { texts } from "../texts";
import type { RunState } from "../turn-state";
import type { MessageActions } from "./actions";

interface TroubleProps {
  message: Message;
  text: string;
  state: RunState | undefined;
  error: Error | null;
  actions: MessageActions;
}

const CUT_OFF = new Set<string>(["partial", "failed", "cancelled"]);

export function Trouble({ message, text, state, error, actions }: TroubleProps) {
  const t = useTexts(texts);
  if (error) return <Callout tone="danger">{explain(error)}</Callout>;
  const stored = message.error ?? (state?.phase === "ended" ? state.error : null);
  const outcome = message.status === "generating" ? (state?.outcome ?? "") : message.status;
  const cutOff = CUT_OFF.has(outcome);
  if (!cutOff && !stored) return null;
  const way = text
    ? { name: t.continue, go: () => actions.goOn(message) }
    : { name: t.tryAgain, go: () => actions.regenerate(message) };
  const ways = actions.mayWrite && CUT_OFF.has(message.status) && (
    <button type="button" className="button" disabled={actions.busy} onClick={way.go}>
      {way.name}
    </button>
  );
  if (outcome === "cancelled")
    return (
      <Callout tone="quiet" actions={ways}>
        {explain({ code: "cancelled", detail: "" })}
      </Callout>
    );
  return (
    <Callout tone={text ? "warn" : "danger"} actions={ways}>
      {explain(stored ?? { code: "interrupted", detail: "" })}
    </Callout>
  );
}
