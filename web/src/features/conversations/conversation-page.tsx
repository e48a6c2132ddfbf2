/** A conversation: its messages, the answer that is being written, and the composer. Without an id it is a new one. */
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { type ReactNode, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import { ApiError, explain } from "../../api/problem";
import type { Collection, Message, Model, Preferences, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { copyText } from "../../ui/copy-button";
import { Icon } from "../../ui/icon";
import { onDemand } from "../../ui/overlays/lazy";
import { useShortcut } from "../../ui/shortcuts";
import { showToast } from "../../ui/toast";
import { agentOf } from "./composer/attachments/agent-of";
import type { Drawing } from "./composer/attachments/port";
import { Composer } from "./composer/composer";
import { ContextButton, ConversationHeader, type PanelState } from "./header/conversation-header";
import { useChange } from "./header/use-change";
import { MessageView } from "./message/message";
import { MessageList } from "./message-list";
import { conversationQuery, useAsk, useOlder, useStop } from "./queries";
import { texts } from "./texts";
import { withAsk } from "./thread";
import { useMessageActions } from "./use-message-actions";
import { usePlace } from "./use-place";
import "../../ui/markdown/prose.css";
import "./conversations.css";
import "./message/message.css";

interface ConversationPageProps {
  workspace: string;
  id: string | undefined;
  /** The id of who looks. */
  me: string;
  /** What the user is in the workspace; an observer only reads. */
  role: Workspace["role"];
  models: readonly Model[];
  /** The model to use, given what the conversation says; undefined when none can be used. */
  modelFor: (known: string | null | undefined) => string | undefined;
  /** `wished` is what the conversation says, which may be another model than the one that can be used. */
  renderPicker: (
    chosen: string | undefined,
    save: (model: string) => void,
    wished: string | null | undefined,
  ) => ReactNode;
  /** What stands in the place of the messages while there are none. */
  greeting: ReactNode;
  sendWith: Preferences["send_with"];
  context: PanelState;
  /** What a new conversation will draw on. */
  collection: Collection | null;
  /** How one message draws on something of its own. */
  drawing: Drawing;
  /** Leads to a conversation that has just come into being. */
  onStarted: (id: string) => void;
  /** Leads away from one that has been put away. */
  onGone: () => void;
}

const NONE: readonly Message[] = [];
const arrive = onDemand(() => import("./arrive"));

export function ConversationPage(props: ConversationPageProps) {
  const { workspace, id, models, modelFor, renderPicker, onStarted } = props;
  const t = useTexts(texts);
  const { data: thread, error: unread } = useQuery({ ...conversationQuery(id ?? ""), enabled: id !== undefined });
  const conversation = thread?.data;
  const model = modelFor(conversation?.model);
  const mayWrite = (conversation?.role ?? props.role) !== "observer";

  const ask = useAsk(workspace, id, props.collection);
  const stop = useStop();
  const change = useChange(workspace);
  const older = useOlder(id ?? "");

  const known = thread?.messages ?? NONE;
  const pending = ask.isPending ? ask.variables : undefined;
  const messages = useMemo(() => (pending ? withAsk(known, pending) : known), [known, pending]);
  const list = useRef<VirtualizerHandle>(null);
  const place = usePlace(id, messages, list);

  const running = known.findLast((message) => message.status === "generating" && message.run_id);
  const runs = running !== undefined;
  const {
    actions,
    editing,
    busy,
    error: unshown,
  } = useMessageActions({
    workspace,
    conversation: id ?? "",
    me: props.me,
    models,
    model,
    mayWrite,
    running: runs,
    ask,
    onOpen: onStarted,
  });

  const { mutateAsync: askNow, reset: forgetAsk } = ask;
  const { toEnd, toMessage } = place;
  const onSend = useCallback(
    async (content: string, drawn: Collection | undefined) => {
      toEnd();
      const begun = await askNow(
        { way: "send", content, model, collection: drawn },
        { onSuccess: ({ conversation }) => id ?? onStarted(conversation) },
      );
      return { id: begun.conversation };
    },
    [askNow, toEnd, model, id, onStarted],
  );

  const { mutate: stopNow } = stop;
  const runId = running?.run_id;
  const onStop = useMemo(() => (runId ? () => stopNow(runId) : undefined), [runId, stopNow]);
  const wished = conversation?.model;
  const picker = useMemo(
    () => renderPicker(model, (chosen) => id && change({ id, model: chosen }), wished),
    [renderPicker, model, id, change, wished],
  );

  const agent = useMemo(() => agentOf(models, model), [models, model]);
  const [marked, mark] = useMarked();
  const jump = (message: string) => {
    if (toMessage(message)) mark(message);
  };
  useCopyLast(known);
  const target = useLocation({ select: ({ hash }) => hash });

  const way = ask.variables?.way;
  const unsent = way === "send" ? ask.error : null;
  const failure = (way === "regenerate" || way === "continue" ? ask.error : null) ?? unshown ?? stop.error;
  const gone = unread instanceof ApiError && unread.status === 404;

  return (
    <div className="conversation">
      <title>{`${conversation?.title || t.newConversation} · Stoa`}</title>
      {conversation ? (
        <ConversationHeader
          workspace={workspace}
          conversation={conversation}
          messages={known}
          more={thread.more}
          mayWrite={mayWrite}
          onJump={jump}
          loadOlder={older.mutateAsync}
          context={props.context}
          onGone={props.onGone}
        />
      ) : (
        <header className="conversation-head">
          <h1 className="sr-only">{t.newConversation}</h1>
          {!id && mayWrite && <ContextButton context={props.context} collection={props.collection} />}
        </header>
      )}
      {target && id && known.length > 0 && (
        <Suspense>
          <arrive.Component
            key={target}
            target={target}
            workspace={workspace}
            conversation={id}
            messages={known}
            more={thread?.more ?? false}
            loadOlder={older.mutateAsync}
            onJump={jump}
          />
        </Suspense>
      )}
      {messages.length > 0 ? (
        <MessageList
          messages={messages}
          more={thread?.more ?? false}
          older={{ load: older.mutate, loading: older.isPending, failed: older.isError }}
          kept={editing?.id}
          marked={marked}
          list={list}
          scroller={place.scroller}
          content={place.content}
          onScroll={place.onScroll}
          toEnd={toEnd}
        >
          {(message, isLast) => (
            <MessageView
              message={message}
              last={isLast}
              actions={actions}
              editing={editing?.id === message.id ? editing : undefined}
            />
          )}
        </MessageList>
      ) : (
        props.greeting
      )}
      <div className="dock">
        {place.away && <ToEnd writing={runs} onClick={toEnd} />}
        <Progress writing={runs} />
        {gone && <Callout tone="warn">{t.gone}</Callout>}
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
            drawing={props.drawing}
            agent={agent}
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

/** Says that an answer has begun and that it has ended, and not its words: those are there to be read. */
function Progress({ writing }: { writing: boolean }) {
  const t = useTexts(texts);
  const [wrote, setWrote] = useState(writing);
  if (writing && !wrote) setWrote(true);
  return (
    <p className="sr-only" role="status">
      {writing ? t.writing : wrote ? t.written : ""}
    </p>
  );
}

const MARKED_MS = 1_600;

/** The message that somebody has just been led to. */
function useMarked() {
  const [marked, setMarked] = useState<string>();
  useEffect(() => {
    if (!marked) return;
    const timer = setTimeout(() => setMarked(undefined), MARKED_MS);
    return () => clearTimeout(timer);
  }, [marked]);
  return [marked, setMarked] as const;
}

function useCopyLast(messages: readonly Message[]) {
  const t = useTexts(texts);
  useShortcut("mod+shift+c", t.copyLast, () => {
    const answer = messages.findLast((message) => message.role === "assistant" && message.content !== "");
    if (!answer) return;
    copyText(answer.content).then(
      () => showToast({ text: t.copied }),
      () => showToast({ text: t.notCopied, tone: "danger" }),
    );
  });
}
