/**
 * The grid of a batch: a row for each prompt, a column for each model, its head with what the answers add up to. Rows have one height,
 * so that only those in sight are in the document and read from the server, however many there are. One cell is reached by the
 * Tab key, the others from it by arrow keys; Enter opens.
 */

import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { BatchWithLanes } from "../../api/types";
import { duration, money } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { useShortcutNote } from "../../ui/shortcuts";
import type { Open } from "./batch-page";
import { type Place, placeAfter } from "./grid-keys";
import { AS } from "./grid-roles";
import { GridRow } from "./grid-row";
import type { ShownLane } from "./lanes";
import type { RowFilter } from "./queries";
import { type Texts, texts } from "./texts";
import { useRows } from "./use-rows";

/** The height of a row, as `grid.css` has it. */
const ROW_REM = 6.75;
/** Rows above and below those in sight. */
const AHEAD = 4;

interface GridProps {
  batch: BatchWithLanes;
  lanes: readonly ShownLane[];
  filter: RowFilter | undefined;
  /** What the column with earlier answers is called; absent when there is none. */
  reference: string | undefined;
  open: Open | undefined;
  onShow: (row: number, lane: number | undefined) => void;
}

export function Grid({ batch, lanes, filter, reference, open, onShow }: GridProps) {
  const t = useTexts(texts);
  const frame = useRef<HTMLDivElement>(null);
  const [rowPx] = useState(() => ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
  const view = useView(frame, rowPx);
  const [at, setAt] = useState<Place>({ row: 0, column: 1 });
  const rows = useRows(batch, filter, { first: Math.max(0, view.first - AHEAD), last: view.last + AHEAD });
  const { total } = rows;
  const columns = lanes.length + (reference ? 2 : 1);
  const stop = { row: Math.min(at.row, Math.max(0, total - 1)), column: Math.min(at.column, columns - 1) };
  // The one that the keyboard is on stays in the document.
  const indices = withStop(Math.max(0, view.first - AHEAD), Math.min(total - 1, view.last + AHEAD), stop.row, total);

  // What is open beside is in sight here, as long as one knows where it stands.
  const shown = filter ? undefined : open?.row;
  useEffect(() => {
    if (shown !== undefined && frame.current) bringIntoSight(frame.current, shown, rowPx);
  }, [shown, rowPx]);

  useShortcutNote("arrowup+arrowdown", t.help.move, t.help.group);
  useShortcutNote("enter", t.help.open, t.help.group);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey || event.shiftKey) return;
    const size = { rows: total, columns, page: view.last - view.first };
    const to = placeAfter(event.key, stop, size, event.ctrlKey);
    if (!to) return;
    event.preventDefault();
    // In the document first, wherever it is; then it can take the focus, which brings it into sight.
    flushSync(() => setAt(to));
    frame.current?.querySelector<HTMLElement>('[role="row"] [tabindex="0"]')?.focus();
  };
  const focus = useCallback((row: number, column: number) => setAt({ row, column }), []);

  return (
    <div ref={frame} className="grid-scroll">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its cells have the focus; this is where their keys arrive. */}
      <div
        {...AS.grid(t.grid, total + 1, columns)}
        className="grid"
        tabIndex={-1}
        style={{ "--lanes": lanes.length + (reference ? 1 : 0) } as React.CSSProperties}
        onKeyDown={onKeyDown}
      >
        <Head lanes={lanes} reference={reference} t={t} />
        <div {...AS.group} className="grid-body" style={{ blockSize: total * rowPx }}>
          {indices.map((index) => (
            <GridRow
              key={index}
              index={index}
              top={index * rowPx}
              row={rows.at(index)}
              lanes={lanes}
              reference={reference !== undefined}
              going={batch.status === "running"}
              stop={stop.row === index ? stop.column : undefined}
              open={open}
              onFocus={focus}
              onShow={onShow}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function withStop(first: number, last: number, stop: number, total: number): number[] {
  const shown = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  if (stop < first && stop < total) return [stop, ...shown];
  return stop > last && stop < total ? [...shown, stop] : shown;
}

function bringIntoSight(frame: HTMLElement, row: number, rowPx: number): void {
  const head = frame.querySelector<HTMLElement>(".grid-head")?.offsetHeight ?? 0;
  const least = head + (row + 1) * rowPx - frame.clientHeight;
  frame.scrollTop = Math.min(row * rowPx, Math.max(least, frame.scrollTop));
}

interface View {
  first: number;
  last: number;
}

/** The rows in sight. */
function useView(frame: React.RefObject<HTMLDivElement | null>, rowPx: number): View {
  const [view, setView] = useState<View>({ first: 0, last: 10 });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const look = () => {
      const first = Math.floor(element.scrollTop / rowPx);
      const last = first + Math.ceil(element.clientHeight / rowPx);
      setView((known) => (known.first === first && known.last === last ? known : { first, last }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [frame, rowPx]);
  return view;
}

interface HeadProps {
  lanes: readonly ShownLane[];
  reference: string | undefined;
  t: Texts;
}

function Head({ lanes, reference, t }: HeadProps) {
  return (
    <div {...AS.row(1)} className="grid-head">
      <div {...AS.column} className="grid-prompt">
        <strong>{t.prompt}</strong>
      </div>
      {reference && (
        <div {...AS.column}>
          <strong>{reference}</strong>
        </div>
      )}
      {lanes.map(({ lane, name, model, settings, totals }) => (
        <div {...AS.column} key={lane}>
          <strong title={model}>{name}</strong>
          {settings && <span className="grid-note">{notesOf(settings, t).join(" · ")}</span>}
          {totals && (
            <span className="grid-note">
              {t.perLane(totals.done, totals.failed)}
              {totals.latency_ms != null && <> · {t.mean(duration(totals.latency_ms))}</>}
              {totals.cost_micros > 0 && <> · {money(totals.cost_micros)}</>}
            </span>
          )}
        </div>
      ))}
    </div>
  );
}

function notesOf({ temperature, max_tokens, system_prompt }: NonNullable<ShownLane["settings"]>, t: Texts): string[] {
  return [
    ...(temperature != null ? [t.temperatureIs(temperature)] : []),
    ...(max_tokens != null ? [t.tokensMax(max_tokens)] : []),
    ...(system_prompt ? [t.ownPrompt] : []),
  ];
}
