/** A conversation: its messages, the answer that is being written, and the composer. Without an id it is a new one. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useRef } from "react";
import type { VirtualizerHandle } from "virtua";
import { explain } from "../../api/problem";
import type { Message, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Icon } from "../../ui/icon";
import { Composer } from "./composer/composer";
import { useDraft } from "./composer/use-draft";
import { useUpdateConversation } from "./list/list-queries";
import { MessageView } from "./message";
import { MessageList } from "./message-list";
import { conversationQuery, useAsk, useOlder, useShowBranch, useStop } from "./queries";
import { texts } from "./texts";
import { withAsk } from "./thread";
import { usePlace } from "./use-place";
import "../../ui/markdown/prose.css";
import "./conversations.css";

interface ConversationPageProps {
  workspace: string;
  id: string | undefined;
  /** What the user is in the workspace; an observer only reads. */
  role: Workspace["role"];
  /** The model to use, given what the conversation says; undefined when none can be used. */
  modelFor: (known: string | null | undefined) => string | undefined;
  modelName: (model: string) => string;
  renderPicker: (chosen: string | undefined, save: (model: string) => void) => ReactNode;
  onStarted: (id: string) => void;
}

const NONE: readonly Message[] = [];

export function ConversationPage(props: ConversationPageProps) {
  const { workspace, id, modelFor, modelName, renderPicker, onStarted } = props;
  const t = useTexts(texts);
  const { data: thread } = useQuery({ ...conversationQuery(id ?? ""), enabled: id !== undefined });
  const conversation = thread?.data;
  const model = modelFor(conversation?.model);
  const mayWrite = (conversation?.role ?? props.role) !== "observer";

  const draft = useDraft(id);
  const ask = useAsk(workspace, id);
  const stop = useStop();
  const update = useUpdateConversation(workspace);
  const branch = useShowBranch(workspace, id ?? "");
  const older = useOlder(id ?? "");

  const known = thread?.messages ?? NONE;
  const messages = ask.isPending ? withAsk(known, ask.variables) : known;
  const list = useRef<VirtualizerHandle>(null);
  const place = usePlace(id, messages, list);

  const running = known.findLast((message) => message.status === "generating" && message.run_id);
  const busy = ask.isPending || branch.isPending || running !== undefined;

  const submit = () => {
    const content = draft.text.trim();
    draft.leave();
    place.toEnd();
    ask.mutate(
      { way: "send", content, model, after: known.at(-1)?.id },
      {
        onSuccess: (begun) => id ?? onStarted(begun.conversation),
        onError: () => draft.restore(content),
      },
    );
  };

  const askAgain = ask.mutate;
  const onAgain = useCallback(
    (message: Message, way: "regenerate" | "continue") =>
      askAgain(way === "regenerate" ? { way, message, model } : { way, message }),
    [askAgain, model],
  );

  const unsent = ask.error && ask.variables?.way === "send" ? ask.error : null;
  const failure = (unsent ? null : ask.error) ?? branch.error ?? stop.error;
  const title = conversation?.title || t.newConversation;

  return (
    <div className="conversation">
      <title>{`${title} · Stoa`}</title>
      <header className="conversation-head">
        <h1 className={conversation ? undefined : "sr-only"}>{title}</h1>
      </header>
      {messages.length > 0 ? (
        <MessageList
          messages={messages}
          more={thread?.more ?? false}
          older={{ load: older.mutate, loading: older.isPending, failed: older.isError }}
          list={list}
          scroller={place.scroller}
          content={place.content}
          onScroll={place.onScroll}
          toEnd={place.toEnd}
        >
          {(message) => (
            <MessageView
              message={message}
              modelName={message.model && modelName(message.model)}
              onAgain={mayWrite && !busy ? onAgain : undefined}
              onShow={mayWrite && !busy ? branch.mutate : undefined}
            />
          )}
        </MessageList>
      ) : (
        <Greeting usable={model !== undefined} mayWrite={mayWrite} />
      )}
      <div className="dock">
        {place.away && <ToEnd writing={running !== undefined} onClick={place.toEnd} />}
        <p className="sr-only" role="status">
          {running ? t.writing : ""}
        </p>
        {unsent && <Callout tone="danger">{t.textKept(explain(unsent))}</Callout>}
        {failure && <Callout tone="danger">{explain(failure)}</Callout>}
        {mayWrite ? (
          <Composer
            text={draft.text}
            onChange={(text) => {
              draft.change(text);
              if (ask.isError) ask.reset();
            }}
            onSend={submit}
            onStop={running?.run_id ? () => stop.mutate(running.run_id as string) : undefined}
            stopping={stop.isPending}
            blocked={busy || model === undefined}
            picker={renderPicker(model, (chosen) => id && update.mutate({ id, model: chosen }))}
          />
        ) : (
          <p className="observer">{t.readOnly}</p>
        )}
      </div>
    </div>
  );
}

function ToEnd({ writing, onClick }: { writing: boolean; onClick: () => void }) {
  const t = useTexts(texts);
  return (
    <button type="button" className="button to-end" onClick={onClick}>
      <Icon name="down" />
      {writing ? t.newText : t.toEnd}
    </button>
  );
}

function Greeting({ usable, mayWrite }: { usable: boolean; mayWrite: boolean }) {
  const t = useTexts(texts);
  if (!mayWrite) return <p className="greeting-note">{t.empty}</p>;
  return (
    <div className="greeting">
      <h2>What shall we think about?</h2>
      {usable ? (
        <p>The answer goes on while you are away. Come back from any device, and it is there.</p>
      ) : (
        <p>No model can be used at the moment. Open the list of models below to see why.</p>
      )}
    </div>
  );
}
