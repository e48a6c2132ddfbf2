/** One message: what was asked, or an answer with its state, its error in place and what can be done about it. */
import { memo } from "react";
import { explain } from "../../api/problem";
import type { Message } from "../../api/types";
import { Callout } from "../../ui/callout";
import { CopyButton } from "../../ui/copy-button";
import { Icon, type IconName } from "../../ui/icon";
import { Markdown } from "../../ui/markdown/markdown";
import type { RunState } from "./turn-state";
import { useReply } from "./use-reply";

type Again = (message: Message, way: "regenerate" | "continue") => void;

interface MessageViewProps {
  message: Message;
  modelName: string | null | undefined;
  /** Both absent where nothing may be asked for: for observers, and while something is under way. */
  onAgain: Again | undefined;
  onShow: ((message: string) => void) | undefined;
}

export const MessageView = memo(function MessageView(props: MessageViewProps) {
  return props.message.role === "user" ? <Question content={props.message.content} /> : <Answer {...props} />;
});

export function Question({ content, sending = false }: { content: string; sending?: boolean }) {
  return (
    <article className="question" aria-label="You" aria-busy={sending || undefined}>
      <p className="plain">{content}</p>
    </article>
  );
}

function Answer({ message, modelName, onAgain, onShow }: MessageViewProps) {
  const { state, error } = useReply(message);
  const writing = message.status === "generating" && state?.phase !== "ended" && !error;
  const text = state?.text || message.content;
  const reasoning = state?.reasoning || message.reasoning;
  const name = modelName ?? message.model ?? "Model";
  return (
    <article
      className="answer"
      aria-label={`Answer from ${name}`}
      aria-busy={writing || undefined}
      data-status={message.status}
    >
      {reasoning && <Reasoning text={reasoning} open={writing && !text} />}
      {text && <Markdown text={text} growing={writing} />}
      {writing && !text && <Waiting />}
      <Trouble message={message} state={state} error={error} onAgain={onAgain} />
      {!writing && (
        <footer>
          {message.siblings && <Versions siblings={message.siblings} onShow={onShow} />}
          <span className="facts">{facts(message, name)}</span>
          {text && <CopyButton text={text} />}
          {onAgain && message.status !== "generating" && (
            <button type="button" className="button quiet" onClick={() => onAgain(message, "regenerate")}>
              <Icon name="again" />
              Regenerate
            </button>
          )}
        </footer>
      )}
    </article>
  );
}

/** Walks through the answers to the same question. */
function Versions({
  siblings,
  onShow,
}: {
  siblings: NonNullable<Message["siblings"]>;
  onShow: MessageViewProps["onShow"];
}) {
  const { ids, index } = siblings;
  const step = (name: string, icon: IconName, to: string | undefined) => (
    <button
      type="button"
      className="button quiet icon-only"
      aria-label={name}
      title={name}
      disabled={!onShow || to === undefined}
      onClick={() => to && onShow?.(to)}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <span className="versions">
      {step("Earlier version", "back", ids[index - 1])}
      <span>
        {index + 1} of {ids.length}
      </span>
      {step("Later version", "forward", ids[index + 1])}
    </span>
  );
}

function Reasoning({ text, open }: { text: string; open: boolean }) {
  return (
    <details className="reasoning" open={open}>
      <summary>Reasoning</summary>
      <p className="plain">{text}</p>
    </details>
  );
}

/** Three dots until the first word. */
function Waiting() {
  return (
    <p className="waiting">
      <span aria-hidden="true" />
      <span aria-hidden="true" />
      <span aria-hidden="true" />
      <span className="sr-only">Waiting for the first word</span>
    </p>
  );
}

interface TroubleProps {
  message: Message;
  state: RunState | undefined;
  error: Error | null;
  onAgain: Again | undefined;
}

/** Why an answer is not whole, and the way on: go on where it ended, or try again. */
function Trouble({ message, state, error, onAgain }: TroubleProps) {
  if (error) return <Callout tone="danger">{explain(error)}</Callout>;
  const stored = message.error ?? state?.error;
  const cancelled = message.status === "cancelled" || state?.outcome === "cancelled";
  const incomplete = message.status === "partial" || message.status === "failed" || cancelled;
  if (!incomplete && !stored) return null;
  const hasText = message.content !== "";
  const actions = onAgain && incomplete && (
    <button type="button" className="button" onClick={() => onAgain(message, hasText ? "continue" : "regenerate")}>
      {hasText ? "Continue" : "Try again"}
    </button>
  );
  if (cancelled)
    return (
      <Callout tone="quiet" actions={actions}>
        {explain({ code: "cancelled", detail: "" })}
      </Callout>
    );
  return (
    <Callout tone={hasText ? "warn" : "danger"} actions={actions}>
      {explain(stored ?? { code: "interrupted", detail: "" })}
    </Callout>
  );
}

function facts(message: Message, name: string): string {
  const parts = [name];
  const tokens = message.completion_tokens;
  if (tokens > 0) parts.push(tokens === 1 ? "1 token" : `${tokens.toLocaleString()} tokens`);
  if (message.latency_ms) parts.push(duration(message.latency_ms));
  return parts.join(" · ");
}

function duration(ms: number): string {
  return ms < 1_000
    ? `${ms} ms`
    : `${(ms / 1_000).toLocaleString(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} s`;
}
