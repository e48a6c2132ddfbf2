/** The head of a conversation: its title and what it has cost. What can be done with the whole of it comes a moment later. */
import { lazy, Suspense, useState } from "react";
import type { Conversation, Message } from "../../../api/types";
import { money } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { insist } from "../../../ui/overlays/lazy";
import { texts } from "../texts";
import { Title } from "./title";
import { useChange } from "./use-change";

const Tools = lazy(() => insist(() => import("./header-tools")));

export interface PanelState {
  open: boolean;
  toggle: () => void;
}

export interface ConversationHeaderProps {
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
  const { conversation, messages, more, mayWrite, context } = props;
  const t = useTexts(texts);
  const [renaming, setRenaming] = useState(false);
  const change = useChange(props.workspace);
  const { id, title } = conversation;
  const cost = more ? 0 : messages.reduce((sum, message) => sum + message.cost_micros, 0);

  const rename = (next: string) => {
    setRenaming(false);
    if (next && next !== title) change({ id, title: next });
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
      <span className="head-tools">
        <Suspense>
          <Tools {...props} onRename={() => setRenaming(true)} onChange={change} />
        </Suspense>
      </span>
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
