/** One row whole, beside the grid: the prompt, what came before it, the earlier answer, and the answer of one model or of all. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { explain } from "../../api/problem";
import type { BatchCell, BatchRow, BatchWithLanes } from "../../api/types";
import { duration, money, number } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { CopyButton } from "../../ui/copy-button";
import { Failed } from "../../ui/failed";
import { Icon, type IconName } from "../../ui/icons";
import { Markdown } from "../../ui/markdown/markdown";
import { SidePanel } from "../../ui/side-panel";
import { Skeleton } from "../../ui/states";
import type { ShownLane } from "./lanes";
import { rowQuery } from "./queries";
import { type Texts, texts } from "./texts";
import "../../ui/markdown/prose.css";

interface RowPanelProps {
  batch: BatchWithLanes;
  lanes: readonly ShownLane[];
  row: number;
  /** Absent: all. */
  lane: number | undefined;
  onShow: (row: number, lane: number | undefined) => void;
  onConversation: (id: string) => void;
  onClose: () => void;
}

export function RowPanel({ batch, lanes, row, lane, onShow, onConversation, onClose }: RowPanelProps) {
  const t = useTexts(texts);
  const query = useQuery({ ...rowQuery(batch.id, row), placeholderData: keepPreviousData });
  const step = (to: number, label: string, icon: IconName) => (
    <button
      type="button"
      className="button quiet icon-only"
      aria-label={label}
      title={label}
      disabled={to < 0 || to >= batch.rows}
      onClick={() => onShow(to, lane)}
    >
      <Icon name={icon} />
    </button>
  );
  const shown = lane === undefined ? lanes : lanes.filter((each) => each.lane === lane);
  return (
    <SidePanel
      label={t.cellPanel}
      title={t.rowNumber(row)}
      actions={
        <>
          {step(row - 1, t.previousRow, "back")}
          {step(row + 1, t.nextRow, "forward")}
        </>
      }
      onClose={onClose}
    >
      {lanes.length > 1 && (
        <label className="row-lane">
          <span>{t.oneModel}</span>
          <select
            value={lane ?? ""}
            onChange={({ target }) => onShow(row, target.value === "" ? undefined : Number(target.value))}
          >
            <option value="">{t.allModels}</option>
            {lanes.map((each) => (
              <option key={each.lane} value={each.lane}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
      )}
      {query.isPending && <Skeleton lines={8} />}
      {query.isError && !query.data && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data && (
        <div className="row-whole" aria-busy={query.isPlaceholderData || undefined}>
          <Question row={query.data} t={t} onConversation={onConversation} />
          <div className="row-answers">
            <Reference row={query.data} replay={batch.source === "conversations"} t={t} />
            {shown.map((each) => (
              <Answer
                key={each.lane}
                lane={each}
                cell={query.data.cells.find((cell) => cell.lane === each.lane)}
                t={t}
              />
            ))}
          </div>
        </div>
      )}
    </SidePanel>
  );
}

interface QuestionProps {
  row: BatchRow;
  t: Texts;
  onConversation: (id: string) => void;
}

function Question({ row, t, onConversation }: QuestionProps) {
  const { prompt, conversation_id: conversation } = row;
  const history = row.history ?? [];
  const variables = Object.entries(row.variables ?? {});
  return (
    <section className="row-question" aria-label={t.prompt}>
      {history.length > 0 && (
        <details>
          <summary>{t.before(history.length)}</summary>
          <ol className="row-history">
            {history.map(({ role, content }, index) => (
              <li key={index}>
                <h3>{t.roles[role] ?? role}</h3>
                <p className="plain">{content}</p>
              </li>
            ))}
          </ol>
        </details>
      )}
      <p className="plain" dir="auto">
        {prompt}
      </p>
      {variables.length > 0 && (
        <details>
          <summary>{t.columns}</summary>
          <dl className="row-columns">
            {variables.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{String(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      {conversation && (
        <button type="button" className="button" onClick={() => onConversation(conversation)}>
          <Icon name="chat" />
          {t.openConversation}
        </button>
      )}
    </section>
  );
}

function Reference({ row, replay, t }: { row: BatchRow; replay: boolean; t: Texts }) {
  const { expected, original_model: model } = row;
  if (!expected) return null;
  const title = model ? t.originalOf(model) : replay ? t.original : t.reference;
  return (
    <section className="row-answer" aria-label={title} data-reference="">
      <header>
        <h3>{title}</h3>
        <CopyButton text={expected} bare />
      </header>
      <Markdown text={expected} />
    </section>
  );
}

function Answer({ lane, cell, t }: { lane: ShownLane; cell: BatchCell | undefined; t: Texts }) {
  if (!cell) return null;
  const { status, text, error, finish_reason: finish, model } = cell;
  return (
    <section className="row-answer" aria-label={lane.name} data-status={status}>
      <header>
        <h3 title={lane.model}>{lane.name}</h3>
        {text && <CopyButton text={text} bare />}
      </header>
      {status === "pending" && <p className="hint">{t.pending}</p>}
      {text && <Markdown text={text} />}
      {status === "done" && !text?.trim() && <p className="hint">{t.noWords}</p>}
      {error != null && <Callout tone="danger">{explain(error)}</Callout>}
      {finish === "length" && <Callout tone="warn">{t.cutOff}</Callout>}
      {model && model !== lane.model && <p className="hint">{t.answeredBy(model)}</p>}
      <Figures cell={cell} t={t} />
    </section>
  );
}

function Figures({ cell, t }: { cell: BatchCell; t: Texts }) {
  const figures: [string, string][] = [
    ...(cell.latency_ms != null ? [[t.latency, duration(cell.latency_ms)] as [string, string]] : []),
    ...(cell.first_token_ms != null ? [[t.firstToken, duration(cell.first_token_ms)] as [string, string]] : []),
    ...(cell.completion_tokens > 0 ? [[t.tokens, t.tokenCount(cell.completion_tokens)] as [string, string]] : []),
    ...(cell.cost_micros > 0 ? [[t.cost, money(cell.cost_micros)] as [string, string]] : []),
    ...(cell.attempts > 1 ? [[t.attempts, number(cell.attempts)] as [string, string]] : []),
  ];
  return (
    <dl className="row-figures">
      {figures.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
