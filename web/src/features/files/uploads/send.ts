/** Sends one file: a small one as a form, a large one in parts that can be resumed. */
import { address, call } from "../../../api/client";
import { ApiError } from "../../../api/problem";
import type { StoredFile, Uploaded, UploadInParts } from "../../../api/types";
import { upload } from "../../../api/upload";
import { keepText, readText } from "../../../ui/storage";
import { type PartsPort, sendInParts } from "./parts";
import type { Upload } from "./queue";

/** From here on in parts. */
const IN_PARTS_BYTES = 32 * 1024 * 1024;
const PAUSE_MS = 1_000;

interface Sending {
  signal: AbortSignal;
  onProgress: (sent: number) => void;
}

/** Gives what it became. */
export function sendFile(item: Upload, sending: Sending): Promise<StoredFile> {
  return item.file.size > IN_PARTS_BYTES ? sendLarge(item, sending) : sendForm(item, sending);
}

async function sendForm(
  { workspace, parent, path, file }: Upload,
  { signal, onProgress }: Sending,
): Promise<StoredFile> {
  const form = new FormData();
  // The name may be a path: the server makes the folders.
  form.append("file", file, path);
  const url = address(
    "/api/workspaces/{workspace}/files",
    { workspace },
    { parent: parent ?? undefined, on_conflict: "rename" },
  );
  const { data } = await upload<{ data: Uploaded[] }>(url, form, { signal, onProgress });
  const [stored] = data;
  if (!stored || "error" in stored) throw refused(stored?.error);
  return stored;
}

/** What is wrong with one file: its own problem, within an answer that is fine. */
export function refused(error: unknown): ApiError {
  const { code, detail } = (error ?? { code: "internal", detail: "" }) as { code: string; detail: string };
  return new ApiError(422, code, detail);
}

async function sendLarge(item: Upload, { signal, onProgress }: Sending): Promise<StoredFile> {
  const { workspace, file } = item;
  const name = `upload:${workspace}:${item.path}:${file.size}:${file.lastModified}`;
  let id = "";
  const ask = async () => (await call("get", "/api/uploads/{upload}", { path: { upload: id }, signal })).data;
  const port: PartsPort<StoredFile> = {
    begin: async () => {
      id = readText(name);
      if (id) {
        // It may have run out, or another one may have finished it.
        const known = await ask().catch(() => undefined);
        if (known) return known;
      }
      const { data } = await call("post", "/api/workspaces/{workspace}/uploads", {
        path: { workspace },
        body: {
          // The name may be a path here, too.
          name: item.path,
          size_bytes: file.size,
          parent_id: item.parent,
          media_type: file.type || undefined,
          on_conflict: "rename",
        },
        signal,
      });
      id = data.id;
      keepText(name, id);
      return data;
    },
    where: ask,
    send: async (offset, part, onPart) =>
      (
        await upload<{ data: UploadInParts }>(address("/api/uploads/{upload}", { upload: id }, { offset }), part, {
          method: "PUT",
          signal,
          onProgress: onPart,
        })
      ).data,
    pause: (attempt) => new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** (attempt - 1))),
  };
  try {
    const stored = await sendInParts(port, file, { signal, onProgress });
    keepText(name, "");
    return stored;
  } catch (error) {
    // Given up by the user: nothing is left of it on the server either.
    if (signal.aborted && id) {
      keepText(name, "");
      void call("delete", "/api/uploads/{upload}", { path: { upload: id }, keepalive: true }).catch(() => {});
    }
    throw error;
  }
}
