/**
 * What the composer needs to let one message draw on something of its own: somewhere to upload files to, and a way to choose among
 * those that are there. Whoever has them passes them as `drawing`; without them the composer shows and loads nothing of this folder.
 */
import type { ReactNode } from "react";
import type { Collection } from "../../../../api/types";

export interface AttachmentPort {
  /** As an `<input type="file">` has it: `image/*,application/pdf,.md`. Empty for everything. */
  accept: string;
  /** Absent when only the server knows. */
  max_bytes?: number;
  /** Uploads one file; `onProgress` hears of the part that is done, from 0 to 1. Gives what a message refers to it by. */
  upload: (file: File, onProgress: (part: number) => void, signal: AbortSignal) => Promise<{ id: string }>;
  /** Waits until answers can draw on it. Throws when they never will. */
  read: (id: string, signal: AbortSignal) => Promise<void>;
}

export interface Drawing extends AttachmentPort {
  /** Asks for a folder or files; gives what was chosen. */
  renderChoice: (
    known: readonly string[],
    onChosen: (choice: { folder?: string; files?: string[] }) => void,
    onClose: () => void,
  ) => ReactNode;
}

/** Files to one message. */
export const FILES_MAX = 10;

/** What the composer knows of the files: what to send, and whether to wait with it. */
export interface Attached {
  ids: readonly string[];
  waiting: boolean;
}

/** What a message draws on: what was chosen for it, and what is attached to it. Nothing for what its conversation draws on. */
export function drawnOn(chosen: Collection | undefined, ids: readonly string[]): Collection | undefined {
  if (ids.length === 0) return chosen;
  return { ...chosen, files: [...(chosen?.files ?? []), ...ids] };
}
