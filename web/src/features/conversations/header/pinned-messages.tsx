/**
 * The pinned messages of the shown branch, newest first. Loaded with the popover of the header.
 *
 * Only loaded messages are known here, so it looks back a few pages by itself, and further when somebody wants that.
 */
import { useEffect, useRef, useState } from "react";
import type { Message } from "../../../api/types";
import { ago, dateTime } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { texts } from "./texts";

/** Pages that are looked through without being asked. */
const PAGES_MAX = 10;
const EXCERPT_CHARS = 140;

interface PinnedMessagesProps {
  messages: readonly Message[];
  more: boolean;
  loadOlder: () => Promise<unknown>;
  onJump: (message: string) => void;
}

export default function PinnedMessages({ messages, more, loadOlder, onJump }: PinnedMessagesProps) {
  const t = useTexts(texts);
  const [state, setState] = useState<"looking" | "paused" | "failed">("looking");
  const pages = useRef(0);
  const pinned = messages.filter((message) => message.pinned).reverse();

  // Each page that has come changes `messages`, which asks for the next.
  useEffect(() => {
    if (state !== "looking" || !more || messages.length === 0) return;
    if (pages.current >= PAGES_MAX) {
      setState("paused");
      return;
    }
    pages.current += 1;
    loadOlder().catch(() => setState("failed"));
  }, [state, more, messages, loadOlder]);

  return (
    <div className="pinned">
      <h2>{t.pinnedMessages}</h2>
      {pinned.length === 0 && (!more || state !== "looking") && <p className="pinned-none">{t.nothingPinned}</p>}
      <ul>
        {pinned.map((message) => (
          <li key={message.id}>
            <button type="button" className="menu-item" onClick={() => onJump(message.id)}>
              <Icon name={message.role === "user" ? "user" : "spark"} />
              <span className="menu-label">
                <span className="pinned-excerpt">{excerpt(message.content)}</span>
                <time className="menu-note" dateTime={message.created_at} title={dateTime(message.created_at)}>
                  {ago(message.created_at)}
                </time>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {more && state === "looking" && <p className="pinned-none">{t.lookingForPinned}</p>}
      {more && state !== "looking" && (
        <button
          type="button"
          className="button quiet"
          onClick={() => {
            pages.current = 0;
            setState("looking");
          }}
        >
          {t.lookFurther}
        </button>
      )}
    </div>
  );
}

/** The first words, without the marks of Markdown. */
function excerpt(text: string): string {
  return text
    .slice(0, EXCERPT_CHARS * 2)
    .replace(/[#*_`>|]+/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, EXCERPT_CHARS);
}
