/** Another name for a batch. Loaded on demand. */
import { type SyntheticEvent, useState } from "react";
import { explain } from "../../api/problem";
import { useTexts } from "../../i18n/use-texts";
import { Actions, Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
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
        <Field
          label={t.newName}
          maxLength={NAME_MAX}
          error={rename.isError ? explain(rename.error) : undefined}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <Actions>
          <button type="button" className="button" onClick={onClose}>
            {t.cancelRename}
          </button>
          <button type="submit" className="button primary" disabled={!text.trim() || rename.isPending}>
            {t.save}
          </button>
        </Actions>
      </form>
    </Dialog>
  );
}
