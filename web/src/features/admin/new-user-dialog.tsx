/** Makes an account for somebody and shows once what they log in with. Loaded on demand. */
import { type FormEvent, useState } from "react";
import { ApiError, fieldErrors } from "../../api/problem";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { Field, Switch } from "../../ui/field";
import { FormFoot } from "../../ui/form-foot";
import { looksLikeEmail } from "../../ui/password";
import { CredentialsShown } from "./credentials-shown";
import { isTooShort, PasswordChoice, passwordOf, usePasswordChoice } from "./password-choice";
import { useCreateUser } from "./queries";
import { type Texts, texts } from "./texts";

interface Made {
  email: string;
  password: string;
}

export default function NewUserDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts(texts).users;
  const [made, setMade] = useState<Made>();
  return (
    <Dialog title={made ? t.addedTitle : t.addTitle} onClose={onClose}>
      {made ? <CredentialsShown {...made} onDone={onClose} /> : <NewUserForm onMade={setMade} onCancel={onClose} />}
    </Dialog>
  );
}

function NewUserForm({ onMade, onCancel }: { onMade: (made: Made) => void; onCancel: () => void }) {
  const t = useTexts(texts).users;
  const create = useCreateUser();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [chosen, setChosen] = usePasswordChoice();
  const [admin, setAdmin] = useState(false);
  const [faults, setFaults] = useState<{ email?: string; password?: string }>({});

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = {
      email: looksLikeEmail(email) ? undefined : t.emailWrong,
      password: isTooShort(chosen) ? t.passwordShort : undefined,
    };
    setFaults(found);
    if (found.email || found.password) return;
    const password = passwordOf(chosen);
    create.mutate(
      { email: email.trim(), name: name.trim() || null, password, is_admin: admin },
      { onSuccess: ({ data }) => onMade({ email: data.email, password }) },
    );
  };
  const refused = create.isError ? refusal(create.error, t) : {};

  return (
    <form onSubmit={submit} noValidate>
      <Field
        label={t.email}
        type="email"
        inputMode="email"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        value={email}
        error={faults.email ?? refused.email}
        onChange={({ target }) => setEmail(target.value)}
      />
      <Field
        label={t.name}
        autoComplete="off"
        hint={t.nameHint}
        value={name}
        error={refused.name}
        onChange={({ target }) => setName(target.value)}
      />
      <PasswordChoice
        label={t.password}
        chosen={chosen}
        error={faults.password ?? refused.password}
        onChange={setChosen}
      />
      <Switch label={t.asAdmin} hint={t.asAdminHint} checked={admin} onChange={setAdmin} />
      <FormFoot
        error={create.error}
        beside={refused}
        busy={create.isPending}
        action={create.isPending ? t.adding : t.addAction}
        onCancel={onCancel}
      />
    </form>
  );
}

function refusal(error: unknown, t: Texts["users"]): Record<string, string> {
  if (error instanceof ApiError && error.code === "already_exists") return { email: t.emailTaken };
  return fieldErrors(error);
}
