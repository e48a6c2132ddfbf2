/** Where a thing that was found or cited is shown, as the properties of a link: a memory, a file at a passage, a message. */
import type { HitKind } from "./types";

interface Thing {
  kind: HitKind;
  id: string;
  /** The conversation of a message. */
  parent?: string | null;
  passage?: number;
}

/** Nothing for what has no page of its own. */
export function wayTo(workspace: string, { kind, id, parent, passage }: Thing) {
  if (kind === "memory")
    return { to: "/w/$workspace/$page", params: { workspace, page: "memories" }, search: { memory: id } } as const;
  if (kind === "file")
    return { to: "/w/$workspace/$page", params: { workspace, page: "files" }, search: { file: id, passage } } as const;
  if (kind === "message" && parent)
    return { to: "/w/$workspace/c/$conversationId", params: { workspace, conversationId: parent }, hash: id } as const;
  return undefined;
}
