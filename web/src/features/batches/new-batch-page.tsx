/** Where a batch is made: what is asked, of whom, how, and what that will cost. */
import { type ReactNode, type SyntheticEvent, useState } from "react";
import { explain, fieldErrors } from "../../api/problem";
import type { Batch, Model, ModelChoice, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Field, TextArea } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { Place } from "../../ui/place";
import { Segments } from "../../ui/segments";
import { keepText, readText } from "../../ui/storage";
import {
  bodyOf,
  CELLS_MAX,
  CONCURRENCY_MAX,
  type Draft,
  EMPTY,
  type Hindrance,
  hindranceOf,
  KINDS,
  LAST_MAX,
  promptsOf,
  rowsOf,
} from "./draft";
import { EstimateBox } from "./estimate-box";
import { useBegin } from "./queries";
import { type Texts, texts } from "./start-texts";
import { TablePart } from "./table-part";
import { unknownPlaces } from "./template";
import "./batches.css";
import "./new-batch.css";

const LANES_MAX = 12;

export type Change = (change: Partial<Draft>) => void;

interface NewBatchPageProps {
  workspace: Workspace;
  models: readonly Model[];
  /** Conversations that were chosen elsewhere to be asked again. */
  ids: readonly string[];
  renderModelSet: (chosen: readonly ModelChoice[], onChange: (chosen: readonly ModelChoice[]) => void) => ReactNode;
  onStarted: (batch: Batch) => void;
  onBack: () => void;
}

export default function NewBatchPage(props: NewBatchPageProps) {
  const { workspace, models, ids, renderModelSet, onStarted, onBack } = props;
  const t = useTexts(texts);
  const [draft, change] = useDraft(workspace.id, models, ids);
  const begin = useBegin(workspace.id);
  const hindrance = hindranceOf(draft, models);
  const mayWrite = workspace.role !== "observer";
  const wrong = fieldErrors(begin.error);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (hindrance || begin.isPending || !mayWrite) return;
    begin.mutate(bodyOf(draft), { onSuccess: onStarted });
  };

  return (
    <Place
      title={t.title}
      before={
        <button type="button" className="button quiet icon-only" aria-label={t.back} title={t.back} onClick={onBack}>
          <Icon name="back" />
        </button>
      }
    >
      <form className="new-batch" onSubmit={submit}>
        <p className="new-batch-lead">{t.lead}</p>
        <Field
          label={t.name}
          placeholder={t.nameNone}
          maxLength={120}
          error={wrong.name}
          value={draft.name}
          onChange={({ target }) => change({ name: target.value })}
        />
        <section className="new-batch-part" aria-label={t.what}>
          <h2>{t.what}</h2>
          <Segments
            label={t.what}
            options={KINDS}
            labels={t.kinds}
            value={draft.kind}
            onChoose={(kind) => change({ kind })}
          />
          {draft.kind === "prompts" && (
            <TextArea
              label={t.prompts}
              placeholder={t.promptsPlaceholder}
              rows={8}
              hint={t.promptCount(promptsOf(draft.prompts).length)}
              value={draft.prompts}
              onChange={({ target }) => change({ prompts: target.value })}
            />
          )}
          {draft.kind === "table" && <TablePart draft={draft} change={change} />}
          {draft.kind === "conversations" && <ConversationsPart draft={draft} change={change} t={t} />}
        </section>
        <section className="new-batch-part" aria-label={t.models}>
          <header>
            <h2>{t.models}</h2>
            <span className="hint">{t.modelCount(draft.models.length, LANES_MAX)}</span>
          </header>
          {renderModelSet(draft.models, (chosen) => change({ models: chosen.slice(0, LANES_MAX) }))}
        </section>
        <MoreSettings draft={draft} change={change} t={t} />
        <EstimateBox workspace={workspace.id} draft={draft} ready={mayWrite && hindrance === undefined} />
        {begin.isError && <Callout tone="danger">{explain(begin.error)}</Callout>}
        <div className="new-batch-end">
          {hindrance && <span className="hint">{sayHindrance(t, hindrance, draft)}</span>}
          <button
            type="submit"
            className="button primary large"
            disabled={!mayWrite || hindrance !== undefined || begin.isPending}
          >
            <Icon name="play" />
            {begin.isPending ? t.starting : t.start}
          </button>
        </div>
      </form>
    </Place>
  );
}

/** The models of the last batch of this browser, else the first that can be used. */
function useDraft(workspace: string, models: readonly Model[], ids: readonly string[]): [Draft, Change] {
  const name = `batch:${workspace}`;
  const [draft, setDraft] = useState<Draft>(() => {
    const kept = readKept(name).filter(({ model }) => models.some(({ id }) => id === model));
    const first = models.filter(({ available }) => available).slice(0, 1);
    const chosen = kept.length > 0 ? kept : first.map(({ id }) => ({ model: id }));
    return { ...EMPTY, ids, kind: ids.length > 0 ? "conversations" : EMPTY.kind, models: chosen };
  });
  const change: Change = (next) => {
    if (next.models) keepText(name, JSON.stringify(next.models));
    setDraft((known) => ({ ...known, ...next }));
  };
  return [draft, change];
}

function readKept(name: string): ModelChoice[] {
  try {
    const kept: unknown = JSON.parse(readText(name) || "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each?.model === "string") : [];
  } catch {
    return [];
  }
}

function sayHindrance(t: Texts, hindrance: Hindrance, draft: Draft): string {
  if (hindrance === "tooMany") return t.tooMany(rowsOf(draft) * draft.models.length, CELLS_MAX);
  if (hindrance === "unknownColumn") return t.unknown(unknownPlaces(draft.template, draft.table.header));
  return t.hindrances[hindrance];
}

interface PartProps {
  draft: Draft;
  change: Change;
  t: Texts;
}

function ConversationsPart({ draft, change, t }: PartProps) {
  if (draft.ids.length > 0)
    return (
      <div className="new-batch-chosen">
        <p>{t.chosen(draft.ids.length)}</p>
        <button type="button" className="button" onClick={() => change({ ids: [] })}>
          {t.lastInstead}
        </button>
      </div>
    );
  return (
    <Field
      type="number"
      label={t.last}
      hint={t.lastHint}
      min={1}
      max={LAST_MAX}
      step={1}
      value={draft.last}
      onChange={({ target }) => change({ last: target.value })}
    />
  );
}

function MoreSettings({ draft, change, t }: PartProps) {
  return (
    <details className="new-batch-more">
      <summary>{t.more}</summary>
      <div className="new-batch-numbers">
        <Field
          type="number"
          label={t.temperature}
          placeholder={t.temperatureNone}
          min={0}
          max={2}
          step={0.1}
          value={draft.temperature}
          onChange={({ target }) => change({ temperature: target.value })}
        />
        <Field
          type="number"
          label={t.maxTokens}
          min={1}
          max={16_000}
          step={1}
          value={draft.maxTokens}
          onChange={({ target }) => change({ maxTokens: target.value })}
        />
        <Field
          type="number"
          label={t.concurrency}
          hint={t.concurrencyHint(CONCURRENCY_MAX)}
          min={1}
          max={CONCURRENCY_MAX}
          step={1}
          value={draft.concurrency}
          onChange={({ target }) => change({ concurrency: target.value })}
        />
      </div>
      <TextArea
        label={t.system}
        hint={draft.kind === "table" ? t.systemColumns : undefined}
        maxLength={20_000}
        value={draft.system}
        onChange={({ target }) => change({ system: target.value })}
      />
    </details>
  );
}
