/** Where a comparison begins: who is asked, whether their names are hidden, and what. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, Suspense, type SyntheticEvent, useState } from "react";
import { explain } from "../../../api/problem";
import type { Model, ModelChoice } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Switch } from "../../../ui/field";
import { Icon } from "../../../ui/icons";
import { Menu, type MenuEntry } from "../../../ui/menu";
import { onDemand } from "../../../ui/overlays/lazy";
import { Place } from "../../../ui/place";
import { keepText, readText } from "../../../ui/storage";
import { LANES_MAX, ModelSet } from "./model-set";
import { presetsQuery, useCompare, useDeletePreset, useSavePreset } from "./queries";
import { texts } from "./start-texts";
import "./start.css";

const confirm = onDemand(() => import("../../../ui/confirm"));

interface StartPageProps {
  workspace: string;
  models: readonly Model[];
  mayWrite: boolean;
  /** The list of models, in a popover that closes when one was chosen. */
  renderModels: (onChoose: (model: string) => void) => ReactNode;
  onStarted: (id: string) => void;
  leaderboard: ReactNode;
}

export default function StartPage(props: StartPageProps) {
  const { workspace, models, mayWrite, renderModels, onStarted, leaderboard } = props;
  const t = useTexts(texts);
  const [chosen, setChosen] = useChosen(workspace, models);
  const [blind, setBlind] = useState(false);
  const [text, setText] = useState(() => readText(draftName(workspace)));
  const compare = useCompare(workspace);
  const usable = chosen.filter(({ model }) => models.some(({ id, available }) => id === model && available));
  const hindrance =
    chosen.length < 2 ? t.tooFew : usable.length < chosen.length ? t.unusable : text.trim() ? "" : t.empty;

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (hindrance || compare.isPending) return;
    compare.mutate(
      { prompt: text.trim(), models: [...chosen], blind },
      {
        onSuccess: ({ conversation }) => {
          keepText(draftName(workspace), "");
          onStarted(conversation.id);
        },
      },
    );
  };

  return (
    <Place title={t.title} actions={leaderboard}>
      <form className="compare-start" onSubmit={submit}>
        <p className="compare-lead">{t.lead}</p>
        <section aria-label={t.models}>
          <header className="compare-part">
            <h2>{t.models}</h2>
            <span className="hint">{t.count(chosen.length, LANES_MAX)}</span>
            <Presets workspace={workspace} chosen={chosen} mayWrite={mayWrite} onChoose={setChosen} />
          </header>
          <ModelSet models={models} chosen={chosen} onChange={setChosen} renderModels={renderModels} />
        </section>
        <Switch label={t.blind} hint={t.blindNote} checked={blind} onChange={setBlind} />
        <div className="compare-ask">
          <label htmlFor="compare-prompt">{t.prompt}</label>
          <textarea
            id="compare-prompt"
            rows={5}
            placeholder={t.placeholder}
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              keepText(draftName(workspace), target.value);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
            }}
          />
        </div>
        {compare.isError && <Callout tone="danger">{explain(compare.error)}</Callout>}
        <div className="compare-end">
          {hindrance && <span className="hint">{hindrance}</span>}
          <button
            type="submit"
            className="button primary large"
            disabled={!mayWrite || Boolean(hindrance) || compare.isPending}
          >
            <Icon name="columns" />
            {compare.isPending ? t.beginning : t.compare}
          </button>
        </div>
      </form>
    </Place>
  );
}

const draftName = (workspace: string) => `draft:compare:${workspace}`;

/** The models of the last comparison of this browser, else the first two that can be used. */
function useChosen(workspace: string, models: readonly Model[]) {
  const name = `compare:${workspace}`;
  const [chosen, setChosen] = useState<readonly ModelChoice[]>(() => {
    const kept = readKept(name).filter(({ model }) => models.some(({ id }) => id === model));
    if (kept.length > 0) return kept;
    return models
      .filter(({ available }) => available)
      .slice(0, 2)
      .map(({ id }) => ({ model: id }));
  });
  const change = (next: readonly ModelChoice[]) => {
    keepText(name, JSON.stringify(next));
    setChosen(next.slice(0, LANES_MAX));
  };
  return [[...chosen], change] as const;
}

function readKept(name: string): ModelChoice[] {
  try {
    const kept: unknown = JSON.parse(readText(name) || "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each?.model === "string") : [];
  } catch {
    return [];
  }
}

interface PresetsProps {
  workspace: string;
  chosen: readonly ModelChoice[];
  mayWrite: boolean;
  onChoose: (models: readonly ModelChoice[]) => void;
}

function Presets({ workspace, chosen, mayWrite, onChoose }: PresetsProps) {
  const t = useTexts(texts);
  const { data: presets = [] } = useQuery(presetsQuery(workspace));
  const save = useSavePreset(workspace);
  const remove = useDeletePreset(workspace);
  const [removing, setRemoving] = useState<{ id: string; name: string }>();
  const [naming, setNaming] = useState<string>();
  const known = presets.find(({ models }) => JSON.stringify(models) === JSON.stringify(chosen));
  const entries = (): MenuEntry[] => [
    ...presets.map(({ id, name, models }) => ({
      label: name,
      note: t.presetOf(models.length),
      checked: id === known?.id,
      onSelect: () => onChoose(models),
    })),
    ...(presets.length > 0 && mayWrite ? (["separator"] as const) : []),
    ...(mayWrite
      ? ([
          { label: t.savePreset, icon: "plus", disabled: chosen.length === 0, onSelect: () => setNaming("") },
          ...(known
            ? ([
                { label: t.deletePreset(known.name), icon: "trash", danger: true, onSelect: () => setRemoving(known) },
              ] as const)
            : []),
        ] as const)
      : []),
  ];
  if (naming !== undefined)
    return (
      // Within the form of the comparison: Enter in the field names the set and begins nothing.
      <span className="preset-name">
        <input
          aria-label={t.presetName}
          placeholder={t.presetName}
          maxLength={100}
          value={naming}
          // The reader has just asked for it.
          // biome-ignore lint/a11y/noAutofocus: see above.
          autoFocus
          onChange={({ target }) => setNaming(target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setNaming(undefined);
            if (event.key !== "Enter") return;
            event.preventDefault();
            if (naming.trim())
              save.mutate({ name: naming.trim(), models: [...chosen] }, { onSuccess: () => setNaming(undefined) });
          }}
        />
        {save.isError && <span className="wrong">{explain(save.error)}</span>}
      </span>
    );
  return (
    <>
      <Menu
        label={t.presets}
        worded
        button={
          <>
            {known?.name ?? t.presets}
            <Icon name="chevron" />
          </>
        }
        buttonClass="button quiet"
        entries={entries}
        align="end"
      />
      {removing && (
        <Suspense>
          <confirm.Component
            title={t.deletePresetTitle(removing.name)}
            action={t.deletePresetAction}
            onConfirm={() => remove.mutateAsync(removing.id)}
            onClose={() => setRemoving(undefined)}
          >
            <p>{t.deletePresetText}</p>
          </confirm.Component>
        </Suspense>
      )}
    </>
  );
}
