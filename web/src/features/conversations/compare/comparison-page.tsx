/**
 * A comparison: its questions, each with the answers of all lanes beside each other, and the box for the next one. The lanes are
 * columns of one grid that scrolls both ways; on a phone one of them is shown, and a row of tabs or a swipe leads to the others.
 */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { address } from "../../../api/client";
import { namesOfLanes } from "../../../api/lane-names";
import { ApiError, explain } from "../../../api/problem";
import type { CastVote, Collection, Lane, Model, Preferences, Workspace } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Failed } from "../../../ui/failed";
import { Icon } from "../../../ui/icons";
import { Menu, type MenuEntry } from "../../../ui/menu";
import { onDemand } from "../../../ui/overlays/lazy";
import { Skeleton } from "../../../ui/states";
import type { Drawing } from "../composer/attachments/port";
import { Composer } from "../composer/composer";
import { followsStill, type Look } from "../follow";
import { texts as commonTexts } from "../header/texts";
import { Title } from "../header/title";
import { useChange } from "../header/use-change";
import { useDeleteWithUndo } from "../list/list-queries";
import { type LaneActions, LaneAnswer } from "./lane-answer";
import { LaneChoice } from "./lane-choice";
import {
  type Comparison,
  comparisonQuery,
  useAgain,
  useBreakOut,
  usePrompt,
  useReveal,
  useStopRun,
  useVote,
} from "./queries";
import { texts } from "./texts";
import { castVote, type Turn, turnsOf, verdictOf } from "./turns";
import { useRun } from "./use-lanes";
import { useSwipe } from "./use-swipe";
import { VoteBar } from "./vote-bar";
import "../../../ui/markdown/prose.css";
import "../conversations.css";
import "../message/message.css";
import "./comparison.css";

/** Lanes that stand beside each other without scrolling, where there is room. */
const FEW = 4;

const confirm = onDemand(() => import("../../../ui/confirm"));

interface ComparisonPageProps {
  workspace: string;
  id: string;
  role: Workspace["role"];
  models: readonly Model[];
  sendWith: Preferences["send_with"];
  drawing: Drawing;
  /** Leads to a conversation that has just come into being. */
  onStarted: (id: string) => void;
  /** Leads away from one that has been put away. */
  onGone: () => void;
  /** Leads to the standings of the workspace. */
  onLeaderboard: () => void;
}

export default function ComparisonPage(props: ComparisonPageProps) {
  const query = useQuery(comparisonQuery(props.id));
  const t = useTexts(texts);
  if (query.data) return <Known {...props} {...query.data} />;
  return (
    <div className="conversation">
      <title>{`${t.comparison} · Stoa`}</title>
      {query.isPending ? <Skeleton lines={8} /> : <Failed error={query.error} onAgain={() => void query.refetch()} />}
    </div>
  );
}

type KnownProps = ComparisonPageProps & { data: Comparison; messages: Parameters<typeof turnsOf>[0] };

function Known(props: KnownProps) {
  const { workspace, id, data, messages, models, onStarted } = props;
  const t = useTexts(texts);
  const lanes = data.lanes ?? [];
  const run = data.active_run_id ?? undefined;
  const { searching, error } = useRun(run, id);
  const mayWrite = props.role !== "observer";
  const hidden = (data.blind ?? false) && !data.revealed_at;
  const turns = useMemo(() => turnsOf(messages), [messages]);
  const names = useMemo(() => namesOfLanes(lanes, models), [lanes, models]);

  const prompt = usePrompt(id);
  const { mutate: again } = useAgain(id);
  const stop = useStopRun();
  const { mutate: breakOut } = useBreakOut(workspace, id);
  const { mutate: vote } = useVote(id);
  const { mutate: stopNow } = stop;
  const [to, setTo] = useState<readonly number[]>();
  const [active, setActive] = useState(0);
  const place = useFollowing(turns.length);
  const heads = useActiveInSight(active);
  const swipe = useSwipe((step) => setActive((now) => Math.min(lanes.length - 1, Math.max(0, now + step))));

  const { mutateAsync: ask } = prompt;
  const { toEnd } = place;
  const onSend = useCallback(
    async (content: string, collection: Collection | undefined) => {
      toEnd();
      await ask({ content, collection, lanes: to ? [...to] : undefined });
      return { id };
    },
    [ask, id, to, toEnd],
  );
  const onStop = useMemo(() => (run ? () => stopNow(run) : undefined), [run, stopNow]);
  const actions = useMemo<LaneActions>(
    () => ({
      mayWrite,
      busy: run !== undefined,
      again: (message) => again(message),
      stop: (lane) => stopNow(lane),
      breakOut: hidden ? undefined : (lane) => breakOut(lane, { onSuccess: onStarted }),
    }),
    [mayWrite, run, again, stopNow, breakOut, hidden, onStarted],
  );
  const onVote = useCallback((message: string, next: CastVote | null) => vote({ message, vote: next }), [vote]);
  const picker = useMemo(
    () => (lanes.length > 1 ? <LaneChoice names={names} chosen={to} onChoose={setTo} /> : null),
    [lanes.length, names, to],
  );

  return (
    <div className="conversation comparison" style={{ "--lanes": lanes.length } as React.CSSProperties}>
      <title>{`${data.title || t.comparison} · Stoa`}</title>
      <Header {...props} hidden={hidden} mayWrite={mayWrite} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <section className="lanes-scroller" aria-label={t.answers} tabIndex={0} {...place.scroller} {...swipe}>
        <div className="lanes-content" ref={place.content} data-few={lanes.length <= FEW || undefined}>
          <nav ref={heads} className="lane-heads" aria-label={t.lanes}>
            {lanes.map((lane, index) => (
              <LaneHead
                key={lane.lane}
                lane={lane}
                name={names[index] ?? ""}
                active={index === active}
                onSelect={() => setActive(index)}
              />
            ))}
          </nav>
          {turns.map((turn) => (
            <TurnRow
              key={turn.question.id}
              turn={turn}
              lanes={lanes}
              names={names}
              active={active}
              run={run}
              searching={searching}
              actions={actions}
              revealedAt={data.revealed_at ?? undefined}
              onVote={onVote}
            />
          ))}
        </div>
      </section>
      <div className="dock">
        {error && !(error instanceof ApiError && error.status === 404) && (
          <Callout tone="danger">{explain(error)}</Callout>
        )}
        {prompt.isError && <Callout tone="danger">{explain(prompt.error)}</Callout>}
        {mayWrite ? (
          <Composer
            workspace={workspace}
            conversation={id}
            onSend={onSend}
            onType={prompt.isError ? prompt.reset : undefined}
            onStop={onStop}
            stopping={stop.isPending}
            obstacle={prompt.isPending ? "busy" : undefined}
            sendWith={props.sendWith}
            lastQuestion={turns.at(-1)?.question.content}
            picker={picker}
            drawing={props.drawing}
          />
        ) : (
          <p className="observer">{t.readOnly}</p>
        )}
      </div>
    </div>
  );
}

/** On a phone the heads are tabs in a row that is longer than the screen: a swipe brings that of the next lane along. */
function useActiveInSight(active: number) {
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    const head = row.current?.children[active];
    if (!row.current || !(head instanceof HTMLElement)) return;
    row.current.scrollTo({ left: head.offsetLeft - (row.current.clientWidth - head.offsetWidth) / 2 });
  }, [active]);
  return row;
}

interface LaneHeadProps {
  lane: Lane;
  name: string;
  active: boolean;
  onSelect: () => void;
}

function LaneHead({ lane, name, active, onSelect }: LaneHeadProps) {
  const t = useTexts(texts);
  const { temperature, max_tokens, system_prompt } = lane.settings ?? {};
  const notes = [
    ...(temperature != null ? [t.temperatureIs(temperature)] : []),
    ...(max_tokens != null ? [t.tokensMax(max_tokens)] : []),
    ...(system_prompt ? [t.ownPrompt] : []),
  ];
  return (
    <button type="button" className="lane-head" aria-pressed={active} onClick={onSelect}>
      <span className="lane-name" title={lane.model ? `${name} (${lane.model})` : name}>
        {name}
      </span>
      {notes.length > 0 && <span className="lane-note">{notes.join(" · ")}</span>}
    </button>
  );
}

interface TurnRowProps {
  turn: Turn;
  lanes: readonly Lane[];
  names: readonly string[];
  active: number;
  run: string | undefined;
  searching: boolean;
  actions: LaneActions;
  revealedAt: string | undefined;
  onVote: (message: string, vote: CastVote | null) => void;
}

function TurnRow({ turn, lanes, names, active, run, searching, actions, revealedAt, onVote }: TurnRowProps) {
  const t = useTexts(texts);
  const { question, answers, versions } = turn;
  const written = Object.values(answers);
  // What has no word is not voted on.
  const said = written.flatMap(({ lane, content }) => (content && typeof lane === "number" ? lane : []));
  const going = written.some(({ status }) => status === "generating");
  // Whoever knows the names votes for names.
  const locked = revealedAt !== undefined && question.created_at <= revealedAt;
  const marked = question.vote?.lanes ?? [];
  const mayVote = actions.mayWrite && !going && !locked && said.length > 1;
  const toggle = (lane: number) => {
    const next = verdictOf(marked.includes(lane) ? marked.filter((each) => each !== lane) : [...marked, lane]);
    onVote(question.id, next ? castVote(question.vote, next) : null);
  };
  return (
    <article className="lanes-turn">
      <div className="lanes-question">
        <div className="question" dir="auto">
          <p className="plain">{question.content}</p>
        </div>
        {question.lanes && question.lanes.length < lanes.length && (
          <p className="lanes-to">{t.askedOnly(question.lanes.map((lane) => names[lane] ?? ""))}</p>
        )}
      </div>
      <div className="lanes-answers">
        {lanes.map(({ lane }, index) => (
          <LaneAnswer
            key={lane}
            lane={lane}
            name={names[index] ?? ""}
            active={index === active}
            message={answers[lane]}
            versions={versions[lane]}
            run={run}
            searching={searching}
            actions={actions}
            best={question.vote?.verdict !== "all_bad" && marked.includes(lane)}
            onBest={mayVote && said.includes(lane) ? toggle : undefined}
          />
        ))}
      </div>
      {(mayVote || question.vote) && (
        <VoteBar
          key={question.vote ? "voted" : "open"}
          vote={question.vote ?? null}
          names={names}
          lanes={said}
          onVote={mayVote ? (next) => onVote(question.id, next) : undefined}
        />
      )}
    </article>
  );
}

function Header(props: KnownProps & { hidden: boolean; mayWrite: boolean }) {
  const { workspace, id, data, hidden, mayWrite, onGone } = props;
  const t = useTexts(texts);
  const common = useTexts(commonTexts);
  const change = useChange(workspace);
  const remove = useDeleteWithUndo(workspace);
  const reveal = useReveal(id);
  const [renaming, setRenaming] = useState(false);
  const [asking, setAsking] = useState(false);
  const { title } = data;
  const save = (format: string): MenuEntry => ({
    label: t.exportAs[format as keyof typeof t.exportAs],
    icon: "download",
    onSelect: () => {
      const link = document.createElement("a");
      link.href = address("/api/conversations/{conversation}/export", { conversation: id }, { format });
      link.download = "";
      link.click();
    },
  });
  const entries = (): MenuEntry[] => [
    { label: t.leaderboard, icon: "columns", onSelect: props.onLeaderboard },
    "separator",
    ...["markdown", "html", "pdf", "json"].map(save),
    ...(mayWrite
      ? ([
          "separator",
          { label: common.rename, icon: "pencil", onSelect: () => setRenaming(true) },
          {
            label: common.delete,
            icon: "trash",
            danger: true,
            onSelect: () => {
              remove({ id, title });
              onGone();
            },
          },
        ] as const)
      : []),
  ];
  return (
    <header className="conversation-head">
      <Title
        title={title || t.comparison}
        editing={renaming}
        onEdit={mayWrite ? () => setRenaming(true) : undefined}
        onSave={(next) => {
          setRenaming(false);
          if (next && next !== title) change({ id, title: next });
        }}
        onCancel={() => setRenaming(false)}
      />
      {hidden && mayWrite && (
        <button
          type="button"
          className="button"
          disabled={reveal.isPending || Boolean(data.active_run_id)}
          {...confirm.intent}
          onClick={() => setAsking(true)}
        >
          <Icon name="eye" />
          {t.reveal}
        </button>
      )}
      <Menu
        label={t.menu}
        button={<Icon name="more" />}
        buttonClass="button quiet icon-only"
        entries={entries}
        align="end"
      />
      {asking && (
        <Suspense>
          <confirm.Component
            title={t.revealTitle}
            danger={false}
            action={t.reveal}
            onConfirm={() => reveal.mutateAsync()}
            onClose={() => setAsking(false)}
          >
            {t.revealNote}
          </confirm.Component>
        </Suspense>
      )}
    </header>
  );
}

/** Stays at the end while the answers grow, as long as the reader is there (`../follow.ts`). */
function useFollowing(turns: number) {
  const view = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const last = useRef<Look>({ top: 0, height: 0, view: 0 });
  const look = useCallback((): Look => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = view.current ?? {};
    return { top: scrollTop, height: scrollHeight, view: clientHeight };
  }, []);
  const toEnd = useCallback(() => {
    const element = view.current;
    if (!element) return;
    follows.current = true;
    element.scrollTop = element.scrollHeight;
    last.current = look();
  }, [look]);
  useEffect(() => {
    // The first question is read from its beginning; a further one is where its answers are.
    if (turns > 1) toEnd();
    else follows.current = false;
  }, [turns, toEnd]);
  useEffect(() => {
    if (!content.current) return;
    const observer = new ResizeObserver(() => follows.current && toEnd());
    observer.observe(content.current);
    return () => observer.disconnect();
  }, [toEnd]);
  const onScroll = () => {
    const now = look();
    follows.current = followsStill(follows.current, last.current, now);
    last.current = now;
  };
  return { scroller: { ref: view, onScroll }, content, toEnd };
}
