/** A conversation: its messages, the answer that is being written, and the composer. Without an id it is a new one. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useMemo, useRef } from "react";
import type { VirtualizerHandle } from "virtua";
import { explain } from "../../api/problem";
import type { Message, Preferences, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Icon } from "../../ui/icon";
import { Composer } from "./composer/composer";
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
  /** What stands in the place of the messages while there are none. */
  greeting: ReactNode;
  sendWith: Preferences["send_with"];
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

  const { mutateAsync: askNow, mutate: askAgain, reset: forgetAsk } = ask;
  const { toEnd } = place;
  const last = known.at(-1)?.id;
  const onSend = useCallback(
    async (content: string) => {
      toEnd();
      const begun = await askNow(
        { way: "send", content, model, after: last },
        { onSuccess: ({ conversation }) => id ?? onStarted(conversation) },
      );
      return { id: begun.conversation };
    },
    [askNow, toEnd, model, last, id, onStarted],
  );

  const onAgain = useCallback(
    (message: Message, way: "regenerate" | "continue") =>
      askAgain(way === "regenerate" ? { way, message, model } : { way, message }),
    [askAgain, model],
  );

  const { mutate: stopNow } = stop;
  const runId = running?.run_id;
  const onStop = useMemo(() => (runId ? () => stopNow(runId) : undefined), [runId, stopNow]);
  const { mutate: updateNow } = update;
  const picker = useMemo(
    () => renderPicker(model, (chosen) => id && updateNow({ id, model: chosen })),
    [renderPicker, model, id, updateNow],
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
        props.greeting
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
            workspace={workspace}
            conversation={id}
            onSend={onSend}
            onType={ask.isError ? forgetAsk : undefined}
            onStop={onStop}
            stopping={stop.isPending}
            obstacle={busy ? "busy" : model === undefined ? "noModel" : undefined}
            sendWith={props.sendWith}
            lastQuestion={known.findLast((message) => message.role === "user")?.content}
            picker={picker}
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
