/** Tags as chips with a field for the next one: Enter or a comma adds it, Backspace in the empty field takes the last away. */
import { type KeyboardEvent, useId, useState } from "react";
import { useTexts } from "../../i18n/use-texts";
import { described, Frame } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { texts } from "./texts";

const TAGS_MAX = 20;

interface TagsFieldProps {
  label: string;
  tags: readonly string[];
  /** Those that other memories have. */
  known: readonly string[];
  error?: string;
  onChange: (tags: string[]) => void;
}

export function TagsField({ label, tags, known, error, onChange }: TagsFieldProps) {
  const t = useTexts(texts);
  const id = useId();
  const [text, setText] = useState("");
  const add = (name: string) => {
    setText("");
    const tag = name.trim().toLowerCase();
    if (tag && !tags.includes(tag) && tags.length < TAGS_MAX) onChange([...tags, tag]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey && text.trim()) || event.key === ",") {
      event.preventDefault();
      add(text);
    } else if (event.key === "Backspace" && text === "" && tags.length > 0) onChange(tags.slice(0, -1));
  };
  return (
    <Frame id={id} label={label} hint={t.tagsHint} error={error}>
      <div className="tags-field">
        {tags.map((tag) => (
          <span key={tag} className="tag">
            {tag}
            <button
              type="button"
              aria-label={t.removeTag(tag)}
              onClick={() => onChange(tags.filter((each) => each !== tag))}
            >
              <Icon name="close" />
            </button>
          </span>
        ))}
        <input
          id={id}
          type="text"
          list={`${id}-known`}
          maxLength={50}
          autoComplete="off"
          autoCapitalize="none"
          enterKeyHint="done"
          {...described(id, t.tagsHint, error)}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => add(text)}
        />
        <datalist id={`${id}-known`}>
          {known
            .filter((tag) => !tags.includes(tag))
            .map((tag) => (
              <option key={tag} value={tag} />
            ))}
        </datalist>
      </div>
    </Frame>
  );
}
