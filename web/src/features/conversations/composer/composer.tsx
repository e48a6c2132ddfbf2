/** Where one writes. Enter sends, Shift+Enter makes a line; while an answer is written the button stops it. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { Icon } from "../../../ui/icon";

interface ComposerProps {
  text: string;
  onChange: (text: string) => void;
  onSend: () => void;
  /** Present while an answer is being written. */
  onStop: (() => void) | undefined;
  stopping: boolean;
  /** Something other than the text stands in the way of sending. */
  blocked: boolean;
  picker: ReactNode;
}

export function Composer({ text, onChange, onSend, onStop, stopping, blocked, picker }: ComposerProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  const maySend = !blocked && !onStop && text.trim() !== "";

  useEffect(() => {
    // On a phone the keyboard would cover what one came to read.
    if (matchMedia("(pointer: fine)").matches) box.current?.focus();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends the composition of a Japanese or Chinese word; that one is not meant for us.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (maySend) onSend();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (maySend) onSend();
      }}
    >
      <label className="sr-only" htmlFor="composer-text">
        Message
      </label>
      <textarea
        ref={box}
        id="composer-text"
        rows={1}
        placeholder="Ask anything"
        value={text}
        enterKeyHint="send"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="composer-bar">
        {picker}
        {onStop ? (
          <button
            type="button"
            className="button primary round"
            aria-label="Stop"
            title="Stop"
            disabled={stopping}
            onClick={onStop}
          >
            <Icon name="stop" />
          </button>
        ) : (
          <button
            type="submit"
            className="button primary round"
            aria-label="Send"
            title="Send (Enter)"
            disabled={!maySend}
          >
            <Icon name="send" />
          </button>
        )}
      </div>
    </form>
  );
}
