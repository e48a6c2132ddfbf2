/** A question as a text box in its place. Saving asks again, in a branch of its own; Escape leaves everything as it was. */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { explain } from "../../../api/problem";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { texts } from "../texts";
import type { Editing } from "./actions";

export default function EditQuestion({ editing }: { editing: Editing }) {
  const t = useTexts(texts);
  const [text, setText] = useState(editing.text);
  const box = useRef<HTMLTextAreaElement>(null);
  const maySave = text.trim() !== "";

  useEffect(() => {
    const element = box.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);

  const save = () => {
    if (maySave) editing.save(text.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      editing.cancel();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
    }
  };

  return (
    <form
      className="question editor"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={box}
        aria-label={t.editLabel}
        value={text}
        dir="auto"
        rows={2}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {editing.error && <Callout tone="danger">{t.textKept(explain(editing.error))}</Callout>}
      <div className="editor-bar">
        <p>{t.editNote}</p>
        <button type="button" className="button" onClick={editing.cancel}>
          {t.cancel}
        </button>
        <button type="submit" className="button primary" disabled={!maySave}>
          {t.saveAndSend}
        </button>
      </div>
    </form>
  );
}
