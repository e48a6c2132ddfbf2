/** What a conversation draws on, and what a click does to it. Nothing at all is null, as the server has it. Pure. */
import type { Collection } from "../../../api/types";

export function changed(known: Collection | null | undefined, change: Collection): Collection | null {
  const next = { ...known, ...change };
  const files = next.files ?? [];
  const kept: Collection = {
    ...(next.everything ? { everything: true } : {}),
    ...(next.memories ? { memories: true } : {}),
    ...(next.folder ? { folder: next.folder } : {}),
    ...(files.length > 0 ? { files } : {}),
  };
  return Object.keys(kept).length > 0 ? kept : null;
}
