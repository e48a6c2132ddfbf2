/** One prompt with the answers to it: of each the beginning, how it is, what it cost and how long it took. */

import { explain } from "../../api/problem";
import type { BatchCell, BatchRow } from "../../api/types";
import { duration, money } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import type { Open } from "./batch-page";
import { AS } from "./grid-roles";
import type { ShownLane } from "./lanes";
import { texts } from "./texts";

interface GridRowProps {
  index: number;
  top: number;
  /** Absent while it is being read. */
  row: BatchRow | undefined;
  lanes: readonly ShownLane[];
  /** There is a column with earlier answers. */
  reference: boolean;
  going: boolean;
  /** The column that the Tab key reaches. */
  stop: number | undefined;
  open: Open | undefined;
  onFocus: (row: number, column: number) => void;
  onShow: (row: number, lane: number | undefined) => void;
}

export function GridRow(props: GridRowProps) {
  const { index, top, row, lanes, reference, going, stop, open, onFocus, onShow } = props;
  const t = useTexts(texts);
  const isOpen = row !== undefined && open?.row === row.position;
  /** What every cell has: its place, and what opens it. */
  const cell = (column: number, lane?: number) => ({
    tabIndex: stop === column ? 0 : -1,
    "aria-colindex": column + 1,
    "data-open": (isOpen && open?.lane === lane) || undefined,
    onFocus: () => onFocus(index, column),
    onClick: () => row && onShow(row.position, lane),
    onKeyDown: (event: React.KeyboardEvent) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      if (row) onShow(row.position, lane);
    },
  });
  const before = reference ? 2 : 1;
  return (
    <div
      {...AS.row(index + 2, row === undefined)}
      className="grid-row"
      data-open={isOpen || undefined}
      style={{ insetBlockStart: top }}
    >
      <div {...AS.head} className="grid-prompt" {...cell(0)}>
        {row && (
          <>
            <span className="grid-number" aria-hidden="true">
              {row.position + 1}
            </span>
            <span className="grid-text" dir="auto">
              {row.prompt}
            </span>
          </>
        )}
      </div>
      {reference && (
        <div {...AS.cell} {...cell(1)}>
          <span className="grid-text" dir="auto">
            {row?.expected}
          </span>
        </div>
      )}
      {lanes.map(({ lane }, column) => {
        const answer = row?.cells.find((each) => each.lane === lane);
        return (
          <div {...AS.cell} key={lane} data-status={answer?.status} {...cell(column + before, lane)}>
            {answer && <Answer cell={answer} going={going} t={t} />}
          </div>
        );
      })}
    </div>
  );
}

interface AnswerProps {
  cell: BatchCell;
  going: boolean;
  t: ReturnType<typeof texts.now>;
}

function Answer({ cell, going, t }: AnswerProps) {
  const { status, text, error, cost_micros, latency_ms } = cell;
  if (status === "pending")
    return (
      <span className="grid-state" data-going={going || undefined}>
        {t.pending}
      </span>
    );
  return (
    <>
      {status === "failed" ? (
        <span className="grid-text failed">
          <Icon name="warning" />
          <span className="sr-only">{t.failed}</span> {error != null && explain(error)}
        </span>
      ) : (
        <span className="grid-text" dir="auto">
          {text?.trim() || t.noWords}
        </span>
      )}
      <span className="grid-figures">
        {latency_ms != null && <span title={t.latency}>{duration(latency_ms)}</span>}
        {cost_micros > 0 && <span title={t.cost}>{money(cost_micros)}</span>}
      </span>
    </>
  );
}
