/** Where a comparison begins: who is asked, whether their names are hidden, and what. */
import { lazy, type ReactNode, Suspense, type SyntheticEvent, useState } from "react";
import { explain } from "../../../api/problem";
import type { Model, ModelChoice } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Switch } from "../../../ui/field";
import { Icon } from "../../../ui/icons";
import { Place } from "../../../ui/place";
import { keepText, readText } from "../../../ui/storage";
import type { Drawing } from "../composer/attachments/port";
import { Draws, useDraws } from "../composer/draws";
import { texts as composerTexts } from "../composer/texts";
import { texts as commonTexts } from "../texts";
import { firstChoice } from "./first-choice";
import { LANES_MAX, ModelSet } from "./model-set";
import { Presets } from "./presets";
import { useCompare } from "./queries";
import { texts } from "./start-texts";
import "../conversations.css";
import "./start.css";

const LanesCost = lazy(() => import("./lanes-cost"));

interface StartPageProps {
  workspace: string;
  models: readonly Model[];
  /** The one that would answer in a new conversation. */
  usual: string | undefined;
  mayWrite: boolean;
  drawing: Drawing;
  /** The list of models, in a popover that closes when one was chosen. */
  renderModels: (onChoose: (model: string) => void) => ReactNode;
  onStarted: (id: string) => void;
  leaderboard: ReactNode;
}

export default function StartPage({ mayWrite, leaderboard, ...props }: StartPageProps) {
  const t = useTexts(texts);
  const common = useTexts(commonTexts);
  return (
    <Place title={t.title} actions={leaderboard}>
      {mayWrite ? <StartForm {...props} /> : <p className="observer">{common.readOnly}</p>}
    </Place>
  );
}

type StartFormProps = Omit<StartPageProps, "mayWrite" | "leaderboard">;

function StartForm({ workspace, models, usual, drawing, renderModels, onStarted }: StartFormProps) {
  const t = useTexts(texts);
  const composer = useTexts(composerTexts);
  const [chosen, setChosen] = useChosen(workspace, models, usual);
  const [blind, setBlind] = useState(false);
  const [text, setText] = useState(() => readText(draftName(workspace)));
  const draws = useDraws(drawing);
  const compare = useCompare(workspace);
  const usable = chosen.filter(({ model }) => models.some(({ id, available }) => id === model && available));
  const hindrance = [
    ...(chosen.length < 2 ? [t.tooFew] : []),
    ...(usable.length < chosen.length ? [t.unusable] : []),
    ...(text.trim() ? [] : [t.empty]),
    ...(draws.attached.waiting ? [composer.uploading] : []),
  ][0];

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (hindrance || compare.isPending) return;
    setChosen(chosen);
    compare.mutate(
      { prompt: text.trim(), models: [...chosen], blind, collection: draws.collection },
      {
        onSuccess: ({ conversation }) => {
          keepText(draftName(workspace), "");
          onStarted(conversation.id);
        },
      },
    );
  };

  return (
    <form ref={draws.form} className="compare-start" onSubmit={submit}>
      <p className="compare-lead">{t.lead}</p>
      <section aria-label={t.models}>
        <header className="compare-part">
          <h2>{t.models}</h2>
          <span className="hint">{t.count(chosen.length, LANES_MAX)}</span>
          <Presets workspace={workspace} chosen={chosen} onChoose={setChosen} />
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
        <div className="compare-draws">
          <Draws drawing={drawing} draws={draws} />
          {draws.collection && <span className="hint">{t.drawsOn}</span>}
        </div>
      </div>
      {compare.isError && <Callout tone="danger">{explain(compare.error)}</Callout>}
      <div className="compare-end">
        {text.trim() && chosen.length > 0 && (
          <Suspense>
            <LanesCost workspace={workspace} text={text.trim()} chosen={chosen} />
          </Suspense>
        )}
        {hindrance && <span className="hint">{hindrance}</span>}
        <button type="submit" className="button primary large" disabled={Boolean(hindrance) || compare.isPending}>
          <Icon name="columns" />
          {compare.isPending ? t.beginning : t.compare}
        </button>
      </div>
    </form>
  );
}

const draftName = (workspace: string) => `draft:compare:${workspace}`;

/** The models, kept in this browser for the next comparison. */
function useChosen(workspace: string, models: readonly Model[], usual: string | undefined) {
  const name = `compare:${workspace}`;
  const [chosen, setChosen] = useState<readonly ModelChoice[]>(() => firstChoice(models, readText(name), usual));
  const change = (next: readonly ModelChoice[]) => {
    keepText(name, JSON.stringify(next));
    setChosen(next.slice(0, LANES_MAX));
  };
  return [[...chosen], change] as const;
}
