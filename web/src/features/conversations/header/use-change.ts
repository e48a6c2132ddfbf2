/** Changes the title, the model or the marks of a conversation. What knows the lists that show them is loaded with the first change. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { explain } from "../../../api/problem";
import { showToast } from "../../../ui/toast";
import type { ConversationChange } from "../list/list-queries";

export function useChange(workspace: string): (change: ConversationChange) => void {
  const client = useQueryClient();
  return useCallback(
    (change) => {
      import("../list/list-queries").then(
        ({ changeConversation }) => changeConversation(client, workspace, change),
        (error: unknown) => showToast({ text: explain(error), tone: "danger" }),
      );
    },
    [client, workspace],
  );
}
