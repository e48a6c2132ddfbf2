/** What most routes do without: how long is waited, and a second model beside a slow first one. */
import { useTexts } from "../../i18n/use-texts";
import { Field, Switch } from "../../ui/field";
import type { Draft, FieldName } from "./draft";
import { texts } from "./texts";

interface MoreFieldsProps {
  draft: Draft;
  errors: Partial<Record<FieldName, string>>;
  set: (change: Partial<Draft>) => void;
}

export function MoreFields({ draft, errors, set }: MoreFieldsProps) {
  const t = useTexts(texts);
  return (
    <>
      <div className="route-three">
        <Field
          inputMode="decimal"
          autoComplete="off"
          label={t.seconds}
          hint={t.secondsHint}
          placeholder={t.unlimited}
          error={errors.firstToken}
          value={draft.firstToken}
          onChange={({ target }) => set({ firstToken: target.value })}
        />
        <Field
          inputMode="decimal"
          autoComplete="off"
          label={t.timeout}
          hint={t.timeoutHint}
          placeholder={t.noLimit}
          error={errors.timeout}
          value={draft.timeout}
          onChange={({ target }) => set({ timeout: target.value })}
        />
        <Field
          inputMode="numeric"
          autoComplete="off"
          label={t.retries}
          hint={t.retriesHint}
          placeholder={t.noRetries}
          error={errors.retries}
          value={draft.retries}
          onChange={({ target }) => set({ retries: target.value })}
        />
      </div>
      <Switch label={t.hedge} hint={t.hedgeHint} checked={draft.hedge} onChange={(hedge) => set({ hedge })} />
      {draft.hedge && (
        <div className="route-three">
          <Field
            inputMode="decimal"
            autoComplete="off"
            label={t.hedgeAfter}
            error={errors.hedge}
            value={draft.hedgeAfter}
            onChange={({ target }) => set({ hedgeAfter: target.value })}
          />
        </div>
      )}
    </>
  );
}
