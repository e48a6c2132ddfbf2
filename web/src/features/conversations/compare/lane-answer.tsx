/** The answer of one lane: its words as they come, what went wrong in its place, its figures, and what can be done with it. */
import { memo, Suspense, useRef, useState } from "react";
import { explain } from "../../../api/problem";
import type { Citation, Message } from "../../../api/types";
import { duration, money, number } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { CopyButton } from "../../../ui/copy-button";
import { Icon, type IconName } from "../../../ui/icons";
import { Cite, type CiteText } from "../../../ui/markdown/cite";
import { Markdown } from "../../../ui/markdown/markdown";
import { insist, onDemand } from "../../../ui/overlays/lazy";
import { Reasoning } from "../message/reasoning";
import { type LaneFacts, speedOf } from "./lanes-state";
import { texts } from "./texts";
import { useInSight } from "./use-in-sight";
import { useLane } from "./use-lanes";

const sources = onDemand(() => insist(() => import("../citations/sources")));

const NONE: readonly Citation[] = [];
const NO_VERSIONS: readonly Message[] = [];
const CUT_OFF = new Set<string>(["partial", "failed", "cancelled"]);

export interface LaneActions {
  mayWrite: boolean;
  /** Something is being written: nothing else can be begun. */
  busy: boolean;
  again: (message: Message) => void;
  /** Stops one lane, by its run. */
  stop: (run: string) => void;
  /** Absent while nobody may know which model it is. */
  breakOut: ((lane: number) => void) | undefined;
}

interface LaneAnswerProps {
  lane: number;
  name: string;
  /** The one that a phone shows. */
  active: boolean;
  /** Absent when the question did not go to this lane. */
  message: Message | undefined;
  /** All its answers to this question, the oldest first, when there is more than one. */
  versions: readonly Message[] | undefined;
  run: string | undefined;
  searching: boolean;
  actions: LaneActions;
  best: boolean;
  onBest: ((lane: number) => void) | undefined;
}

export const LaneAnswer = memo(function LaneAnswer(props: LaneAnswerProps) {
  const { lane, name, active, message } = props;
  const t = useTexts(texts);
  if (!message)
    return (
      <article className="lane" aria-label={name} data-active={active || undefined} data-empty="">
        <p className="hint">{t.notAsked}</p>
      </article>
    );
  // Written anew, it is the new one that is shown.
  return <Asked {...props} key={`${lane} ${message.id}`} newest={message} />;
});

function Asked(props: LaneAnswerProps & { newest: Message }) {
  const { lane, name, active, newest, versions = NO_VERSIONS, run, searching, actions, best, onBest } = props;
  const t = useTexts(texts);
  const [looked, setLooked] = useState<string>();
  const message = versions.find(({ id }) => id === looked) ?? newest;
  const old = message !== newest;
  const generating = message.status === "generating";
  const article = useRef<HTMLElement>(null);
  const known = useLane(generating ? run : undefined, message.conversation_id, lane, useInSight(article));
  const live = known?.message === message.id ? known : undefined;
  const state = live?.reply;
  const writing = generating && state?.phase !== "ended";
  const text = state?.text || message.content;
  const reasoning = state?.reasoning || message.reasoning;
  const citations = message.citations ?? NONE;
  const [cite, setCite] = useState<CiteText>();
  const outcome = generating ? (state?.outcome ?? "") : message.status;
  const error = state?.error ?? (message.error as { code: string; detail: string } | null | undefined);
  const facts = live?.facts ?? (generating ? null : factsOf(message));
  const stopOne = live?.run ?? message.run_id;
  return (
    <article
      ref={article}
      className="lane answer"
      aria-label={t.answerOf(name)}
      aria-busy={writing || undefined}
      data-active={active || undefined}
      data-best={(best && !old) || undefined}
      data-status={outcome || "generating"}
    >
      <div className="lane-text">
        {reasoning && <Reasoning id={message.id} text={reasoning} growing={writing && !text} />}
        {text && (
          <Cite value={cite}>
            <Markdown text={text} growing={writing} />
          </Cite>
        )}
        {writing && !text && !reasoning && (
          <p className="waiting">
            <span aria-hidden="true" />
            <span aria-hidden="true" />
            <span aria-hidden="true" />
            {searching ? <em>{t.searching}</em> : <span className="sr-only">{t.waiting}</span>}
          </p>
        )}
        {citations.length > 0 && (
          <Suspense>
            <sources.Component citations={citations} writing={writing} onCite={setCite} />
          </Suspense>
        )}
        {!writing && (CUT_OFF.has(outcome) || error) && (
          <Callout
            tone={outcome === "cancelled" ? "quiet" : text ? "warn" : "danger"}
            actions={
              actions.mayWrite &&
              !old && (
                <button type="button" className="button" disabled={actions.busy} onClick={() => actions.again(message)}>
                  {t.tryAgain}
                </button>
              )
            }
          >
            {explain(outcome === "cancelled" ? CANCELLED : (error ?? INTERRUPTED))}
          </Callout>
        )}
      </div>
      <footer className="lane-foot">
        <Figures facts={facts} writing={writing} waiting={writing && !text && !reasoning} />
        {old && <span className="lane-old">{t.doesNotCount}</span>}
        <span className="lane-tools">
          {versions.length > 1 && (
            <Versions name={name} versions={versions} shown={message} onShow={({ id }) => setLooked(id)} />
          )}
          {writing && stopOne && actions.mayWrite && (
            <Tool label={t.stopOne(name)} icon="stop" onClick={() => actions.stop(stopOne)} />
          )}
          {!writing && (
            <>
              {text && <CopyButton text={text} bare />}
              {actions.mayWrite && !old && (
                <Tool
                  label={t.again(name)}
                  icon="again"
                  disabled={actions.busy}
                  onClick={() => actions.again(message)}
                />
              )}
              {actions.breakOut && actions.mayWrite && !old && (
                <Tool
                  label={t.breakOut(name)}
                  icon="branch"
                  disabled={actions.busy}
                  onClick={() => actions.breakOut?.(lane)}
                />
              )}
              {onBest && !old && (
                <button
                  type="button"
                  className="button lane-best"
                  aria-pressed={best}
                  aria-label={t.bestOf(name)}
                  title={t.bestNote}
                  onClick={() => onBest(lane)}
                >
                  <Icon name="check" />
                  {t.best}
                </button>
              )}
            </>
          )}
        </span>
      </footer>
    </article>
  );
}

const CANCELLED = { code: "cancelled", detail: "" };
const INTERRUPTED = { code: "interrupted", detail: "" };

function factsOf(message: Message): LaneFacts {
  return {
    completionTokens: message.completion_tokens,
    costMicros: message.cost_micros,
    firstTokenMs: message.first_token_ms ?? null,
    latencyMs: message.latency_ms ?? null,
  };
}

interface FiguresProps {
  facts: LaneFacts | null;
  writing: boolean;
  waiting: boolean;
}

function Figures({ facts, writing, waiting }: FiguresProps) {
  const t = useTexts(texts);
  if (!facts) return <span className="lane-state">{waiting ? t.states.waiting : writing ? t.states.writing : ""}</span>;
  const speed = speedOf(facts);
  const figures: [string, string][] = [
    ...(facts.firstTokenMs !== null ? [[t.firstToken, duration(facts.firstTokenMs)] as [string, string]] : []),
    ...(speed !== null ? [[t.speed, t.perSecond(number(Math.round(speed)))] as [string, string]] : []),
    ...(facts.completionTokens > 0 ? [[t.tokens, t.tokenCount(facts.completionTokens)] as [string, string]] : []),
    ...(facts.costMicros > 0 ? [[t.cost, money(facts.costMicros)] as [string, string]] : []),
  ];
  return (
    <dl className="lane-figures">
      {figures.map(([label, value]) => (
        <div key={label} title={label}>
          <dt className="sr-only">{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface VersionsProps {
  name: string;
  versions: readonly Message[];
  shown: Message;
  onShow: (message: Message) => void;
}

/** Leads to what the lane had answered before, and back. */
function Versions({ name, versions, shown, onShow }: VersionsProps) {
  const t = useTexts(texts);
  const at = versions.indexOf(shown);
  const step = (label: string, icon: IconName, to: Message | undefined) => (
    <Tool label={label} icon={icon} disabled={!to} onClick={() => to && onShow(to)} />
  );
  return (
    <span className="lane-versions">
      {step(t.earlierOf(name), "back", versions[at - 1])}
      <span>{t.versionOf(at + 1, versions.length)}</span>
      {step(t.laterOf(name), "forward", versions[at + 1])}
    </span>
  );
}

interface ToolProps {
  label: string;
  icon: IconName;
  disabled?: boolean;
  onClick: () => void;
}

function Tool({ label, icon, disabled, onClick }: ToolProps) {
  return (
    <button
      type="button"
      className="button quiet icon-only"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
