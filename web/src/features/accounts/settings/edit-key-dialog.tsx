/** Changes what an API key is called and what limits it. The key itself stays as it is. Loaded on demand. */
import { type FormEvent, useState } from "react";
import { fieldErrors } from "../../../api/problem";
import type { ApiKey } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Dialog } from "../../../ui/dialog";
import { Field } from "../../../ui/field";
import { FormFoot } from "../../../ui/form-foot";
import { showToast } from "../../../ui/toast";
import { faultyRates, readLimits, typedLimits } from "./key-limits";
import { texts } from "./key-texts";
import { LimitsFields } from "./limits-fields";
import { type KeyOwner, useUpdateKey } from "./queries";
import { texts as common } from "./texts";

const NAME_CHARS_MAX = 100;

interface EditKeyDialogProps {
  owner: KeyOwner;
  apiKey: ApiKey;
  onClose: () => void;
}

export default function EditKeyDialog({ owner, apiKey, onClose }: EditKeyDialogProps) {
  const t = useTexts(texts);
  const k = useTexts(common).keys;
  const update = useUpdateKey(owner);
  const [name, setName] = useState(apiKey.name);
  const [typed, setTyped] = useState(() => typedLimits(apiKey));
  const [checked, setChecked] = useState(false);
  const called = name.trim();
  const fault = called ? (called.length > NAME_CHARS_MAX ? k.nameLong : undefined) : k.nameMissing;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (fault || faultyRates(typed).size > 0) return;
    update.mutate(
      { id: apiKey.id, change: { name: called, ...readLimits(typed) } },
      {
        onSuccess: () => {
          showToast({ text: t.changed(called) });
          onClose();
        },
      },
    );
  };
  const refused = fieldErrors(update.error);
  return (
    <Dialog title={t.changeTitle(apiKey.name)} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Field
          label={k.name}
          value={name}
          required
          error={checked && fault ? fault : refused.name}
          onChange={({ target }) => setName(target.value)}
        />
        <LimitsFields typed={typed} checked={checked} refused={refused} onType={setTyped} />
        <FormFoot error={update.error} beside={refused} busy={update.isPending} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
