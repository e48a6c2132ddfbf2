/** The list at the side: new, open, rename, delete, and older ones on demand. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import { explain } from "../../../api/problem";
import type { Conversation, Workspace } from "../../../api/types";
import { Callout } from "../../../ui/callout";
import { Dialog } from "../../../ui/dialog";
import { Icon, Mark } from "../../../ui/icon";
import { Popover } from "../../../ui/popover";
import { rowsOf } from "./list-pages";
import { conversationsQuery, useDeleteWithUndo, useUpdateConversation } from "./list-queries";
import "./conversation-list.css";

interface ConversationListProps {
  workspace: Workspace;
  /** The id of who looks. */
  me: string;
  selected: string | undefined;
  /** The selected conversation was deleted. */
  onGone: () => void;
  /** What stands above the list beside its own controls. */
  actions: ReactNode;
}

type Question = { kind: "rename" | "delete"; conversation: Conversation };

export function ConversationList({ workspace: place, selected, onGone }: ConversationListProps) {
  const workspace = place.id;
  const query = useInfiniteQuery(conversationsQuery(workspace));
  const [question, setQuestion] = useState<Question>();
  const update = useUpdateConversation(workspace);
  const remove = useDeleteWithUndo(workspace);
  const conversations = rowsOf(query.data);
  const failure = update.error ?? query.error;

  const rename = (title: string) => {
    if (question && title && title !== question.conversation.title)
      update.mutate({ id: question.conversation.id, title });
    setQuestion(undefined);
  };
  const confirmDelete = () => {
    if (!question) return;
    const { id } = question.conversation;
    remove(question.conversation);
    if (id === selected) onGone();
    setQuestion(undefined);
  };

  return (
    <>
      <div className="side-head">
        <span className="brand">
          <Mark />
          Stoa
        </span>
        <Link to="/w/$workspace" params={{ workspace: place.slug }} className="button new">
          <Icon name="plus" />
          New conversation
        </Link>
      </div>
      <nav className="conversations" aria-label="Conversations">
        {failure && <Callout tone="danger">{explain(failure)}</Callout>}
        {query.isPending && <p className="quiet-note">Loading…</p>}
        {query.isSuccess && conversations.length === 0 && (
          <p className="quiet-note">Your conversations will be listed here.</p>
        )}
        <ul>
          {conversations.map((conversation) => (
            <li key={conversation.id} className="row" data-selected={conversation.id === selected || undefined}>
              <Link
                to="/w/$workspace/c/$conversationId"
                params={{ workspace: place.slug, conversationId: conversation.id }}
                className="row-link"
              >
                {conversation.active_run_id && <span className="dot" title="An answer is being written" />}
                <span className="row-title">{conversation.title || "New conversation"}</span>
              </Link>
              <RowMenu title={conversation.title} onAsk={(kind) => setQuestion({ kind, conversation })} />
            </li>
          ))}
        </ul>
        {query.hasNextPage && (
          <button
            type="button"
            className="button quiet"
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {query.isFetchingNextPage ? "Loading…" : "Load more"}
          </button>
        )}
      </nav>
      {question?.kind === "rename" && (
        <RenameDialog title={question.conversation.title} onRename={rename} onClose={() => setQuestion(undefined)} />
      )}
      {question?.kind === "delete" && (
        <Dialog title="Delete this conversation?" onClose={() => setQuestion(undefined)}>
          <p>
            “{question.conversation.title || "New conversation"}” and all its messages will be gone. This can not be
            undone.
          </p>
          <div className="actions">
            <button type="button" className="button" onClick={() => setQuestion(undefined)}>
              Keep it
            </button>
            <button type="button" className="button danger" onClick={confirmDelete}>
              Delete
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function RowMenu({ title, onAsk }: { title: string; onAsk: (kind: Question["kind"]) => void }) {
  return (
    <Popover
      label={`More for ${title || "New conversation"}`}
      button={<Icon name="more" />}
      buttonClass="button quiet icon-only"
      align="end"
    >
      {(close) => (
        <>
          <button
            type="button"
            className="menu-item"
            onClick={() => {
              close();
              onAsk("rename");
            }}
          >
            <Icon name="pencil" />
            Rename
          </button>
          <button
            type="button"
            className="menu-item danger"
            onClick={() => {
              close();
              onAsk("delete");
            }}
          >
            <Icon name="trash" />
            Delete
          </button>
        </>
      )}
    </Popover>
  );
}

function RenameDialog({
  title,
  onRename,
  onClose,
}: {
  title: string;
  onRename: (title: string) => void;
  onClose: () => void;
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onRename(String(new FormData(event.currentTarget).get("title")).trim());
  };
  return (
    <Dialog title="Rename the conversation" onClose={onClose}>
      <form onSubmit={submit}>
        <div className="field">
          <label htmlFor="new-title">Title</label>
          <input
            id="new-title"
            name="title"
            defaultValue={title}
            maxLength={200}
            required
            onFocus={(event) => event.target.select()}
          />
        </div>
        <div className="actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary">
            Rename
          </button>
        </div>
      </form>
    </Dialog>
  );
}
