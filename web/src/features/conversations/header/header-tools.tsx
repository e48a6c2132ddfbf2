/**
 * The pinned messages, and the menu of what can be done with the whole of a conversation. Loaded when the conversation is there:
 * nobody needs it to read and write.
 */
import { Suspense } from "react";
import { address } from "../../../api/client";
import type { Conversation } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { copyText } from "../../../ui/copy-button";
import { Icon } from "../../../ui/icon";
import { Menu, type MenuEntry } from "../../../ui/menu";
import { onDemand } from "../../../ui/overlays/lazy";
import { Popover } from "../../../ui/popover";
import { Skeleton } from "../../../ui/states";
import { showToast } from "../../../ui/toast";
import { useDeleteWithUndo } from "../list/list-queries";
import type { ConversationHeaderProps } from "./conversation-header";
import { texts } from "./texts";

const pinned = onDemand(() => import("./pinned-messages"));

interface HeaderToolsProps extends Omit<ConversationHeaderProps, "context"> {
  onRename: () => void;
  onChange: (change: { id: string } & Partial<Pick<Conversation, "pinned" | "archived">>) => void;
}

export default function HeaderTools(props: HeaderToolsProps) {
  const { workspace, conversation, messages, more, mayWrite, onJump, onRename, onChange, onGone } = props;
  const t = useTexts(texts);
  const remove = useDeleteWithUndo(workspace);
  const { id, title } = conversation;

  const archive = () => {
    onChange({ id, archived: !conversation.archived });
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
      { label: t.exportPdf, icon: "download", onSelect: () => download(id, "pdf") },
      { label: t.exportJson, note: t.exportJsonNote, icon: "download", onSelect: () => download(id, "json") },
    ];
    if (!mayWrite) return reading;
    return [
      { label: t.rename, icon: "pencil", onSelect: onRename },
      {
        label: conversation.pinned ? t.unpinConversation : t.pinConversation,
        icon: "pin",
        onSelect: () => onChange({ id, pinned: !conversation.pinned }),
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
    <>
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
    </>
  );
}

/** The server names the file; the page stays where it is. */
function download(conversation: string, format: "markdown" | "json" | "pdf"): void {
  const link = document.createElement("a");
  link.href = address("/api/conversations/{conversation}/export", { conversation }, { format });
  link.download = "";
  link.click();
}
