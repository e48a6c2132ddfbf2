/** What a new key is called, what it may do and until when. */
import { type FormEvent, useId, useState } from "react";
import { fieldErrors } from "../../../api/problem";
import type { KeyScope } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Field, Select } from "../../../ui/field";
import { FormFoot } from "../../../ui/form-foot";
import { faultyRates, NO_LIMITS, readLimits } from "./key-limits";
import { texts as keyTexts } from "./key-texts";
import { LimitsFields } from "./limits-fields";
import type { MadeKey } from "./new-key-dialog";
import { type KeyOwner, useCreateKey } from "./queries";
import { texts } from "./texts";

const SCOPES: KeyScope[] = ["models", "read", "write"];
const EXPIRIES = ["30", "90", "365", "never"] as const;
const NAME_CHARS_MAX = 100;
const DAY_MS = 86_400_000;

interface NewKeyFormProps {
  owner: KeyOwner;
  onMade: (made: MadeKey) => void;
  onCancel: () => void;
}

export function NewKeyForm({ owner, onMade, onCancel }: NewKeyFormProps) {
  const t = useTexts(texts).keys;
  const k = useTexts(keyTexts);
  const create = useCreateKey(owner);
  const id = useId();
  const [name, setName] = useState("");
  // What most programs need, and no more.
  const [scopes, setScopes] = useState<KeyScope[]>(["models"]);
  const [expiry, setExpiry] = useState<(typeof EXPIRIES)[number]>("90");
  const [limits, setLimits] = useState(NO_LIMITS);
  const [checked, setChecked] = useState(false);
  const [faults, setFaults] = useState<{ name?: string; scopes?: string }>({});

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const called = name.trim();
    const found = {
      name: called ? (called.length > NAME_CHARS_MAX ? t.nameLong : undefined) : t.nameMissing,
      scopes: scopes.length ? undefined : t.scopesMissing,
    };
    setFaults(found);
    setChecked(true);
    if (found.name || found.scopes || faultyRates(limits).size > 0) return;
    const expires_at = expiry === "never" ? null : new Date(Date.now() + Number(expiry) * DAY_MS).toISOString();
    create.mutate(
      { name: called, scopes, expires_at, ...readLimits(limits) },
      { onSuccess: ({ data }) => onMade({ key: data.key, scopes: data.scopes as KeyScope[] }) },
    );
  };
  const errors = { ...fieldErrors(create.error), ...faults };

  return (
    <form onSubmit={submit} noValidate>
      <Field
        label={t.name}
        hint={owner === "me" ? t.nameHint : k.workspace.nameHint}
        value={name}
        required
        error={errors.name}
        onChange={(event) => setName(event.target.value)}
      />
      {owner === "me" && (
        <fieldset className="checks">
          <legend>{t.scopesLabel}</legend>
          {SCOPES.map((scope) => (
            <div key={scope} className="check">
              <input
                id={`${id}-${scope}`}
                type="checkbox"
                aria-describedby={`${id}-${scope}-note`}
                checked={scopes.includes(scope)}
                onChange={({ target }) =>
                  setScopes(target.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope))
                }
              />
              <div>
                <label htmlFor={`${id}-${scope}`}>{t.scopes[scope].label}</label>
                <p id={`${id}-${scope}-note`} className="hint">
                  {t.scopes[scope].note}
                </p>
              </div>
            </div>
          ))}
          {errors.scopes && <p className="wrong">{errors.scopes}</p>}
        </fieldset>
      )}
      <Select
        label={t.expiry}
        value={expiry}
        hint={expiry === "never" ? t.neverHint : undefined}
        onChange={({ target }) => setExpiry(EXPIRIES.find((each) => each === target.value) ?? "90")}
      >
        {EXPIRIES.map((each) => (
          <option key={each} value={each}>
            {t.expiryChoices[each]}
          </option>
        ))}
      </Select>
      <details className="key-more" open={checked && faultyRates(limits).size > 0 ? true : undefined}>
        <summary>{k.limits}</summary>
        <LimitsFields typed={limits} checked={checked} refused={errors} onType={setLimits} />
      </details>
      <FormFoot
        error={create.error}
        beside={errors}
        busy={create.isPending}
        action={create.isPending ? t.creating : t.createAction}
        onCancel={onCancel}
      />
    </form>
  );
}
