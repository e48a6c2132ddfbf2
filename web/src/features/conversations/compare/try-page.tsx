/**
 * For a visitor who is nobody yet: one question to some of the mock models, side by side. Nothing of it is kept, on the server
 * or here, and no other model is asked. There only while an administrator lets visitors.
 */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, type SyntheticEvent, useState } from "react";
import { explain } from "../../../api/problem";
import { duration, number } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Failed } from "../../../ui/failed";
import { TextArea } from "../../../ui/field";
import { Mark } from "../../../ui/icon";
import { Markdown } from "../../../ui/markdown/markdown";
import { Empty, Skeleton } from "../../../ui/states";
import { type LaneState, speedOf } from "./lanes-state";
import { visitorsQuery } from "./queries";
import { texts } from "./try-texts";
import { useTrial } from "./use-trial";
import "../../../ui/markdown/prose.css";
import "./comparison.css";
import "./try.css";

/** What one question goes to at most, and at first. */
const LANES_MAX = 12;
const LANES_FIRST = 3;
const QUESTION_CHARS_MAX = 4_000;

/** `login` is the way to an account. */
export default function TryPage({ login }: { login: ReactNode }) {
  const t = useTexts(texts);
  const query = useQuery(visitorsQuery);
  return (
    <div className="try">
      <title>{`${t.title} · Stoa`}</title>
      <header className="try-head">
        <span className="try-brand">
          <Mark />
          <span>Stoa</span>
        </span>
        {login}
      </header>
      <main id="main" className="try-main" tabIndex={-1}>
        <h1>{t.title}</h1>
        {query.isPending && <Skeleton lines={6} />}
        {query.isError && !query.data && <Failed error={query.error} onAgain={() => void query.refetch()} />}
        {query.data && !query.data.enabled && (
          <Empty icon="columns" title={t.closed}>
            <p>{t.closedWhy}</p>
          </Empty>
        )}
        {query.data?.enabled && <Trial models={query.data.models} />}
      </main>
    </div>
  );
}

function Trial({ models }: { models: readonly string[] }) {
  const t = useTexts(texts);
  const trial = useTrial();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>(() => models.slice(0, LANES_FIRST));
  const hindrance = chosen.length === 0 ? t.noModel : text.trim() ? "" : t.empty;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!hindrance && !trial.running) trial.ask(text.trim(), chosen);
  };
  const toggle = (model: string, on: boolean) =>
    // In the order in which they are listed, not in that of the clicks.
    setChosen(models.filter((each) => (each === model ? on : chosen.includes(each))));
  return (
    <>
      <p className="try-lead">{t.lead}</p>
      <form className="try-form" onSubmit={submit}>
        <TextArea
          label={t.question}
          maxLength={QUESTION_CHARS_MAX}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <fieldset className="try-models">
          <legend>{t.models(chosen.length, Math.min(LANES_MAX, models.length))}</legend>
          {models.map((model) => (
            <label key={model}>
              <input
                type="checkbox"
                checked={chosen.includes(model)}
                disabled={!chosen.includes(model) && chosen.length >= LANES_MAX}
                onChange={({ target }) => toggle(model, target.checked)}
              />
              {model}
            </label>
          ))}
        </fieldset>
        <div className="try-end">
          {trial.running ? (
            <button type="button" className="button" onClick={trial.stop}>
              {t.stop}
            </button>
          ) : (
            <button type="submit" className="button primary" disabled={hindrance !== ""} title={hindrance || undefined}>
              {t.ask}
            </button>
          )}
        </div>
      </form>
      {trial.error !== undefined && <Callout tone="danger">{explain(trial.error)}</Callout>}
      {trial.models.length > 0 && (
        <section className="try-lanes" aria-label={t.answers}>
          {trial.models.map((model, lane) => (
            <Answer
              // The same model can be asked only once.
              key={model}
              model={model}
              lane={trial.state?.lanes[lane]}
              going={trial.running}
            />
          ))}
        </section>
      )}
    </>
  );
}

function Answer({ model, lane, going }: { model: string; lane: LaneState | undefined; going: boolean }) {
  const t = useTexts(texts);
  const reply = lane?.reply;
  const writing = going && reply?.phase !== "ended";
  return (
    <article className="lane answer" aria-label={t.answerOf(model)} aria-busy={writing || undefined} data-active="">
      <h2>{model}</h2>
      <div className="lane-text">
        {reply?.text && <Markdown text={reply.text} growing={writing} />}
        {writing && !reply?.text && (
          <p className="waiting">
            <span aria-hidden="true" />
            <span aria-hidden="true" />
            <span aria-hidden="true" />
            <span className="sr-only">{t.waiting}</span>
          </p>
        )}
        {!writing && !reply?.text && !reply?.error && <p className="hint">{t.nothing}</p>}
        {reply?.error && <Callout tone="danger">{explain(reply.error)}</Callout>}
      </div>
      <Figures lane={lane} />
    </article>
  );
}

function Figures({ lane }: { lane: LaneState | undefined }) {
  const t = useTexts(texts);
  if (!lane?.facts?.completionTokens) return null;
  const { firstTokenMs, completionTokens } = lane.facts;
  const speed = speedOf(lane.facts);
  return (
    <footer className="lane-foot">
      {firstTokenMs !== null && <span>{t.firstWord(duration(firstTokenMs))}</span>}
      {speed !== null && <span>{t.perSecond(number(Math.round(speed)))}</span>}
      <span>{t.tokens(completionTokens)}</span>
    </footer>
  );
}
