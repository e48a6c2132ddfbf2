/**
 * Deleting with a way back: the conversation is gone from the page at once; the server is told when the toast that offers the
 * way back has gone, also when the page is left before. Used by the list and by the header of a conversation.
 */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { call } from "../../../api/client";
import { ApiError, explain } from "../../../api/problem";
import { announce } from "../../../api/tabs";
import { showToast } from "../../../ui/toast";
import { type ListPages, removeRow } from "./list-pages";
import { texts } from "./texts";

let hidden: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function setHidden(next: ReadonlySet<string>): void {
  hidden = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

const current = () => hidden;

/** The conversations that are not to be shown: deleted here, perhaps still to come back. */
export function useHidden(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, current, current);
}

export function isHidden(id: string): boolean {
  return hidden.has(id);
}

/** Deletes a conversation; a toast takes it back. Several in a row have a toast each. */
export function useDeleteWithUndo(workspace: string): (conversation: { id: string; title: string }) => void {
  const client = useQueryClient();
  return useCallback(
    ({ id, title }) => {
      if (hidden.has(id)) return;
      const t = texts.now();
      const show = () => setHidden(new Set([...hidden].filter((each) => each !== id)));
      setHidden(new Set([...hidden, id]));
      showToast({
        text: t.deleted(title || t.untitled),
        action: { label: t.undo, run: show },
        onGone: () => void remove(client, workspace, id, show),
      });
    },
    [client, workspace],
  );
}

async function remove(client: QueryClient, workspace: string, id: string, show: () => void): Promise<void> {
  try {
    await call("delete", "/api/conversations/{conversation}", { path: { conversation: id }, keepalive: true });
  } catch (error) {
    // Somebody else was quicker: gone is gone.
    if (!(error instanceof ApiError && error.status === 404)) {
      show();
      showToast({ text: explain(error), tone: "danger" });
      return;
    }
  }
  client.setQueriesData<ListPages>(
    { queryKey: ["conversations", workspace] },
    (pages) => pages && removeRow(pages, id),
  );
  client.removeQueries({ queryKey: ["conversation", id] });
  announce({ kind: "conversation", id });
  show();
}
