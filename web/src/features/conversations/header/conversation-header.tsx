/** The head of a conversation: its title, what it has cost, the pinned messages, and what can be done with the whole of it. */
import { Suspense, useState } from "react";
import { address } from "../../../api/client";
import type { Conversation, Message } from "../../../api/types";
import { money } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { copyText } from "../../../ui/copy-button";
import { Icon } from "../../../ui/icon";
import { Menu, type MenuEntry } from "../../../ui/menu";
import { onDemand } from "../../../ui/overlays/lazy";
import { Popover } from "../../../ui/popover";
import { Skeleton } from "../../../ui/states";
import { showToast } from "../../../ui/toast";
import { useDeleteWithUndo, useUpdateConversation } from "../list/list-queries";
import { texts } from "../texts";
import { Title } from "./title";

const pinned = onDemand(() => import("./pinned-messages"));

export interface PanelState {
  open: boolean;
  toggle: () => void;
}

interface ConversationHeaderProps {
  workspace: string;
  conversation: Conversation;
  messages: readonly Message[];
  /** Older messages are not loaded: what they cost is not known here. */
  more: boolean;
  mayWrite: boolean;
  /** Shows a message that is loaded. */
  onJump: (message: string) => void;
  loadOlder: () => Promise<unknown>;
  /** The panel of what answers know, and whether it is open. */
  context: PanelState;
  /** The conversation has been put away or deleted. */
  onGone: () => void;
}

export function ConversationHeader(props: ConversationHeaderProps) {
  const { workspace, conversation, messages, more, mayWrite, onJump, context, onGone } = props;
  const t = useTexts(texts);
  const [renaming, setRenaming] = useState(false);
  const update = useUpdateConversation(workspace);
  const remove = useDeleteWithUndo(workspace);
  const { id, title } = conversation;
  const cost = more ? 0 : messages.reduce((sum, message) => sum + message.cost_micros, 0);

  const rename = (next: string) => {
    setRenaming(false);
    if (next && next !== title) update.mutate({ id, title: next });
  };
  const archive = () => {
    update.mutate({ id, archived: !conversation.archived });
    if (!conversation.archived) onGone();
  };
  const copyLink = () =>
    copyText(new URL(`/c/${id}`, location.href).href).then(
      () => showToast({ text: t.linkCopied }),
      () => showToast({ text: t.linkNotCopied, tone: "danger" }),
    );

  const entries = (): MenuEntry[] => {
    const reading: MenuEntry[] = [
      { label: t.copyLink, icon: "link", onSelect: () => void copyLink() },
      { label: t.exportMarkdown, icon: "download", onSelect: () => download(id, "markdown") },
      { label: t.exportJson, note: t.exportJsonNote, icon: "download", onSelect: () => download(id, "json") },
    ];
    if (!mayWrite) return reading;
    return [
      { label: t.rename, icon: "pencil", onSelect: () => setRenaming(true) },
      {
        label: conversation.pinned ? t.unpinConversation : t.pinConversation,
        icon: "pin",
        onSelect: () => update.mutate({ id, pinned: !conversation.pinned }),
      },
      { label: conversation.archived ? t.restore : t.archive, icon: "archive", onSelect: archive },
      "separator",
      ...reading,
      "separator",
      {
        label: t.delete,
        icon: "trash",
        danger: true,
        onSelect: () => {
          remove({ id, title });
          onGone();
        },
      },
    ];
  };

  return (
    <header className="conversation-head">
      <Title
        title={title || t.newConversation}
        editing={renaming}
        onEdit={mayWrite ? () => setRenaming(true) : undefined}
        onSave={rename}
        onCancel={() => setRenaming(false)}
      />
      {cost > 0 && (
        <span className="head-cost" title={t.costSoFar}>
          {money(cost)}
        </span>
      )}
      <ContextButton context={context} collection={conversation.collection} />
      <Popover
        label={t.pinnedMessages}
        button={<Icon name="pin" />}
        buttonClass="button quiet icon-only"
        panelClass="pinned-panel"
        align="end"
      >
        {(close) => (
          <Suspense fallback={<Skeleton lines={3} />}>
            <pinned.Component
              messages={messages}
              more={more}
              loadOlder={props.loadOlder}
              onJump={(message) => {
                close();
                onJump(message);
              }}
            />
          </Suspense>
        )}
      </Popover>
      <Menu
        label={t.conversationMenu}
        button={<Icon name="more" />}
        buttonClass="button quiet icon-only"
        entries={entries}
        align="end"
      />
    </header>
  );
}

interface ContextButtonProps {
  context: PanelState;
  collection: Conversation["collection"];
}

/** Opens the panel of what answers know; says by a dot that they draw on something. */
export function ContextButton({ context, collection }: ContextButtonProps) {
  const t = useTexts(texts);
  return (
    <button
      type="button"
      className="button quiet icon-only context-button"
      aria-label={t.context}
      title={t.context}
      aria-expanded={context.open}
      data-on={collection ? "" : undefined}
      onClick={context.toggle}
    >
      <Icon name="layers" />
    </button>
  );
}

/** The server names the file; the page stays where it is. */
function download(conversation: string, format: "markdown" | "json"): void {
  const link = document.createElement("a");
  link.href = address("/api/conversations/{conversation}/export", { conversation }, { format });
  link.download = "";
  link.click();
}
