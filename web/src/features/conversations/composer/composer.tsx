/**
 * Where one writes. The text belongs to the draft (`draft.ts`), not to React: neither a key pressed here renders the thread, nor
 * a word that arrives there the box. The page hears of the text when it is sent.
 *
 * What a single message draws on is chosen here, too, and files are attached to it, once the page says how (`attachments/port.ts`).
 * What shows it is loaded when there is something to show.
 */
import { memo, type ReactNode, useEffect, useId, useLayoutEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Collection } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { keyName, useShortcut, useShortcutNote } from "../../../ui/shortcuts";
import type { Agent } from "./attachments/agent-of";
import type { Drawing } from "./attachments/port";
import { grow, toEnd } from "./box";
import { CHARS_MAX, type Draft, draftOf } from "./draft";
import { Draws, useDraws } from "./draws";
import { intentOf, type SendWith, touchOnly } from "./keys";
import { StopKey } from "./stop-key";
import { texts } from "./texts";
import "./composer.css";

interface ComposerProps {
  workspace: string;
  /** Absent for a conversation that its first message will begin. */
  conversation: string | undefined;
  /** Sends it. When this fails the text comes back into the box. */
  onSend: (content: string, collection: Collection | undefined) => Promise<{ id: string }>;
  /** Something was typed: what was said about the last attempt is no longer news. */
  onType?: () => void;
  /** Present while an answer is being written. */
  onStop: (() => void) | undefined;
  stopping: boolean;
  /** What else stands in the way of sending. */
  obstacle: "busy" | "noModel" | undefined;
  sendWith?: SendWith;
  /** What ArrowUp brings back into an empty box. */
  lastQuestion?: string;
  picker: ReactNode;
  drawing?: Drawing;
  /** Who answers, where that is an agent that can be sent files of its own. */
  agent?: Agent;
}

export const Composer = memo(function Composer(props: ComposerProps) {
  const { workspace, conversation, onStop, obstacle, sendWith = "enter", lastQuestion, drawing } = props;
  const t = useTexts(texts);
  const box = useRef<HTMLTextAreaElement>(null);
  const hint = useId();
  const draft = useDraft(workspace, conversation, lastQuestion);
  const fill = useSyncExternalStore(draft.subscribe, draft.fill);
  const draws = useDraws(drawing);

  useBox(box, draft);
  useShortcut("/", t.focus, () => box.current?.focus());

  const hindrance =
    obstacle ??
    (draws.attached.waiting
      ? "uploading"
      : draws.sending
        ? "sending"
        : fill === "blank"
          ? "empty"
          : fill === "over"
            ? "over"
            : undefined);
  const maySend = !onStop && hindrance === undefined;
  const [sends, line] = sendWith === "enter" ? (["enter", "shift+enter"] as const) : (["mod+enter", "enter"] as const);
  useShortcutNote(sends, t.send, t.group);
  useShortcutNote(line, t.line, t.group);
  useShortcutNote("arrowup", t.recall, t.group);

  const focus = () => {
    // On a phone the keyboard would cover the answer.
    if (!touchOnly()) box.current?.focus();
  };
  const send = () => {
    if (!maySend) return;
    const content = draft.leave();
    focus();
    props.onSend(content, draws.collection).then(
      ({ id }) => {
        draft.taken(draftOf(workspace, id));
        draws.forget();
      },
      () => draft.restore(),
    );
  };

  return (
    <form
      ref={draws.form}
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label className="sr-only" htmlFor="composer-text">
        {t.message}
      </label>
      <textarea
        ref={box}
        id="composer-text"
        rows={1}
        placeholder={t.placeholder}
        aria-describedby={hint}
        enterKeyHint={touchOnly() ? "enter" : "send"}
        onChange={(event) => {
          draft.type(event.target.value);
          props.onType?.();
        }}
        onBlur={draft.flush}
        onKeyDown={(event) => {
          const intent = intentOf(event.nativeEvent, sendWith, touchOnly());
          if (intent === "send") {
            event.preventDefault();
            send();
          } else if (intent === "recall" && lastQuestion && draft.read() === "") {
            event.preventDefault();
            draft.put(lastQuestion);
          }
        }}
      />
      {drawing && <Draws drawing={drawing} agent={props.agent} draws={draws} />}
      <div className="composer-bar">
        {props.picker}
        <span className="composer-end">
          {fill === "near" || fill === "over" ? (
            <Counter id={hint} draft={draft} />
          ) : (
            <span id={hint} className="composer-hint">
              {t.hint(keyName(sends), keyName(line))}
            </span>
          )}
          {onStop ? (
            <button
              type="button"
              className="button primary round"
              aria-label={t.stop}
              title={props.stopping ? t.stopping : t.stopWith(keyName("escape"))}
              disabled={props.stopping}
              onClick={() => {
                onStop();
                focus();
              }}
            >
              <Icon name="stop" />
            </button>
          ) : (
            <button
              type="submit"
              className="button primary round"
              aria-label={t.send}
              title={hindrance === undefined ? t.sendWith(keyName(sends)) : t[hindrance]}
              disabled={!maySend}
            >
              <Icon name="send" />
            </button>
          )}
        </span>
      </div>
      {onStop && <StopKey label={t.stop} onStop={onStop} />}
    </form>
  );
});

/** The draft of this composer; without what the server turns out to have taken before the page was left. */
function useDraft(workspace: string, conversation: string | undefined, lastQuestion: string | undefined): Draft {
  const draft = useMemo(() => draftOf(workspace, conversation), [workspace, conversation]);
  const known = useRef(lastQuestion);
  useEffect(() => {
    if (known.current && draft.read().trim() === known.current.trim()) draft.put("");
  }, [draft]);
  useEffect(() => {
    globalThis.addEventListener("pagehide", draft.flush);
    return () => globalThis.removeEventListener("pagehide", draft.flush);
  }, [draft]);
  return draft;
}

/**
 * Keeps the box in step with the draft, where somebody else than the keyboard writes into it, and as high as its text. The box is
 * neither React's `value` nor its `defaultValue`: both would copy a long text at each key.
 */
function useBox(box: { current: HTMLTextAreaElement | null }, draft: Draft): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.value = draft.read();
    grow(element);
    if (!touchOnly()) toEnd(element);
    return draft.subscribe((by) => {
      if (by === "program") {
        element.value = draft.read();
        if (element.value && (!touchOnly() || document.activeElement !== element)) toEnd(element);
      }
      grow(element);
    });
  }, [box, draft]);
}

/** How much of what fits is written; only when it begins to matter. */
function Counter({ id, draft }: { id: string; draft: Draft }) {
  const t = useTexts(texts);
  const count = useSyncExternalStore(draft.subscribe, draft.chars);
  return (
    <span id={id} className="composer-count" data-over={count > CHARS_MAX || undefined} role="status">
      {t.chars(count, CHARS_MAX)}
    </span>
  );
}
