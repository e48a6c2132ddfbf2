/**
 * One message: what was asked, or an answer. Drawn again only when it, or what can be done with it, has changed; the words of
 * an answer that is being written reach only its own component (`use-reply.ts`).
 */
import { memo } from "react";
import type { Message } from "../../../api/types";
import type { Editing, MessageActions } from "./actions";
import { Answer } from "./answer";
import { Question } from "./question";

interface MessageViewProps {
  message: Message;
  /** The last one of all: what can be done with it is always seen. */
  last: boolean;
  actions: MessageActions;
  editing: Editing | undefined;
}

export const MessageView = memo(function MessageView({ message, last, actions, editing }: MessageViewProps) {
  return message.role === "assistant" ? (
    <Answer message={message} last={last} actions={actions} />
  ) : (
    <Question message={message} last={last} actions={actions} editing={editing} />
  );
});
