/** Files that are attached to a message: they lie in a folder of the workspace like any other, and are read before they are used. */
import { call } from "../../../api/client";
import { ApiError } from "../../../api/problem";
import { followRun } from "../../../api/run";
import type { StoredFile } from "../../../api/types";
import { texts } from "../texts";
import { refused } from "./send";
import { uploadOne } from "./uploads";

export function attach(
  workspace: string,
  file: File,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<{ id: string }> {
  // What is pasted has no name of its own, and browsers call it all the same.
  const path = `${texts.now().attachments}/${file.name}`;
  return uploadOne(workspace, { file, path }, { signal, onProgress: (sent) => onProgress(sent / file.size) });
}

/** Waits until answers can draw on it; throws a sentence when they never will. */
export async function untilRead(id: string, signal: AbortSignal): Promise<void> {
  const look = async () => (await call("get", "/api/files/{file}", { path: { file: id }, signal })).data.ingest;
  let ingest = await look();
  if (isBeingRead(ingest) && ingest.run_id) {
    await followRun(ingest.run_id);
    if (signal.aborted) return;
    ingest = await look();
  }
  if (ingest.status === "failed") throw refused(ingest.error);
  if (ingest.status !== "done" || ingest.passages === 0)
    throw new ApiError(422, "nothing_to_draw_on", texts.now().nothingToDrawOn);
}

function isBeingRead({ status }: StoredFile["ingest"]): boolean {
  return status === "queued" || status === "running";
}
