/** Follows the run of an import to its end: what is being read, and what has come of it. */
import { followEvents, type ServerEvent } from "../../api/events";

/** What is read now, of how many. */
export interface Reading {
  name: string;
  index: number;
  count: number;
}

export interface Imported {
  memories: number;
  failed: readonly { name: string; error: unknown }[];
}

export async function followImport(run: string, onReading: (at: Reading) => void): Promise<Imported> {
  const signal = new AbortController().signal;
  return gather(followEvents(`/api/runs/${encodeURIComponent(run)}/events`, { after: 0, signal }), onReading);
}

/** Throws what the run failed by when it ended without a word about its sources. */
export async function gather(
  events: AsyncIterable<Pick<ServerEvent, "type" | "data">>,
  onReading: (at: Reading) => void,
): Promise<Imported> {
  let imported: Imported | undefined;
  let error: unknown;
  for await (const { type, data } of events) {
    if (type === "source") onReading(data as unknown as Reading);
    if (type === "imported") imported = data as unknown as Imported;
    if (type === "error") error = data;
  }
  if (imported) return imported;
  throw error;
}
