/**
 * The place of the reader in a list that grows at both ends: at its end and following it, or somewhere above and left alone.
 *
 * The list is virtual: heights are guesses until a message is measured, and `virtua` keeps what is in view where it is when a
 * guess above it is corrected. This hook does the rest: it goes to the end when the list opens and whenever it grows while the
 * reader is there (`follow.ts`), and brings back the place in which a conversation was left in this visit.
 */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import type { Message } from "../../api/types";
import { followsStill, type Look } from "./follow";

/** Where a conversation was left: the message at the top of the view, and how far into it. The end, when it is not here. */
const left = new Map<string, { message: string; into: number }>();

export function usePlace(
  name: string | undefined,
  messages: readonly Message[],
  list: RefObject<VirtualizerHandle | null>,
) {
  const scroller = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const last = useRef<Look>({ top: 0, height: 0, view: 0 });
  const [away, setAway] = useState(false);
  const shown = useRef(messages);
  useEffect(() => {
    shown.current = messages;
  });

  const look = useCallback((): Look => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = scroller.current ?? {};
    return { top: scrollTop, height: scrollHeight, view: clientHeight };
  }, []);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    follows.current = true;
    setAway(false);
    element.scrollTop = element.scrollHeight;
    last.current = look();
  }, [look]);

  const onScroll = useCallback(() => {
    const now = look();
    follows.current = followsStill(follows.current, last.current, now);
    last.current = now;
    setAway(!follows.current);
  }, [look]);

  /** Shows a message at the top of the view. */
  const toMessage = useCallback(
    (id: string, into = 0) => {
      const index = shown.current.findIndex((message) => message.id === id);
      if (index < 0) return false;
      follows.current = false;
      list.current?.scrollToIndex(index, { align: "start", offset: into });
      return true;
    },
    [list],
  );

  const filled = messages.length > 0;

  // Before the first paint: neither the beginning nor a jump is seen.
  useLayoutEffect(() => {
    if (!filled) return;
    const place = name === undefined ? undefined : left.get(name);
    if (place && toMessage(place.message, place.into)) setAway(true);
    else toEnd();
    const leave = () => {
      if (name === undefined) return;
      const handle = list.current;
      const index = handle?.findItemIndex(handle.scrollOffset) ?? -1;
      const message = shown.current[index];
      if (!handle || !message || follows.current) left.delete(name);
      else left.set(name, { message: message.id, into: handle.scrollOffset - handle.getItemOffset(index) });
    };
    return leave;
  }, [filled, name, list, toEnd, toMessage]);

  useEffect(() => {
    if (!filled || !scroller.current || !content.current) return;
    const observer = new ResizeObserver(() => (follows.current ? toEnd() : onScroll()));
    // The scroller too: a growing composer or a phone's keyboard makes it smaller.
    observer.observe(content.current);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [filled, toEnd, onScroll]);

  return { scroller, content, away, toEnd, toMessage, onScroll };
}
