/**
 * What can be done with the messages of a conversation, as one object that changes only when something in it does: it is passed
 * to every message, and a message must not be drawn again because another one grows.
 */
import { useCallback, useMemo, useState } from "react";
import type { Message, Model } from "../../api/types";
import type { Editing, MessageActions } from "./message/actions";
import { type useAsk, useDeleteMessage, useFork, usePinMessage, useShowBranch } from "./queries";

interface Context {
  workspace: string;
  conversation: string;
  me: string;
  models: readonly Model[];
  /** The chosen model. */
  model: string | undefined;
  mayWrite: boolean;
  running: boolean;
  ask: ReturnType<typeof useAsk>;
  onOpen: (conversation: string) => void;
}

export function useMessageActions(context: Context) {
  const { workspace, conversation, me, models, model, mayWrite, running, ask, onOpen } = context;
  const branch = useShowBranch(workspace, conversation);
  const { mutate: show } = branch;
  const { mutate: fork } = useFork(workspace);
  const { mutate: pin } = usePinMessage(conversation);
  const { mutateAsync: remove } = useDeleteMessage(workspace, conversation);
  const { mutate: askNow } = ask;
  const [edited, setEdited] = useState<{ message: Message; text: string }>();
  const busy = ask.isPending || branch.isPending || running;

  const nameOf = useCallback((id: string) => models.find((each) => each.id === id)?.name ?? id, [models]);
  const choices = useMemo(() => models.filter((each) => each.available), [models]);

  const actions = useMemo<MessageActions>(
    () => ({
      me,
      mayWrite,
      busy,
      models: choices,
      nameOf,
      regenerate: (message, other) => askNow({ way: "regenerate", message, model: other ?? model }),
      goOn: (message) => askNow({ way: "continue", message }),
      startEdit: (message) => setEdited({ message, text: message.content }),
      show: (message) => show(message),
      fork: (message) => fork(message.id, { onSuccess: onOpen }),
      pin: (message) => pin({ id: message.id, pinned: !message.pinned }),
      remove,
    }),
    [me, mayWrite, busy, choices, nameOf, model, askNow, show, fork, pin, remove, onOpen],
  );

  const { reset } = ask;
  const failed = ask.isError && ask.variables.way === "edit" ? ask.error : null;
  const editing = useMemo<(Editing & { id: string }) | undefined>(
    () =>
      edited && {
        id: edited.message.id,
        text: edited.text,
        error: failed,
        save: (text) => {
          // Kept until it has arrived: the message gives way to the new version, and comes back when that is refused.
          setEdited({ message: edited.message, text });
          askNow(
            { way: "edit", message: edited.message, content: text, model },
            { onSuccess: () => setEdited(undefined) },
          );
        },
        cancel: () => {
          setEdited(undefined);
          if (failed) reset();
        },
      },
    [edited, failed, askNow, model, reset],
  );

  return { actions, editing, busy, error: branch.error };
}
