/** A conversation: its messages, the answer that is being written, and the composer. Without an id it is a new one. */
import { type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback } from "react";
import { explain } from "../../api/problem";
import type { Message, Workspace } from "../../api/types";
import { Callout } from "../../ui/callout";
import { Icon } from "../../ui/icon";
import { Composer } from "./composer/composer";
import { useDraft } from "./composer/use-draft";
import { useUpdateConversation } from "./list/list-queries";
import { MessageView, Question } from "./message";
import { conversationQuery, messagesOf, useAnswerAgain, useSend, useShowBranch, useStop } from "./queries";
import { useStickToEnd } from "./use-stick-to-end";
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

type Pages = Pick<UseInfiniteQueryResult, "fetchNextPage" | "isFetchingNextPage">;

export function ConversationPage(props: ConversationPageProps) {
  const { workspace, id, modelFor, modelName, renderPicker, onStarted } = props;
  const query = useInfiniteQuery({ ...conversationQuery(id ?? ""), enabled: id !== undefined });
  const conversation = query.data?.pages[0]?.data;
  const messages = messagesOf(query.data);
  const model = modelFor(conversation?.model);
  const mayWrite = (conversation?.role ?? props.role) !== "observer";

  const draft = useDraft(id);
  const send = useSend(workspace);
  const stop = useStop();
  const update = useUpdateConversation(workspace);
  const again = useAnswerAgain(workspace, id ?? "");
  const branch = useShowBranch(workspace, id ?? "");
  const view = useStickToEnd();

  const running = messages.findLast((message) => message.status === "generating" && message.run_id);
  const busy = send.isPending || again.isPending || branch.isPending || running !== undefined;

  const submit = () => {
    const content = draft.text.trim();
    draft.leave();
    view.toEnd();
    send.mutate(
      { content, model, conversation: id, after: messages.at(-1)?.id },
      {
        onSuccess: (started) => id ?? onStarted(started.id),
        onError: () => draft.restore(content),
      },
    );
  };

  const askAgain = again.mutate;
  const onAgain = useCallback(
    (message: Message, way: "regenerate" | "continue") =>
      askAgain({ message, way, model: way === "regenerate" ? model : undefined }),
    [askAgain, model],
  );

  const failure =
    again.error ?? branch.error ?? stop.error ?? update.error ?? (query.isFetchNextPageError ? query.error : null);
  const title = conversation ? conversation.title || "New conversation" : "New conversation";

  return (
    <div className="conversation">
      <title>{`${title} · Stoa`}</title>
      <header className="conversation-head">
        <h1 className={conversation ? undefined : "sr-only"}>{title}</h1>
      </header>
      <div ref={view.scroller} className="scroller" onScroll={view.onScroll}>
        <div ref={view.content} className="messages">
          {query.hasNextPage && <Earlier query={query} onAsk={view.keepPlace} />}
          {messages.length === 0 && !send.isPending && <Greeting usable={model !== undefined} mayWrite={mayWrite} />}
          {messages.map((message) => (
            <MessageView
              key={message.id}
              message={message}
              modelName={message.model && modelName(message.model)}
              onAgain={mayWrite && !busy ? onAgain : undefined}
              onShow={mayWrite && !busy ? branch.mutate : undefined}
            />
          ))}
          {send.isPending && <Question content={send.variables.content} sending />}
        </div>
      </div>
      <div className="dock">
        {view.away && <ToEnd writing={running !== undefined} onClick={view.toEnd} />}
        <p className="sr-only" role="status">
          {running ? "An answer is being written." : ""}
        </p>
        {send.error && <Callout tone="danger">{explain(send.error)} Your text is kept.</Callout>}
        {failure && <Callout tone="danger">{explain(failure)}</Callout>}
        {mayWrite ? (
          <Composer
            text={draft.text}
            onChange={(text) => {
              draft.change(text);
              if (send.isError) send.reset();
            }}
            onSend={submit}
            onStop={running?.run_id ? () => stop.mutate(running.run_id as string) : undefined}
            stopping={stop.isPending}
            blocked={busy || model === undefined}
            picker={renderPicker(model, (chosen) => id && update.mutate({ id, model: chosen }))}
          />
        ) : (
          <p className="observer">You may read this workspace, but not write in it.</p>
        )}
      </div>
    </div>
  );
}

function Earlier({ query, onAsk }: { query: Pages; onAsk: () => void }) {
  const ask = () => {
    onAsk();
    void query.fetchNextPage();
  };
  return (
    <button type="button" className="button quiet earlier" disabled={query.isFetchingNextPage} onClick={ask}>
      {query.isFetchingNextPage ? "Loading…" : "Earlier messages"}
    </button>
  );
}

function ToEnd({ writing, onClick }: { writing: boolean; onClick: () => void }) {
  return (
    <button type="button" className="button to-end" onClick={onClick}>
      <Icon name="down" />
      {writing ? "New text" : "To the end"}
    </button>
  );
}

function Greeting({ usable, mayWrite }: { usable: boolean; mayWrite: boolean }) {
  if (!mayWrite) return <p className="greeting-note">Nothing has been written here yet.</p>;
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
