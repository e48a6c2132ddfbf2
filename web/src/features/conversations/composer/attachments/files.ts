/**
 * The files of a message that is being written: which ones may come in, and how far each is on its way. Not React: an upload goes
 * on while the composer renders, and the unit tests drive it with a port of their own.
 *
 * Invariant: a file that was removed is aborted and never heard of again, also when its upload ends in that moment.
 */
import { type Attached, type AttachmentPort, FILES_MAX } from "./port";

/** Uploads at a time; the others wait. */
const PARALLEL = 3;

export interface Attachment {
  readonly key: number;
  readonly file: File;
  /** `reading`: it has arrived, and answers can not draw on it yet. `useless`: they never will. */
  readonly state: "waiting" | "uploading" | "reading" | "done" | "failed" | "useless";
  /** From 0 to 1. */
  readonly part: number;
  readonly id?: string;
  readonly error?: unknown;
}

type Refusal = "count" | "size" | "empty" | "kind" | "twice";

export interface Refused {
  file: File;
  why: Refusal;
}

export interface Files {
  list(): readonly Attachment[];
  /** Takes what may come in; gives the others with the reason. */
  add(files: Iterable<File>): Refused[];
  remove(key: number): void;
  retry(key: number): void;
  /** Aborts what is under way. */
  close(): void;
  subscribe(listener: () => void): () => void;
}

export function createFiles(port: AttachmentPort): Files {
  let list: readonly Attachment[] = [];
  let last = 0;
  const listeners = new Set<() => void>();
  const uploads = new Map<number, AbortController>();
  const readings = new Map<number, AbortController>();

  const publish = (next: readonly Attachment[]) => {
    list = next;
    for (const listener of listeners) listener();
  };
  const update = (key: number, change: Partial<Attachment>) =>
    publish(list.map((each) => (each.key === key ? { ...each, ...change } : each)));

  const upload = async ({ key, file }: Attachment) => {
    const abort = new AbortController();
    uploads.set(key, abort);
    update(key, { state: "uploading", part: 0, error: undefined });
    const onProgress = (part: number) => {
      if (!abort.signal.aborted) update(key, { part: Math.min(1, Math.max(0, part)) });
    };
    try {
      const { id } = await port.upload(file, onProgress, abort.signal);
      if (!abort.signal.aborted) void read(key, id, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) update(key, { state: "failed", error });
    }
    if (uploads.get(key) === abort) uploads.delete(key);
    begin();
  };
  /** Holds up no other upload. */
  const read = async (key: number, id: string, uploaded: AbortSignal) => {
    const abort = new AbortController();
    readings.set(key, abort);
    update(key, { state: "reading", part: 1 });
    try {
      await port.read(id, abort.signal);
      if (!abort.signal.aborted && !uploaded.aborted) update(key, { state: "done", id });
    } catch (error) {
      if (!abort.signal.aborted) update(key, { state: "useless", error });
    }
    readings.delete(key);
  };
  const begin = () => {
    for (const each of list) {
      if (uploads.size >= PARALLEL) return;
      if (each.state === "waiting") void upload(each);
    }
  };

  return {
    list: () => list,
    add(files) {
      const refused: Refused[] = [];
      const taken: Attachment[] = [];
      for (const file of files) {
        const why = refusal(port, [...list, ...taken], file);
        if (why) {
          refused.push({ file, why });
          continue;
        }
        last += 1;
        taken.push({ key: last, file, state: "waiting", part: 0 });
      }
      if (taken.length > 0) publish([...list, ...taken]);
      begin();
      return refused;
    },
    remove(key) {
      for (const each of [uploads, readings]) {
        each.get(key)?.abort();
        each.delete(key);
      }
      publish(list.filter((each) => each.key !== key));
      begin();
    },
    retry(key) {
      const found = list.find((each) => each.key === key);
      if (found?.state !== "failed") return;
      update(key, { state: "waiting", part: 0, error: undefined });
      begin();
    },
    close() {
      for (const each of [uploads, readings]) {
        for (const abort of each.values()) abort.abort();
        each.clear();
      }
      list = [];
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** What a message made now would carry. A file that failed does not go along, and does not hold it up. */
export function attachedOf(list: readonly Attachment[]): Attached {
  return {
    ids: list.flatMap(({ id }) => id ?? []),
    waiting: list.some(({ state }) => state === "waiting" || state === "uploading" || state === "reading"),
  };
}

function refusal(port: AttachmentPort, present: readonly Attachment[], file: File): Refusal | undefined {
  if (present.length >= FILES_MAX) return "count";
  if (file.size === 0) return "empty";
  if (port.max_bytes !== undefined && file.size > port.max_bytes) return "size";
  if (!accepts(port.accept, file)) return "kind";
  const same = ({ name, size, lastModified }: File) =>
    name === file.name && size === file.size && lastModified === file.lastModified;
  return present.some((each) => same(each.file)) ? "twice" : undefined;
}

/** Whether a file fits an `accept` list. Dropped and pasted files come past the file dialog, which looks itself. */
export function accepts(accept: string, { name, type }: { name: string; type: string }): boolean {
  const wanted = accept
    .split(",")
    .map((each) => each.trim().toLowerCase())
    .filter(Boolean);
  if (wanted.length === 0) return true;
  return wanted.some((each) => {
    if (each.startsWith(".")) return name.toLowerCase().endsWith(each);
    if (each.endsWith("/*")) return type.toLowerCase().startsWith(each.slice(0, -1));
    return type.toLowerCase() === each;
  });
}
