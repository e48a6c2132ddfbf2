/** Sets somebody's password: there is no mail, so this is how one who forgot it comes back. */
import { type FormEvent, useState } from "react";
import type { User } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { FormFoot } from "../../ui/form-foot";
import { CredentialsShown } from "./credentials-shown";
import { isTooShort, PasswordChoice, passwordOf, usePasswordChoice } from "./password-choice";
import { useUpdateUser } from "./queries";
import { texts } from "./texts";

export default function PasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const t = useTexts(texts).users;
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
          <FormFoot
            error={update.error}
            busy={update.isPending}
            action={update.isPending ? t.setting : t.passwordAction}
            onCancel={onClose}
          />
        </form>
      )}
    </Dialog>
  );
}
