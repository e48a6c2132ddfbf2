/**
 * The messages of a conversation: only those near the view are in the document, however many there are.
 *
 * Older ones are fetched ahead of the reader who goes up. The browser's own search finds what is drawn, which is the view and
 * a little around it; the whole conversation is searched by the server.
 */
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useRef } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { Message } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { texts } from "./texts";

/** The height of the line above the first message: the virtual list has to know it. */
const TOP_PX = 40;
/** Drawn above and below the view, so that scrolling finds something there. */
const BUFFER_PX = 600;
/** Older messages are fetched when the top is nearer than this. */
const AHEAD_PX = 4_000;

/** Of so few messages everybody sees where they begin. */
const SHORT = 20;

interface MessageListProps {
  messages: readonly Message[];
  /** There are older messages on the server. */
  more: boolean;
  older: { load: () => void; loading: boolean; failed: boolean };
  /** A message that stays in the document although it is out of sight: somebody is editing it. */
  kept: string | undefined;
  /** A message that somebody has been led to. */
  marked: string | undefined;
  list: RefObject<VirtualizerHandle | null>;
  scroller: RefObject<HTMLElement | null>;
  content: RefObject<HTMLDivElement | null>;
  onScroll: () => void;
  toEnd: () => void;
  children: (message: Message, last: boolean) => ReactNode;
}

export function MessageList(props: MessageListProps) {
  const { messages, more, older, list, scroller, content, children } = props;
  const t = useTexts(texts);
  const shift = useShift(messages);
  // The last one too: an answer that is being written goes on although it is out of sight.
  const mounted = [messages.length - 1];
  const kept = props.kept ? messages.findIndex(({ id }) => id === props.kept) : -1;
  if (kept >= 0) mounted.push(kept);

  const ahead = () => {
    const top = scroller.current?.scrollTop ?? 0;
    if (more && top < AHEAD_PX && !older.loading && !older.failed) older.load();
  };
  // A page that has come may not be enough to fill the view and what is ahead of it.
  useEffect(ahead);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    // The browser's own would travel there, through heights that are guesses, and arrive somewhere else.
    if (event.key !== "End" && event.key !== "Home") return;
    event.preventDefault();
    if (event.key === "End") props.toEnd();
    else event.currentTarget.scrollTop = 0;
  };

  return (
    <section
      ref={scroller}
      className="scroller"
      aria-label={t.messages}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
      tabIndex={0}
      onKeyDown={onKeyDown}
      onScroll={() => {
        props.onScroll();
        ahead();
      }}
    >
      <div ref={content} className="messages">
        <div className="thread-top" style={{ height: TOP_PX }}>
          {(more || messages.length > SHORT) && <Top more={more} older={older} />}
        </div>
        <Virtualizer
          ref={list}
          data={messages}
          scrollRef={scroller}
          startMargin={TOP_PX}
          bufferSize={BUFFER_PX}
          shift={shift}
          keepMounted={mounted}
        >
          {(message, index) => (
            <div key={message.id} className="turn" data-marked={message.id === props.marked || undefined}>
              {children(message, index === messages.length - 1)}
            </div>
          )}
        </Virtualizer>
      </div>
    </section>
  );
}

function Top({ more, older }: Pick<MessageListProps, "more" | "older">) {
  const t = useTexts(texts);
  if (!more) return <p>{t.beginning}</p>;
  if (older.failed)
    return (
      <button type="button" className="button quiet" onClick={older.load}>
        {t.olderFailed}
      </button>
    );
  return <p>{t.loadingOlder}</p>;
}

/** Whether messages came in at the start since the last time: then the view is kept by its distance from the end. */
function useShift(messages: readonly Message[]): boolean {
  const last = useRef({ messages, shift: false });
  if (last.current.messages !== messages) {
    const first = last.current.messages[0]?.id;
    const moved = first !== undefined && messages[0]?.id !== first && messages.some(({ id }) => id === first);
    last.current = { messages, shift: moved };
  }
  return last.current.shift;
}
