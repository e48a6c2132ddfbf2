/** A name: for a new folder, or another one for a file or folder. */
import { type FocusEvent, type FormEvent, useRef, useState } from "react";
import { fieldErrors } from "../../api/problem";
import type { StoredFile } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { FormFoot } from "../../ui/form-foot";
import { useChangeFile, useMakeFolder } from "./queries";
import { texts } from "./texts";

interface NameDialogProps {
  workspace: string;
  /** The one that gets another name; without it a folder is made in `parent`. */
  file?: StoredFile;
  parent?: string;
  onClose: () => void;
}

export default function NameDialog({ workspace, file, parent, onClose }: NameDialogProps) {
  const t = useTexts(texts);
  const make = useMakeFolder(workspace);
  const change = useChangeFile(workspace);
  const { isPending, error } = file ? change : make;
  const [name, setName] = useState(file?.name ?? "");
  const chosen = useRef(false);
  // When the dialog gives it the focus: the ending stays when one types at once.
  const choose = ({ target }: FocusEvent<HTMLInputElement>) => {
    if (chosen.current) return;
    chosen.current = true;
    const dot = file?.kind === "file" ? file.name.lastIndexOf(".") : -1;
    target.setSelectionRange(0, dot > 0 ? dot : target.value.length);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = name.trim();
    if (!given) return;
    if (file) change.mutate({ id: file.id, name: given }, { onSuccess: onClose });
    else make.mutate({ name: given, parent }, { onSuccess: onClose });
  };
  const wrong = fieldErrors(error);
  return (
    <Dialog title={file ? t.renameTitle(file.name) : t.newFolder} onClose={onClose}>
      <form onSubmit={submit}>
        <Field
          label={file ? t.name : t.folderName}
          value={name}
          error={wrong.name}
          maxLength={255}
          autoComplete="off"
          onFocus={choose}
          onChange={(event) => setName(event.target.value)}
        />
        <FormFoot
          error={error}
          beside={{ name: wrong.name }}
          busy={isPending}
          disabled={name.trim() === ""}
          action={file ? undefined : t.create}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}
