/** Limits the calls of one user, whatever key or session they come with. Loaded on demand. */
import { type FormEvent, useState } from "react";
import { explain, fieldErrors } from "../../api/problem";
import type { AdminUser } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Actions, Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { texts as shared } from "../../ui/texts";
import { showToast } from "../../ui/toast";
import { useUpdateUser } from "./queries";
import { changedLimits, faultyLimits, RATE_MAX, RATES, typedLimits } from "./user-limits";
import { texts } from "./user-limits-texts";

export default function LimitsDialog({ user, onClose }: { user: AdminUser; onClose: () => void }) {
  const t = useTexts(texts);
  const words = useTexts(shared);
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
          <Field
            key={rate}
            inputMode="numeric"
            autoComplete="off"
            label={t.rates[rate]}
            placeholder={t.unlimited}
            error={checked && faults.has(rate) ? t.between(RATE_MAX[rate]) : refused[rate]}
            value={typed[rate]}
            onChange={({ target }) => setTyped({ ...typed, [rate]: target.value })}
          />
        ))}
        {update.isError && Object.keys(refused).length === 0 && (
          <Callout tone="danger">{explain(update.error)}</Callout>
        )}
        <Actions>
          <button type="button" className="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" className="button primary" disabled={update.isPending}>
            {words.save}
          </button>
        </Actions>
      </form>
    </Dialog>
  );
}
