/**
 * A short list whose order somebody chooses: dragged by its handle, with a finger too, or moved by the arrow keys while the handle has
 * the focus. What moved is said aloud. Rows are about as high as each other.
 */
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "./icons";
import { texts } from "./sortable-texts";
import "./sortable.css";

interface SortableProps<T> {
  label: string;
  items: readonly T[];
  keyOf: (item: T) => number;
  nameOf: (item: T, index: number) => string;
  onMove: (from: number, to: number) => void;
  children: (item: T, index: number) => ReactNode;
}

export function Sortable<T>({ label, items, keyOf, nameOf, onMove, children }: SortableProps<T>) {
  const t = useTexts(texts);
  const list = useRef<HTMLOListElement>(null);
  const [dragged, setDragged] = useState<number>();
  const [said, setSaid] = useState("");
  const refocus = useRef<number>(undefined);

  const move = (from: number, to: number) => {
    const item = items[from];
    if (item === undefined || to < 0 || to >= items.length || from === to) return;
    setSaid(t.moved(nameOf(item, from), to + 1, items.length));
    onMove(from, to);
  };
  const onKeyDown = (event: KeyboardEvent, index: number, key: number) => {
    const to = target(event.key, index, items.length);
    if (to === undefined) return;
    event.preventDefault();
    // What is moved in the document loses the focus.
    refocus.current = key;
    move(index, to);
  };
  useLayoutEffect(() => {
    const index = items.findIndex((item) => keyOf(item) === refocus.current);
    refocus.current = undefined;
    handles(list.current)[index]?.focus();
  }, [items, keyOf]);

  const dragTo = useRef((_y: number) => {});
  useEffect(() => {
    dragTo.current = (y) => {
      const from = items.findIndex((item) => keyOf(item) === dragged);
      const others = rows(list.current).filter((_, index) => index !== from);
      move(from, others.filter((row) => middle(row) < y).length);
    };
  });
  useEffect(() => {
    if (dragged === undefined) return;
    // Not the handle: it would lose the pointer when it is moved in the document.
    const onPointerMove = ({ clientY }: PointerEvent) => dragTo.current(clientY);
    const end = () => setDragged(undefined);
    globalThis.addEventListener("pointermove", onPointerMove);
    globalThis.addEventListener("pointerup", end);
    globalThis.addEventListener("pointercancel", end);
    return () => {
      globalThis.removeEventListener("pointermove", onPointerMove);
      globalThis.removeEventListener("pointerup", end);
      globalThis.removeEventListener("pointercancel", end);
    };
  }, [dragged]);

  return (
    <>
      <ol ref={list} className="sortable" aria-label={label}>
        {items.map((item, index) => {
          const key = keyOf(item);
          const name = t.handle(nameOf(item, index), index + 1, items.length);
          return (
            <li key={key} data-dragged={key === dragged || undefined}>
              <button
                type="button"
                className="button quiet icon-only sortable-handle"
                aria-label={name}
                title={name}
                disabled={items.length < 2}
                onKeyDown={(event) => onKeyDown(event, index, key)}
                onPointerDown={(event) => {
                  if (event.button === 0) setDragged(key);
                }}
              >
                <Icon name="grip" />
              </button>
              {children(item, index)}
            </li>
          );
        })}
      </ol>
      <p className="sr-only" role="status">
        {said}
      </p>
    </>
  );
}

function target(pressed: string, index: number, count: number): number | undefined {
  switch (pressed) {
    case "ArrowUp":
      return index - 1;
    case "ArrowDown":
      return index + 1;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

function rows(list: HTMLElement | null): Element[] {
  return [...(list?.children ?? [])];
}

function handles(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>(".sortable-handle") ?? [])];
}

function middle(row: Element): number {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}
