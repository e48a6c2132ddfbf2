/** Another place for a file or folder: moved there, or a copy of it. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { StoredFile } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { FormFoot } from "../../ui/form-foot";
import { showToast } from "../../ui/toast";
import { FolderPicker } from "./folder-picker";
import { useChangeFile, useCopyFile, wayQuery } from "./queries";
import { texts } from "./texts";

interface PlaceDialogProps {
  workspace: string;
  what: "move" | "copy";
  file: StoredFile;
  onClose: () => void;
}

export default function PlaceDialog({ workspace, what, file, onClose }: PlaceDialogProps) {
  const t = useTexts(texts);
  const change = useChangeFile(workspace);
  const copy = useCopyFile(workspace);
  const [folder, setFolder] = useState(file.parent_id ?? undefined);
  const { data: way } = useQuery({ ...wayQuery(workspace, folder ?? ""), enabled: folder !== undefined });
  const name = (folder && way?.at(-1)?.name) || t.title;
  const { isPending, error } = what === "move" ? change : copy;
  const submit = () => {
    const to = { id: file.id, parent_id: folder ?? null };
    const onSuccess = () => {
      showToast({ text: what === "move" ? t.moved(file.name) : t.copied(file.name) });
      onClose();
    };
    if (what === "move") change.mutate(to, { onSuccess });
    else copy.mutate(to, { onSuccess });
  };
  return (
    <Dialog title={what === "move" ? t.moveTitle(file.name) : t.copyTitle(file.name)} onClose={onClose}>
      <FolderPicker workspace={workspace} folder={folder} without={file.id} onFolder={setFolder} />
      <FormFoot
        error={error}
        busy={isPending}
        disabled={what === "move" && (file.parent_id ?? undefined) === folder}
        action={what === "move" ? t.moveHere(name) : t.copyHere(name)}
        onCancel={onClose}
        onAction={submit}
      />
    </Dialog>
  );
}
