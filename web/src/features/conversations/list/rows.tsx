/**
 * The rows of the list, virtualised: what is in sight is in the document, the rest is a number. Pages are fetched ahead while
 * one scrolls. One row is reached by the Tab key, the others from it by arrow keys.
 */
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { Conversation } from "../../../api/types";
import { month } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { useShortcutNote } from "../../../ui/shortcuts";
import type { Entry, Group } from "./group";
import { Row, type RowActions } from "./row";
import { type Texts, texts } from "./texts";

interface RowsProps {
  entries: readonly Entry[];
  slug: string;
  me: string;
  selected: string | undefined;
  mayWrite: boolean;
  q: string;
  onRename: (row: Conversation, title: string) => void;
  onChange: RowActions["change"];
  onRemove: (row: Conversation) => void;
  onReplay: (row: Conversation) => void;
  /** The reader comes near the end of what is there. */
  onNearEnd: () => void;
  /** Above the first row: the field above the list takes the focus. */
  onAbove: () => void;
}

/** Rows that should be there beyond those in sight. */
const AHEAD = 40;

export function Rows(props: RowsProps) {
  const { entries, slug, me, selected, mayWrite, q, onNearEnd } = props;
  const t = useTexts(texts);
  const handle = useRef<VirtualizerHandle>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<string>();
  const [renaming, setRenaming] = useState<string>();
  const [above, setAbove] = useState<Group>();
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  const indexOf = useMemo(() => {
    const found = new Map<string, number>();
    entries.forEach((entry, index) => {
      if (entry.kind === "row") found.set(entry.row.id, index);
    });
    return found;
  }, [entries]);
  const stop = indexOf.get(at ?? "") ?? indexOf.get(selected ?? "") ?? entries.findIndex((each) => each.kind === "row");

  const focusRow = useCallback((id: string) => {
    const index = latest.current.entries.findIndex((entry) => entry.kind === "row" && entry.row.id === id);
    if (index < 0) return;
    // Mounted first, wherever it is; then it can take the focus.
    flushSync(() => setAt(id));
    // With its heading, when it is the first of a group.
    const heading = latest.current.entries[index - 1]?.kind === "heading";
    if (heading) handle.current?.scrollToIndex(index - 1, { align: "nearest" });
    handle.current?.scrollToIndex(index, { align: "nearest" });
    frame.current?.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus({ preventScroll: true });
  }, []);

  const actions = useMemo<RowActions>(
    () => ({
      focused: setAt,
      rename: setRenaming,
      renamed: (row, title) => {
        setRenaming(undefined);
        if (title && title !== row.title) latest.current.onRename(row, title);
        // Only when nothing else has been chosen meanwhile.
        setTimeout(() => {
          if (document.activeElement === document.body) focusRow(row.id);
        });
      },
      change: (row, change) => latest.current.onChange(row, change),
      replay: (row) => latest.current.onReplay(row),
      remove: (row) => {
        const next = neighbour(latest.current.entries, row.id);
        latest.current.onRemove(row);
        if (next) setTimeout(() => focusRow(next));
      },
    }),
    [focusRow],
  );

  const look = useCallback(() => {
    const view = handle.current;
    if (!view) return;
    const { entries: all } = latest.current;
    const first = view.findItemIndex(view.scrollOffset);
    const last = view.findItemIndex(view.scrollOffset + view.viewportSize);
    const stuck = view.scrollOffset > 4 ? groupAt(all, first) : undefined;
    setAbove(stuck);
    if (last + AHEAD >= all.length) latest.current.onNearEnd();
  }, []);
  useEffect(look, [look, entries.length, onNearEnd]);

  // A conversation that was opened from elsewhere is brought into sight.
  const known = selected !== undefined && indexOf.has(selected);
  useEffect(() => {
    const index = known ? latest.current.entries.findIndex((e) => e.kind === "row" && e.row.id === selected) : -1;
    if (index > 0) handle.current?.scrollToIndex(index, { align: "nearest" });
  }, [known, selected]);

  useShortcutNote("arrowup+arrowdown", t.help.move, t.help.group);
  useShortcutNote("enter", t.help.open, t.help.group);
  useShortcutNote("f2", t.help.rename, t.help.group);
  useShortcutNote("delete", t.help.delete, t.help.group);

  const onKeyDown = (event: KeyboardEvent) => {
    const link = event.target instanceof HTMLElement ? event.target.closest("[data-row]") : null;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const index = indexOf.get(link?.getAttribute("data-row") ?? "");
    const entry = index === undefined ? undefined : entries[index];
    if (index === undefined || entry?.kind !== "row") return;
    const to = target(event.key, entries, index, handle.current?.viewportSize ?? 0);
    if (event.key === "ArrowUp" && to === undefined) props.onAbove();
    else if (to) focusRow(to);
    else if (event.key === "F2" && mayWrite) setRenaming(entry.row.id);
    else if ((event.key === "Delete" || event.key === "Backspace") && mayWrite) actions.remove(entry.row);
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside have the focus; this is where their keys arrive.
    <div ref={frame} className="list-frame" onKeyDown={onKeyDown}>
      {above && (
        <div className="list-above list-heading" aria-hidden="true">
          {groupName(above, t)}
        </div>
      )}
      <div className="list-scroll">
        <Virtualizer
          ref={handle}
          as="ul"
          item="li"
          data={entries}
          keepMounted={stop >= 0 ? [stop] : undefined}
          onScroll={look}
          onResize={look}
        >
          {(entry) =>
            entry.kind === "heading" ? (
              <h2 key={entry.group} className="list-heading">
                {groupName(entry.group, t)}
              </h2>
            ) : (
              <Row
                key={entry.row.id}
                row={entry.row}
                slug={slug}
                selected={entry.row.id === selected}
                stop={indexOf.get(entry.row.id) === stop}
                renaming={entry.row.id === renaming}
                foreign={entry.row.user_id !== me}
                mayWrite={mayWrite}
                q={q}
                actions={actions}
              />
            )
          }
        </Virtualizer>
      </div>
    </div>
  );
}

function groupName(group: Group, t: Texts): string {
  if (group in t.groups) return t.groups[group as keyof Texts["groups"]];
  const [year = 0, number = 1] = group.split("-").map(Number);
  return month(new Date(year, number - 1), year !== new Date().getFullYear());
}

function groupAt(entries: readonly Entry[], index: number): Group | undefined {
  for (let place = index; place >= 0; place -= 1) {
    const entry = entries[place];
    if (entry?.kind === "heading") return entry.group;
  }
  return undefined;
}

const ROW_PX = 36;

/** The row to which a key leads from the one at `index`. */
function target(key: string, entries: readonly Entry[], index: number, height: number): string | undefined {
  const jump = Math.max(1, Math.floor(height / ROW_PX) - 1);
  switch (key) {
    case "ArrowDown":
      return rowFrom(entries, index + 1, 1);
    case "ArrowUp":
      return rowFrom(entries, index - 1, -1);
    case "PageDown":
      return rowFrom(entries, Math.min(index + jump, entries.length - 1), -1);
    case "PageUp":
      return rowFrom(entries, Math.max(index - jump, 0), 1);
    case "Home":
      return rowFrom(entries, 0, 1);
    case "End":
      return rowFrom(entries, entries.length - 1, -1);
    default:
      return undefined;
  }
}

function rowFrom(entries: readonly Entry[], start: number, step: 1 | -1): string | undefined {
  for (let index = start; index >= 0 && index < entries.length; index += step) {
    const entry = entries[index];
    if (entry?.kind === "row") return entry.row.id;
  }
  return undefined;
}

function neighbour(entries: readonly Entry[], id: string): string | undefined {
  const index = entries.findIndex((entry) => entry.kind === "row" && entry.row.id === id);
  return rowFrom(entries, index + 1, 1) ?? rowFrom(entries, index - 1, -1);
}
