/** An answer: what the model thought, what it says, what went wrong, and what can be done about it. */
import { Suspense, useState } from "react";
import type { Citation, Message } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { CopyButton } from "../../../ui/copy-button";
import { Icon } from "../../../ui/icon";
import { Cite, type CiteText } from "../../../ui/markdown/cite";
import { Markdown } from "../../../ui/markdown/markdown";
import { Menu } from "../../../ui/menu";
import { insist, onDemand } from "../../../ui/overlays/lazy";
import { texts } from "../texts";
import { useReply } from "../use-reply";
import type { MessageActions } from "./actions";
import { Facts } from "./facts";
import { More } from "./more";
import { Reasoning } from "./reasoning";
import { Trouble } from "./trouble";
import { Versions } from "./versions";

const sources = onDemand(() => insist(() => import("../citations/sources")));

const NONE: readonly Citation[] = [];

interface AnswerProps {
  message: Message;
  last: boolean;
  actions: MessageActions;
}

export function Answer({ message, last, actions }: AnswerProps) {
  const t = useTexts(texts);
  const { state, error } = useReply(message);
  const writing = message.status === "generating" && state?.phase !== "ended" && !error;
  const text = state?.text || message.content;
  const reasoning = state?.reasoning || message.reasoning;
  // What the server has kept are those that the text names; while it is written, all that were found.
  const citations = message.citations?.length ? message.citations : (state?.citations ?? NONE);
  const [cite, setCite] = useState<CiteText>();
  const name = message.model ? actions.nameOf(message.model) : t.model;
  return (
    <>
      <article
        className="answer"
        aria-label={t.answerFrom(name)}
        aria-busy={writing || undefined}
        data-status={message.status}
      >
        {reasoning && <Reasoning id={message.id} text={reasoning} growing={writing && !text} />}
        {text && (
          <Cite value={cite}>
            <Markdown text={text} growing={writing} />
          </Cite>
        )}
        {writing && !text && !reasoning && <Waiting searching={state?.searching} />}
        {(citations.length > 0 || message.retrieval?.found === 0) && (
          <Suspense>
            <sources.Component citations={citations} writing={writing} onCite={setCite} />
          </Suspense>
        )}
        <Trouble message={message} text={text} state={state} error={error} actions={actions} />
      </article>
      {/* There from the beginning: its coming must not move the last line. */}
      <footer className="message-tools" data-last={last || undefined} data-writing={writing || undefined}>
        {!writing && (
          <>
            {message.siblings && <Versions siblings={message.siblings} actions={actions} />}
            {text && <CopyButton text={text} bare />}
            {actions.mayWrite && <Again message={message} actions={actions} />}
            <More message={message} actions={actions} />
            <Facts message={message} name={name} />
          </>
        )}
      </footer>
    </>
  );
}

/** Another answer, from the chosen model or from another one. */
function Again({ message, actions }: { message: Message; actions: MessageActions }) {
  const t = useTexts(texts);
  const blocked = actions.busy || message.status === "generating";
  return (
    <span className="joined">
      <button
        type="button"
        className="button quiet icon-only"
        aria-label={t.regenerate}
        title={t.regenerate}
        disabled={blocked}
        onClick={() => actions.regenerate(message)}
      >
        <Icon name="again" />
      </button>
      {actions.models.length > 1 && (
        <Menu
          label={t.regenerateWith}
          button={<Icon name="chevron" />}
          buttonClass="button quiet icon-only narrow"
          disabled={blocked}
          entries={() =>
            actions.models.map(({ id, name }) => ({
              label: name,
              note: id,
              checked: id === message.model,
              onSelect: () => actions.regenerate(message, id),
            }))
          }
        />
      )}
    </span>
  );
}

/** Three dots until the first word, and what is being done for it. */
function Waiting({ searching }: { searching: boolean | undefined }) {
  const t = useTexts(texts);
  return (
    <p className="waiting">
      <span aria-hidden="true" />
      <span aria-hidden="true" />
      <span aria-hidden="true" />
      {searching ? <em>{t.searching}</em> : <span className="sr-only">{t.waiting}</span>}
    </p>
  );
}
