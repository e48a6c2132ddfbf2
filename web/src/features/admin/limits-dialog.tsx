/** Limits the calls of one user, whatever key or session they come with. Loaded on demand. */
import { type FormEvent, useState } from "react";
import { fieldErrors } from "../../api/problem";
import type { AdminUser } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { FormFoot } from "../../ui/form-foot";
import { NumberField } from "../../ui/number-field";
import { showToast } from "../../ui/toast";
import { useUpdateUser } from "./queries";
import { changedLimits, faultyLimits, RATE_MAX, RATES, typedLimits } from "./user-limits";
import { texts } from "./user-limits-texts";

export default function LimitsDialog({ user, onClose }: { user: AdminUser; onClose: () => void }) {
  const t = useTexts(texts);
  const update = useUpdateUser();
  const [typed, setTyped] = useState(() => typedLimits(user));
  const [checked, setChecked] = useState(false);
  const faults = faultyLimits(typed);
  const refused = fieldErrors(update.error);
  const name = user.name || user.email;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (faults.size > 0) return;
    const change = changedLimits(user, typed);
    if (Object.keys(change).length === 0) return onClose();
    const onSuccess = () => {
      showToast({ text: t.saved(name) });
      onClose();
    };
    update.mutate({ id: user.id, change }, { onSuccess });
  };
  return (
    <Dialog title={t.title(name)} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <p className="dialog-text">{t.about}</p>
        {RATES.map((rate) => (
          <NumberField
            whole
            key={rate}
            label={t.rates[rate]}
            placeholder={t.unlimited}
            error={checked && faults.has(rate) ? t.between(RATE_MAX[rate]) : refused[rate]}
            value={typed[rate]}
            onType={(text) => setTyped({ ...typed, [rate]: text })}
          />
        ))}
        <FormFoot error={update.error} beside={refused} busy={update.isPending} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
