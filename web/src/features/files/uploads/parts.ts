/**
 * Sends a large file in parts. When the way to the server is lost, it asks how far it came and goes on from there; so it does
 * after a reload of the page, when the same file is chosen again (`remembered`).
 */
import { ApiError, isFinal } from "../../../api/problem";

interface Reached<T> {
  offset: number;
  /** What was made of the file, once all of it has arrived. */
  file?: T | null;
}

export interface PartsPort<T> {
  /** A new place to send to, or the one of last time. */
  begin(): Promise<Reached<T> & { part_bytes: number }>;
  /** How far the server has come. */
  where(): Promise<Reached<T>>;
  send(offset: number, part: Blob, onProgress: (sent: number) => void): Promise<Reached<T>>;
  pause(attempt: number): Promise<void>;
}

interface Sending {
  signal: AbortSignal;
  onProgress: (sent: number) => void;
}

/** Attempts without a byte of progress, then it has failed. */
const ATTEMPTS_MAX = 6;

export async function sendInParts<T>(port: PartsPort<T>, file: Blob, { signal, onProgress }: Sending): Promise<T> {
  const begun = await port.begin();
  // The answer to its last part was lost.
  if (begun.file) return begun.file;
  let { offset } = begun;
  let attempt = 0;
  for (;;) {
    onProgress(offset);
    const from = offset;
    try {
      const part = file.slice(from, from + begun.part_bytes);
      const answer = await port.send(from, part, (sent) => onProgress(Math.min(from + sent, file.size)));
      if (answer.file) return answer.file;
      if (answer.offset > offset) attempt = 0;
      offset = answer.offset;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const misplaced = error instanceof ApiError && error.status === 409;
      if (isFinal(error) && !misplaced) throw error;
      attempt += 1;
      if (attempt >= ATTEMPTS_MAX) throw error;
      if (!misplaced) await port.pause(attempt);
      const reached = await port.where().catch((lost: unknown) => {
        if (isFinal(lost)) throw lost;
        return { offset, file: undefined };
      });
      if (reached.file) return reached.file;
      if (reached.offset > offset) attempt = 0;
      offset = reached.offset;
    }
    if (signal.aborted) throw signal.reason;
  }
}
