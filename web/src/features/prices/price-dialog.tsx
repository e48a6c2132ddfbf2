/** Sets a price or changes one. Loaded on demand. */
import { type FormEvent, useId, useState } from "react";
import { ApiError, fieldErrors } from "../../api/problem";
import type { Model, Price } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { FormFoot } from "../../ui/form-foot";
import { NumberField } from "../../ui/number-field";
import { Segments } from "../../ui/segments";
import { showToast } from "../../ui/toast";
import { AMOUNT_MAX } from "./amount";
import { bodyOf, changeOf, type Draft, EXAMPLE, type Fault, faultsOf, NOTE_MAX, PATTERN_MAX } from "./draft";
import { named } from "./patterns";
import { useCreatePrice, useUpdatePrice } from "./queries";
import { type Texts, texts } from "./texts";

interface PriceDialogProps {
  /** What it begins with. */
  first: Draft;
  /** The one to change; absent for a new one. */
  price: Price | undefined;
  /** Those that a pattern may name. */
  models: readonly Model[];
  onClose: () => void;
}

export default function PriceDialog({ first, price, models, onClose }: PriceDialogProps) {
  const t = useTexts(texts);
  const create = useCreatePrice();
  const update = useUpdatePrice();
  const sending = price ? update : create;
  const [draft, setDraft] = useState(first);
  const [checked, setChecked] = useState(false);
  const faults = faultsOf(draft);
  const errors = errorsOf(t, checked ? faults : new Set(), sending.error);
  const set = (change: Partial<Draft>) => {
    setDraft({ ...draft, ...change });
    if (sending.isError) sending.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (faults.size > 0) return;
    const onSuccess = () => {
      showToast({ text: t.saved });
      onClose();
    };
    if (price) update.mutate({ id: price.id, change: changeOf(draft, price) }, { onSuccess });
    else create.mutate(bodyOf(draft), { onSuccess });
  };
  return (
    <Dialog title={price ? t.changeTitle : t.create} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <PatternField draft={draft} models={models} error={errors.pattern} set={set} />
        <WhenFields draft={draft} error={errors.from} set={set} />
        <AmountFields draft={draft} errors={errors} set={set} />
        <Field
          label={t.note}
          placeholder={t.notePlaceholder}
          maxLength={NOTE_MAX}
          autoComplete="off"
          value={draft.note}
          onChange={({ target }) => set({ note: target.value })}
        />
        {price && price.state !== "future" && <Callout tone="quiet">{t.begunNote}</Callout>}
        <FormFoot
          error={sending.error}
          beside={errors}
          busy={sending.isPending}
          action={price ? undefined : t.setPrice}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}

interface PartProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
}

function PatternField({ draft, models, error, set }: PartProps & { models: readonly Model[]; error?: string }) {
  const t = useTexts(texts);
  const list = useId();
  return (
    <>
      <Field
        label={t.pattern}
        hint={matched(t, models, draft.pattern) ?? t.patternHint}
        placeholder={EXAMPLE}
        error={error}
        list={list}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={draft.pattern}
        onChange={({ target }) => set({ pattern: target.value })}
      />
      <datalist id={list}>
        {models.map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </>
  );
}

const NAMED_MAX = 3;

/** Which models that are. */
function matched(t: Texts, models: readonly Model[], pattern: string): string | undefined {
  if (!pattern.trim()) return undefined;
  const found = named(models, pattern);
  if (found.length === 0) return t.noModel;
  const names = found.slice(0, NAMED_MAX).map(({ id }) => id);
  const said = t.matches(names.join(", "), found.length - names.length);
  const own = found.filter(({ price_source }) => price_source === "connection").length;
  return own > 0 ? `${said}. ${t.ownPrices(own)}` : said;
}

const WHEN = ["now", "date"] as const;

function WhenFields({ draft, error, set }: PartProps & { error?: string }) {
  const t = useTexts(texts);
  return (
    <>
      <Segments
        label={t.when}
        options={WHEN}
        labels={t.whenChoices}
        value={draft.when}
        onChoose={(when) => set({ when })}
      />
      {draft.when === "date" && (
        <Field
          type="datetime-local"
          label={t.date}
          hint={t.dateHint}
          error={error}
          value={draft.from}
          onChange={({ target }) => set({ from: target.value })}
        />
      )}
    </>
  );
}

const FIGURES = ["input", "output", "cachedInput", "cacheWrite"] as const;

function AmountFields({ draft, errors, set }: PartProps & { errors: Partial<Record<Fault, string>> }) {
  const t = useTexts(texts);
  const hints = { cachedInput: t.cachedInputHint, cacheWrite: t.cacheWriteHint };
  return (
    <fieldset className="price-fields">
      <legend>{t.amounts}</legend>
      <div className="price-figures">
        {FIGURES.map((name) => (
          <NumberField
            key={name}
            label={t[name]}
            hint={name in hints ? hints[name as keyof typeof hints] : undefined}
            placeholder={name in hints ? t.asInput : undefined}
            error={errors[name]}
            value={draft[name]}
            onType={(text) => set({ [name]: text })}
          />
        ))}
      </div>
    </fieldset>
  );
}

const API_FIELDS: Record<string, Fault> = {
  pattern: "pattern",
  valid_from: "from",
  input_micros: "input",
  output_micros: "output",
  cached_input_micros: "cachedInput",
  cache_write_micros: "cacheWrite",
};

/** A sentence for each field that is wrong: by the page's own check, else in the words of the server. */
function errorsOf(t: Texts, faults: ReadonlySet<Fault>, error: unknown): Partial<Record<Fault, string>> {
  const amount = t.amountWrong(AMOUNT_MAX);
  const own: Record<Fault, string> = {
    pattern: t.patternWrong(PATTERN_MAX),
    from: t.dateMissing,
    input: amount,
    output: amount,
    cachedInput: amount,
    cacheWrite: amount,
  };
  const taken = error instanceof ApiError && error.code === "already_exists";
  const said = taken ? { valid_from: t.dateTaken } : fieldErrors(error);
  return {
    ...Object.fromEntries(
      Object.entries(said).flatMap(([field, message]) => (API_FIELDS[field] ? [[API_FIELDS[field], message]] : [])),
    ),
    ...Object.fromEntries([...faults].map((fault) => [fault, own[fault]])),
  };
}
