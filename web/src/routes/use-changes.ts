/**
 * Keeps an open page true: reads again what the server says has changed. A page that comes back into sight after it was away
 * reads everything on it again, which costs little where nothing has changed (ETags).
 */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { type Change, followChanges } from "../api/changes";
import { meQuery } from "../features/accounts/queries";

/** Many changes in a moment are read again once. */
const GATHER_MS = 150;

export function useChanges(): void {
  const client = useQueryClient();
  const router = useRouter();
  useEffect(() => {
    let stop: AbortController | undefined;
    let wasAway = false;
    const gathered = gather(client, () => void router.invalidate());
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
  }, [client, router]);
}

function gather(client: QueryClient, onPlaces: () => void) {
  let changes: Change[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = () => {
    timer = undefined;
    const keys = new Map(changes.flatMap(queriesOf).map((key) => [key.join(" "), key]));
    changes = [];
    const reads = [...keys.values()].map((queryKey) => client.invalidateQueries({ queryKey }));
    // Which workspace one is in, and as what, is known to the routes: they look again when it has been read.
    if (keys.has(meQuery.queryKey.join(" "))) void Promise.all(reads).then(onPlaces);
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
    case "memories":
      return [["memories"], ["memory"], ["context"]];
    case "files":
      return [["files"], ["file"]];
    case "models":
      return [["models"], ["connections"], ["routes"], ["prices"]];
    case "alerts":
      return [["alerts"]];
    case "presets":
      return [["presets"]];
    case "batches":
      return [["batches"], ["batch"]];
    case "workspaces":
      // A conversation says what one may do in it.
      return [meQuery.queryKey, ["workspace"], ["members"], ["invitations"], ["conversation"]];
    case "all":
      return [
        meQuery.queryKey,
        ["conversation"],
        ["conversations"],
        ["memories"],
        ["memory"],
        ["context"],
        ["files"],
        ["file"],
        ["models"],
        ["connections"],
        ["routes"],
        ["prices"],
        ["workspace"],
        ["members"],
        ["invitations"],
        ["alerts"],
        ["presets"],
        ["batches"],
        ["batch"],
      ];
    default:
      return [];
  }
}
