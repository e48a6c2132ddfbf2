/**
 * Keeps an open page true: reads again what the server says has changed. A page that comes back into sight after it was away
 * reads everything on it again, which costs little where nothing has changed (ETags).
 */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Change, followChanges } from "../api/changes";
import { meQuery } from "../features/accounts/queries";

/** Many changes in a moment are read again once. */
const GATHER_MS = 150;

export function useChanges(): void {
  const client = useQueryClient();
  useEffect(() => {
    let stop: AbortController | undefined;
    let wasAway = false;
    const gathered = gather(client);
    const look = () => {
      if (document.visibilityState !== "visible") {
        stop?.abort();
        stop = undefined;
        wasAway = true;
        return;
      }
      if (stop) return;
      stop = new AbortController();
      if (wasAway) gathered.add({ what: "all" });
      void followChanges({ signal: stop.signal, onChange: gathered.add });
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      stop?.abort();
      gathered.cancel();
    };
  }, [client]);
}

function gather(client: QueryClient) {
  let changes: Change[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = () => {
    timer = undefined;
    const keys = new Map(changes.flatMap(queriesOf).map((key) => [key.join(" "), key]));
    changes = [];
    for (const queryKey of keys.values()) void client.invalidateQueries({ queryKey });
  };
  return {
    add(change: Change) {
      changes.push(change);
      timer ??= setTimeout(read, GATHER_MS);
    },
    cancel: () => clearTimeout(timer),
  };
}

/** The keys under which the features keep what has changed. A run that is being followed is never read again. */
export function queriesOf({ what, conversation }: Change): (readonly string[])[] {
  switch (what) {
    case "conversation":
      return [...(conversation ? [["conversation", conversation]] : []), ["conversations"]];
    case "conversations":
      return [["conversations"]];
    case "models":
      return [["models"], ["connections"]];
    case "workspaces":
      return [meQuery.queryKey, ["workspace"], ["members"], ["invitations"]];
    case "all":
      return [
        meQuery.queryKey,
        ["conversation"],
        ["conversations"],
        ["models"],
        ["connections"],
        ["workspace"],
        ["members"],
        ["invitations"],
      ];
    default:
      return [];
  }
}
