/** When alerts are raised: a switch for all, and a form with the bounds. */
import { type FormEvent, useState } from "react";
import { explain, fieldErrors } from "../../api/problem";
import type { Thresholds } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Switch } from "../../ui/field";
import { NumberField } from "../../ui/number-field";
import { Panel } from "../../ui/panel";
import { texts } from "./alert-texts";
import { BOUND_NAMES, BOUNDS, type Bound, changedBounds, readBound } from "./bounds";
import { useUpdateThresholds } from "./queries";

export function AlertBounds({ now }: { now: Thresholds }) {
  const t = useTexts(texts);
  const update = useUpdateThresholds();
  return (
    <Panel title={t.title} about={t.about}>
      <Switch
        label={t.watch}
        hint={t.watchHint}
        checked={now.enabled}
        onChange={(enabled) => update.mutate({ enabled })}
      />
      {update.isError && <Callout tone="danger">{explain(update.error)}</Callout>}
      {/* What somebody else has saved is what one begins with. */}
      {now.enabled && <BoundsForm key={JSON.stringify(now)} now={now} />}
    </Panel>
  );
}

function BoundsForm({ now }: { now: Thresholds }) {
  const t = useTexts(texts);
  const update = useUpdateThresholds();
  const [typed, setTyped] = useState(() => eachBound((name) => String(now[name])));
  const [checked, setChecked] = useState(false);
  const read = eachBound((name) => readBound(name, typed[name]));
  const change = isComplete(read) ? changedBounds(now, read) : undefined;
  const refused = fieldErrors(update.error);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (change && Object.keys(change).length > 0) update.mutate(change);
  };
  const fault = (name: Bound) => {
    const { least, most, whole } = BOUNDS[name];
    if (checked && read[name] === undefined) return t.between(least, most, whole);
    return refused[`alerts.${name}`];
  };
  return (
    <form className="bounds" onSubmit={submit} noValidate>
      {BOUND_NAMES.map((name) => (
        <NumberField
          key={name}
          whole={BOUNDS[name].whole}
          label={t.bounds[name].label}
          hint={t.bounds[name].hint}
          error={fault(name)}
          value={typed[name]}
          onType={(text) => setTyped({ ...typed, [name]: text })}
        />
      ))}
      {update.isError && <Callout tone="danger">{explain(update.error)}</Callout>}
      <div className="bounds-end">
        <button
          type="submit"
          className="button primary"
          disabled={update.isPending || (change !== undefined && Object.keys(change).length === 0)}
        >
          {t.saveBounds}
        </button>
      </div>
    </form>
  );
}

function eachBound<T>(of: (name: Bound) => T): Record<Bound, T> {
  return Object.fromEntries(BOUND_NAMES.map((name) => [name, of(name)])) as Record<Bound, T>;
}

function isComplete(read: Record<Bound, number | undefined>): read is Record<Bound, number> {
  return BOUND_NAMES.every((name) => read[name] !== undefined);
}
