/** How long things are kept. What would be deleted by a shorter time is asked about first: it can not be got back. */
import { type FormEvent, Suspense, useState } from "react";
import { explain, fieldErrors } from "../../api/problem";
import type { Retention } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { NumberField } from "../../ui/number-field";
import { onDemand } from "../../ui/overlays/lazy";
import { Panel } from "../../ui/panel";
import { useUpdateRetention } from "./queries";
import { changedRetention, DAYS_MAX, KEPT, type Kept, readRetention, shortened, typedRetention } from "./retained";
import { texts } from "./retention-texts";

const confirm = onDemand(() => import("../../ui/confirm"));

export function RetentionPanel({ now }: { now: Retention }) {
  const t = useTexts(texts);
  return (
    <Panel title={t.title} about={t.about}>
      {/* What somebody else has saved is what one begins with. */}
      <RetentionForm key={JSON.stringify(now)} now={now} />
    </Panel>
  );
}

function RetentionForm({ now }: { now: Retention }) {
  const t = useTexts(texts);
  const update = useUpdateRetention();
  const [typed, setTyped] = useState(() => typedRetention(now));
  const [checked, setChecked] = useState(false);
  const [asking, setAsking] = useState(false);
  const read = readRetention(typed);
  const change = changedRetention(now, read);
  const wrong = (name: Kept) => read[name] === undefined;
  const faulty = KEPT.some(wrong);
  const refused = fieldErrors(update.error);
  const fewer = shortened(now, change);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (faulty || Object.keys(change).length === 0) return;
    if (fewer.length > 0) setAsking(true);
    else update.mutate(change);
  };
  return (
    <form className="bounds" onSubmit={submit} noValidate>
      {KEPT.map((name) => (
        <NumberField
          whole
          key={name}
          label={t.kept[name].label}
          hint={t.kept[name].hint}
          placeholder={t.forever}
          value={typed[name]}
          error={checked && wrong(name) ? t.between(DAYS_MAX) : refused[`retention.${name}`]}
          onType={(text) => setTyped({ ...typed, [name]: text })}
        />
      ))}
      {update.isError && Object.keys(refused).length === 0 && <Callout tone="danger">{explain(update.error)}</Callout>}
      <div className="bounds-end">
        <button
          type="submit"
          className="button primary"
          {...confirm.intent}
          disabled={update.isPending || (!faulty && Object.keys(change).length === 0)}
        >
          {t.save}
        </button>
      </div>
      {asking && (
        <Suspense>
          <confirm.Component
            title={t.askTitle}
            action={t.askAction}
            onConfirm={() => update.mutateAsync(change)}
            onClose={() => setAsking(false)}
          >
            <p>{t.askText}</p>
            <ul className="deleted">
              {fewer.map((name) => (
                <li key={name}>{t.kept[name].deleted(change[name] ?? 0)}</li>
              ))}
            </ul>
          </confirm.Component>
        </Suspense>
      )}
    </form>
  );
}
