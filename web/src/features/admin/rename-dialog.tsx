/** Gives a user another name. */
import { type FormEvent, useState } from "react";
import { fieldErrors } from "../../api/problem";
import type { User } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { FormFoot } from "../../ui/form-foot";
import { showToast } from "../../ui/toast";
import { useUpdateUser } from "./queries";
import { texts } from "./texts";

const NAME_CHARS_MAX = 100;

export default function RenameDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const t = useTexts(texts).users;
  const update = useUpdateUser();
  const [name, setName] = useState(user.name);
  const [fault, setFault] = useState<string>();
  // The title must not follow what the list shows in advance.
  const [before] = useState(user.name || user.email);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    const found = wanted ? (wanted.length > NAME_CHARS_MAX ? t.nameLong : undefined) : t.nameMissing;
    setFault(found);
    if (found) return;
    update.mutate(
      { id: user.id, change: { name: wanted } },
      {
        onSuccess: () => {
          showToast({ text: t.renamed(wanted) });
          onClose();
        },
      },
    );
  };
  const error = fault ?? fieldErrors(update.error).name;
  return (
    <Dialog title={t.renameTitle(before)} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Field label={t.name} value={name} required error={error} onChange={({ target }) => setName(target.value)} />
        <FormFoot error={update.error} beside={{ name: error }} busy={update.isPending} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
