/** Changes the password. What was typed stays when it is refused, and goes when it was done. */
import { type FormEvent, useRef, useState } from "react";
import { explain, fieldErrors } from "../../../api/problem";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Panel } from "../../../ui/panel";
import { PASSWORD_CHARS_MIN } from "../../../ui/password";
import { PasswordField } from "../../../ui/password-field";
import { useChangePassword } from "./queries";
import { type Texts, texts } from "./texts";

type Faults = { current?: string; new?: string };

export function PasswordForm() {
  const t = useTexts(texts).security;
  const change = useChangePassword();
  const form = useRef<HTMLFormElement>(null);
  const [faults, setFaults] = useState<Faults>({});
  // Fields that were used are taken away with what is in them.
  const [round, setRound] = useState(0);

  const focusOn = (name: string) => {
    const input = form.current?.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.focus();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const typed = { current: String(data.get("current") ?? ""), new: String(data.get("new") ?? "") };
    const found = check(typed, t);
    setFaults(found);
    change.reset();
    if (found.current || found.new) {
      focusOn(found.current ? "current" : "new");
      return;
    }
    change.mutate(typed, {
      onSuccess: () => setRound(round + 1),
      onError: (error) => {
        const fields = fieldErrors(error);
        const wrong = { current: fields.current && t.currentWrong, new: fields.new };
        setFaults(wrong);
        if (wrong.current || wrong.new) focusOn(wrong.current ? "current" : "new");
      },
    });
  };
  const told = Boolean(faults.current || faults.new);

  return (
    <Panel title={t.password} about={t.passwordAbout}>
      <form ref={form} key={round} className="line-form" onSubmit={submit} noValidate>
        {change.isSuccess && <Callout tone="good">{t.changed}</Callout>}
        {change.isError && !told && <Callout tone="danger">{explain(change.error)}</Callout>}
        <PasswordField
          label={t.current}
          name="current"
          autoComplete="current-password"
          required
          error={faults.current}
        />
        <PasswordField
          label={t.new}
          name="new"
          autoComplete="new-password"
          required
          strength
          hint={t.newHint}
          error={faults.new}
        />
        <div className="line-form-end">
          <button type="submit" className="button primary" disabled={change.isPending}>
            {change.isPending ? t.changing : t.change}
          </button>
        </div>
      </form>
    </Panel>
  );
}

function check(typed: { current: string; new: string }, t: Texts["security"]): Faults {
  return {
    current: typed.current ? undefined : t.currentMissing,
    new: [...typed.new].length < PASSWORD_CHARS_MIN ? t.short : typed.new === typed.current ? t.same : undefined,
  };
}
