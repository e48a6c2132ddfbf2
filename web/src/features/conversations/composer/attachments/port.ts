/**
 * What the composer needs to attach files: somewhere to upload them to. Whoever has such a place passes it as `attachments`;
 * without it the composer neither shows nor loads anything of this folder.
 */
export interface AttachmentPort {
  /** As an `<input type="file">` has it: `image/*,application/pdf,.md`. Empty for everything. */
  accept: string;
  max_bytes: number;
  /** Uploads one file; `onProgress` hears of the part that is done, from 0 to 1. Gives what a message refers to it by. */
  upload: (file: File, onProgress: (part: number) => void, signal: AbortSignal) => Promise<{ id: string }>;
}

/** Files to one message. */
export const FILES_MAX = 10;

/** What the composer knows of the files: what to send, and whether to wait with it. */
export interface Attached {
  ids: readonly string[];
  waiting: boolean;
}
