/** The title of a conversation, changed in its place: Enter or leaving the box keeps it, Escape does not. */
import { type KeyboardEvent, useRef } from "react";
import { useTexts } from "../../../i18n/use-texts";
import { texts } from "../texts";

const CHARS_MAX = 200;

interface TitleProps {
  title: string;
  editing: boolean;
  /** Absent for who may not change it. */
  onEdit: (() => void) | undefined;
  onSave: (title: string) => void;
  onCancel: () => void;
}

export function Title({ title, editing, onEdit, onSave, onCancel }: TitleProps) {
  const t = useTexts(texts);
  // Escape takes the box away, which leaves it too: that must not save.
  const given = useRef(false);
  if (!editing)
    return (
      <h1>
        {onEdit ? (
          <button type="button" className="title-button" title={t.rename} onClick={onEdit}>
            {title}
          </button>
        ) : (
          title
        )}
      </h1>
    );
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    given.current = true;
    if (event.key === "Enter") onSave(event.currentTarget.value.trim());
    else onCancel();
  };
  return (
    <h1>
      <input
        className="title-box"
        aria-label={t.title}
        defaultValue={title}
        maxLength={CHARS_MAX}
        // The reader has just asked for it.
        // biome-ignore lint/a11y/noAutofocus: see above.
        autoFocus
        onFocus={(event) => {
          given.current = false;
          event.target.select();
        }}
        onKeyDown={onKeyDown}
        onBlur={(event) => !given.current && onSave(event.target.value.trim())}
      />
    </h1>
  );
}
