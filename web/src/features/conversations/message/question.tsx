/** What somebody asked: as it was typed, folded when it is long, and edited in its place. */
import { Suspense, useEffect, useRef } from "react";
import type { Message } from "../../../api/types";
import { ago, dateTime } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { CopyButton } from "../../../ui/copy-button";
import { Icon } from "../../../ui/icon";
import { insist, onDemand } from "../../../ui/overlays/lazy";
import { texts } from "../texts";
import { isPending } from "../thread";
import type { Editing, MessageActions } from "./actions";
import { foldOf } from "./fold";
import { useKeptOpen } from "./kept-open";
import { More } from "./more";
import { Versions } from "./versions";

const editor = onDemand(() => import("./edit-question"));
const drawn = onDemand(() => insist(() => import("./drawn-on")));

interface QuestionProps {
  message: Message;
  last: boolean;
  actions: MessageActions;
  editing: Editing | undefined;
}

export function Question({ message, last, actions, editing }: QuestionProps) {
  const t = useTexts(texts);
  const editButton = useFocusAfter(editing !== undefined);
  const pending = isPending(message);
  if (editing)
    return (
      <Suspense fallback={<Bubble message={message} own />}>
        <editor.Component editing={editing} />
      </Suspense>
    );
  return (
    <>
      <Bubble message={message} own={!message.user_id || message.user_id === actions.me} pending={pending} />
      {!pending && (
        <footer className="message-tools" data-last={last || undefined}>
          {last && actions.mayWrite && (
            <button
              type="button"
              className="button quiet"
              disabled={actions.busy}
              onClick={() => actions.regenerate(message)}
            >
              <Icon name="again" />
              {t.answerThis}
            </button>
          )}
          <time className="asked-at" dateTime={message.created_at} title={dateTime(message.created_at)}>
            {ago(message.created_at)}
          </time>
          <CopyButton text={message.content} bare />
          {actions.mayWrite && (
            <button
              ref={editButton}
              type="button"
              className="button quiet icon-only"
              aria-label={t.edit}
              title={t.edit}
              disabled={actions.busy}
              {...editor.intent}
              onClick={() => actions.startEdit(message)}
            >
              <Icon name="pencil" />
            </button>
          )}
          <More message={message} actions={actions} />
          {message.siblings && <Versions siblings={message.siblings} actions={actions} />}
        </footer>
      )}
    </>
  );
}

interface BubbleProps {
  message: Message;
  /** Said by who looks, not by somebody else in the workspace. */
  own: boolean;
  pending?: boolean;
}

function Bubble({ message, own, pending = false }: BubbleProps) {
  const t = useTexts(texts);
  const [open, setOpen] = useKeptOpen(message.id);
  const fold = foldOf(message.content);
  return (
    <article className="question" aria-label={own ? t.you : t.somebody} aria-busy={pending || undefined} dir="auto">
      {!own && <p className="asked-by">{t.somebody}</p>}
      <p className="plain" data-folded={(fold !== undefined && !open) || undefined}>
        {open ? message.content : (fold ?? message.content)}
      </p>
      {fold !== undefined && (
        <button type="button" className="button quiet unfold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t.showLess : t.showAll}
        </button>
      )}
      {message.collection && (
        <Suspense>
          <drawn.Component collection={message.collection} />
        </Suspense>
      )}
    </article>
  );
}

/** Gives the focus back to the button that began the editing, when that is over. */
function useFocusAfter(editing: boolean) {
  const button = useRef<HTMLButtonElement>(null);
  const was = useRef(editing);
  useEffect(() => {
    if (was.current && !editing) button.current?.focus();
    was.current = editing;
  }, [editing]);
  return button;
}
