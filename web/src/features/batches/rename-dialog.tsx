/** Another name for a batch. Loaded on demand. */
import { type SyntheticEvent, useState } from "react";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { FormFoot } from "../../ui/form-foot";
import { useRename } from "./queries";
import { texts } from "./texts";

const NAME_MAX = 120;

interface RenameDialogProps {
  id: string;
  name: string;
  onClose: () => void;
}

export default function RenameDialog({ id, name, onClose }: RenameDialogProps) {
  const t = useTexts(texts);
  const rename = useRename(id);
  const [text, setText] = useState(name);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (text.trim()) rename.mutate(text.trim(), { onSuccess: onClose });
  };
  return (
    <Dialog title={t.renameTitle} onClose={onClose}>
      <form onSubmit={submit}>
        <Field label={t.newName} maxLength={NAME_MAX} value={text} onChange={({ target }) => setText(target.value)} />
        <FormFoot error={rename.error} busy={rename.isPending} disabled={!text.trim()} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
