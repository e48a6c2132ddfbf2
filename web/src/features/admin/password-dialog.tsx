/** Sets somebody's password: there is no mail, so this is how one who forgot it comes back. */
import { type FormEvent, useState } from "react";
import { explain } from "../../api/problem";
import type { User } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Actions, Dialog } from "../../ui/dialog";
import { texts as shared } from "../../ui/texts";
import { CredentialsShown } from "./credentials-shown";
import { isTooShort, PasswordChoice, passwordOf, usePasswordChoice } from "./password-choice";
import { useUpdateUser } from "./queries";
import { texts } from "./texts";

export default function PasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const t = useTexts(texts).users;
  const words = useTexts(shared);
  const update = useUpdateUser();
  const [chosen, setChosen] = usePasswordChoice();
  const [fault, setFault] = useState<string>();
  const [set, setSet] = useState<string>();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = isTooShort(chosen) ? t.passwordShort : undefined;
    setFault(found);
    if (found) return;
    const password = passwordOf(chosen);
    update.mutate({ id: user.id, change: { password } }, { onSuccess: () => setSet(password) });
  };
  return (
    <Dialog title={set ? t.setTitle : t.passwordTitle(user.name || user.email)} onClose={onClose}>
      {set ? (
        <CredentialsShown email={user.email} password={set} onDone={onClose} />
      ) : (
        <form onSubmit={submit} noValidate>
          <div className="dialog-text">
            <p>{t.passwordText}</p>
          </div>
          <PasswordChoice label={t.passwordNew} chosen={chosen} error={fault} onChange={setChosen} />
          {update.isError && <Callout tone="danger">{explain(update.error)}</Callout>}
          <Actions>
            <button type="button" className="button" onClick={onClose}>
              {words.cancel}
            </button>
            <button type="submit" className="button primary" disabled={update.isPending}>
              {update.isPending ? t.setting : t.passwordAction}
            </button>
          </Actions>
        </form>
      )}
    </Dialog>
  );
}
