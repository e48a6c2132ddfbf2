/** What may be uploaded: how large a file is, and of which types. */
import { type FormEvent, useState } from "react";
import { explain, fieldErrors } from "../../api/problem";
import type { UploadLimits } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Field, Select } from "../../ui/field";
import { NumberField } from "../../ui/number-field";
import { Panel } from "../../ui/panel";
import { changedLimits, GIB_MAX, readSize, typedOf, UNITS, type Unit } from "./limits";
import { useUpdateUploads } from "./queries";
import { texts } from "./upload-texts";

export function UploadLimitsPanel({ now }: { now: UploadLimits }) {
  const t = useTexts(texts);
  return (
    <Panel title={t.title} about={t.about}>
      {/* What somebody else has saved is what one begins with. */}
      <LimitsForm key={JSON.stringify(now)} now={now} />
    </Panel>
  );
}

function LimitsForm({ now }: { now: UploadLimits }) {
  const t = useTexts(texts);
  const update = useUpdateUploads();
  const [typed, setTyped] = useState(() => typedOf(now));
  const [checked, setChecked] = useState(false);
  const change = changedLimits(now, typed);
  const changes = Object.keys(change).length > 0;
  const wrong = readSize(typed) === undefined;
  const refused = Object.entries(fieldErrors(update.error));
  const fault = (name: string) => refused.find(([field]) => field.startsWith(`uploads.${name}`))?.[1];

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (changes && !wrong) update.mutate(change);
  };
  return (
    <form className="limits" onSubmit={submit} noValidate>
      <div className="limits-size">
        <NumberField
          label={t.size}
          hint={t.sizeHint}
          error={checked && wrong ? t.between(GIB_MAX) : fault("max_bytes")}
          value={typed.size}
          onType={(text) => setTyped({ ...typed, size: text })}
        />
        <Select
          label={t.unit}
          value={typed.unit}
          onChange={({ target }) => setTyped({ ...typed, unit: target.value as Unit })}
        >
          {Object.keys(UNITS).map((unit) => (
            <option key={unit}>{unit}</option>
          ))}
        </Select>
      </div>
      <Field
        label={t.allowed}
        hint={t.allowedHint}
        placeholder={t.all}
        error={fault("allowed_types")}
        spellCheck={false}
        autoCapitalize="none"
        value={typed.allowed}
        onChange={({ target }) => setTyped({ ...typed, allowed: target.value })}
      />
      <Field
        label={t.refused}
        hint={t.refusedHint}
        placeholder={t.none}
        error={fault("refused_types")}
        spellCheck={false}
        autoCapitalize="none"
        value={typed.refused}
        onChange={({ target }) => setTyped({ ...typed, refused: target.value })}
      />
      {update.isError && refused.length === 0 && <Callout tone="danger">{explain(update.error)}</Callout>}
      <div className="bounds-end">
        <button type="submit" className="button primary" disabled={update.isPending || (!changes && !wrong)}>
          {t.save}
        </button>
      </div>
    </form>
  );
}
