/** One of a few, each with room to say what it means: radio buttons that look like cards. Takes effect when chosen. */
import { type ReactNode, useId, useState } from "react";
import "./choice-cards.css";

interface Choice<V extends string> {
  value: V;
  label: string;
  /** What follows from it. */
  note?: ReactNode;
  /** A picture above the words. */
  picture?: ReactNode;
}

interface ChoiceCardsProps<V extends string> {
  /** The question, which the group is named after. */
  label: string;
  hint?: ReactNode;
  choices: readonly Choice<V>[];
  value: V;
  /** `row` puts short ones beside each other. */
  layout?: "column" | "row";
  disabled?: boolean;
  onChoose: (value: V) => void;
}

export function ChoiceCards<V extends string>(props: ChoiceCardsProps<V>) {
  const { label, hint, choices, value, layout = "column", disabled, onChoose } = props;
  const name = useId();
  // Shown in the moment of the click: the value from outside comes a little later, and would first jump back.
  const [picked, setPicked] = useState<V>();
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setPicked(undefined);
  }
  const choose = (choice: V) => {
    setPicked(choice);
    onChoose(choice);
  };
  return (
    <fieldset className="choices" aria-describedby={hint ? `${name}-hint` : undefined}>
      <legend>{label}</legend>
      {hint && (
        <p id={`${name}-hint`} className="hint">
          {hint}
        </p>
      )}
      <div className={`choice-cards ${layout === "row" ? "beside" : ""}`}>
        {choices.map((choice) => (
          <label key={choice.value} className="choice-card">
            {choice.picture}
            <span className="choice-line">
              <input
                type="radio"
                name={name}
                value={choice.value}
                checked={choice.value === (picked ?? value)}
                disabled={disabled}
                aria-describedby={choice.note ? `${name}-${choice.value}` : undefined}
                onChange={() => choose(choice.value)}
              />
              <span className="choice-label">{choice.label}</span>
            </span>
            {choice.note && (
              // Described by it, not named after it: the name stays short.
              <span id={`${name}-${choice.value}`} className="choice-note" aria-hidden="true">
                {choice.note}
              </span>
            )}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
