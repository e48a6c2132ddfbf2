/** What the events of a batch's run change in what is shown of it. Pure. */

import type { ServerEvent } from "../../api/events";
import type { BatchWithLanes } from "../../api/types";

/** The numbers that an event tells; an older event than what is known changes nothing. */
export function withProgress(batch: BatchWithLanes, { type, data }: ServerEvent): BatchWithLanes {
  if (type !== "start" && type !== "progress" && type !== "complete") return batch;
  const { done, failed, cost_micros } = data;
  if (typeof done !== "number" || typeof failed !== "number" || typeof cost_micros !== "number") return batch;
  if (done + failed < batch.done + batch.failed) return batch;
  if (done === batch.done && failed === batch.failed && cost_micros === batch.cost_micros) return batch;
  return { ...batch, done, failed, cost_micros };
}

/** The rows in which something has happened; null for more than the event names. */
export function changedRows({ type, data }: ServerEvent): readonly number[] | null {
  if (type !== "progress") return type === "complete" ? null : [];
  return Array.isArray(data.rows) ? data.rows.filter((row) => typeof row === "number") : null;
}

/** How much of it has ended, in hundredths: a hundred when nothing is left. */
export function percentOf({ cells, done, failed }: { cells: number; done: number; failed: number }): number {
  return cells > 0 ? Math.floor((100 * (done + failed)) / cells) : 0;
}
