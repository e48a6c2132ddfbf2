/** The questions about files: a name for a new folder, another name, another place. */
import { Suspense } from "react";
import type { StoredFile } from "../../api/types";
import { onDemand } from "../../ui/overlays/lazy";

const named = onDemand(() => import("./name-dialog"));
const placed = onDemand(() => import("./place-dialog"));

export type Asking =
  | { what: "folder"; parent: string | undefined }
  | { what: "rename" | "move" | "copy" | "forever"; file: StoredFile };

interface FileDialogsProps {
  workspace: string;
  asking: Asking | undefined;
  onClose: () => void;
}

export function FileDialogs({ workspace, asking, onClose }: FileDialogsProps) {
  return (
    <Suspense>
      {asking?.what === "folder" && <named.Component workspace={workspace} parent={asking.parent} onClose={onClose} />}
      {asking?.what === "rename" && <named.Component workspace={workspace} file={asking.file} onClose={onClose} />}
      {(asking?.what === "move" || asking?.what === "copy") && (
        <placed.Component workspace={workspace} what={asking.what} file={asking.file} onClose={onClose} />
      )}
    </Suspense>
  );
}
