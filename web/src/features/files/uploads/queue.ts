/**
 * The files that are on their way, as a pure reducer; `uploads.ts` sends them and says what happens.
 *
 *   waiting --began--> sending --done--> done
 *      ^                  |--failed--> failed --again--> waiting
 *      +-- again -- cancelled <--cancelled-- (waiting, sending, failed)
 *
 * Invariant: an upload that has ended hears of nothing but `again`, so a late word of a cancelled one changes nothing.
 */
export interface Upload {
  readonly key: number;
  readonly workspace: string;
  /** The folder it goes into; null for the top. */
  readonly parent: string | null;
  /** Its name, with the folders below `parent` that it stands in. */
  readonly path: string;
  readonly file: File;
  readonly state: "waiting" | "sending" | "done" | "failed" | "cancelled";
  /** Bytes that have arrived. */
  readonly sent: number;
  readonly error?: unknown;
}

export type UploadEvent =
  | { type: "added"; uploads: readonly Upload[] }
  | { type: "began"; key: number }
  | { type: "sent"; key: number; sent: number }
  | { type: "done"; key: number }
  | { type: "failed"; key: number; error: unknown }
  | { type: "cancelled"; key: number }
  | { type: "again"; key: number }
  /** Those that have ended are taken off the list. */
  | { type: "cleared" };

export function applyUpload(list: readonly Upload[], event: UploadEvent): readonly Upload[] {
  if (event.type === "added") return [...list, ...event.uploads];
  if (event.type === "cleared") return list.filter(isGoingOn);
  const found = list.find(({ key }) => key === event.key);
  const next = found && step(found, event);
  return next && next !== found ? list.map((each) => (each === found ? next : each)) : list;
}

type OfOne = Exclude<UploadEvent, { type: "added" | "cleared" }>;

function step(upload: Upload, event: OfOne): Upload {
  const { state } = upload;
  switch (event.type) {
    case "began":
      return state === "waiting" ? { ...upload, state: "sending", sent: 0, error: undefined } : upload;
    case "sent":
      // A part that is sent again has been counted: the bar does not go back.
      return state === "sending" && event.sent > upload.sent
        ? { ...upload, sent: Math.min(event.sent, upload.file.size) }
        : upload;
    case "done":
      return state === "sending" ? { ...upload, state: "done", sent: upload.file.size } : upload;
    case "failed":
      return state === "sending" ? { ...upload, state: "failed", error: event.error } : upload;
    case "cancelled":
      return state === "done" ? upload : { ...upload, state: "cancelled", error: undefined };
    case "again":
      return state === "failed" || state === "cancelled"
        ? { ...upload, state: "waiting", sent: 0, error: undefined }
        : upload;
  }
}

export function isGoingOn({ state }: Upload): boolean {
  return state === "waiting" || state === "sending";
}

interface Totals {
  all: number;
  done: number;
  failed: number;
  goingOn: number;
  /** From 0 to 1, by bytes. */
  part: number;
}

/** What is cancelled does not count. */
export function totalsOf(list: readonly Upload[]): Totals {
  const counted = list.filter(({ state }) => state !== "cancelled");
  const size = counted.reduce((sum, { file }) => sum + file.size, 0);
  const sent = counted.reduce((sum, each) => sum + each.sent, 0);
  const count = (state: Upload["state"]) => counted.filter((each) => each.state === state).length;
  return {
    all: counted.length,
    done: count("done"),
    failed: count("failed"),
    goingOn: counted.filter(isGoingOn).length,
    part: size > 0 ? sent / size : counted.every(({ state }) => state === "done") ? 1 : 0,
  };
}
