/** A password with an eye: who sees what they type makes fewer mistakes. `strength` says how good a new one is. */
import { type InputHTMLAttributes, useId, useState } from "react";
import { useTexts } from "../i18n/use-texts";
import { described, Frame, type Labelled } from "./field";
import { Icon } from "./icons";
import { passwordStrength } from "./password";
import { texts } from "./texts";
import "./password-field.css";

interface PasswordFieldProps extends Labelled, Omit<InputHTMLAttributes<HTMLInputElement>, "type" | "onChange"> {
  /** Shows how strong what has been typed is. */
  strength?: boolean;
  onText?: (text: string) => void;
}

export function PasswordField({ label, hint, error, strength = false, onText, ...input }: PasswordFieldProps) {
  const t = useTexts(texts);
  const id = useId();
  const [shown, setShown] = useState(false);
  const [text, setText] = useState("");
  const level = passwordStrength(text);
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <div className="revealing">
        <input
          id={id}
          type={shown ? "text" : "password"}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value);
            onText?.(event.target.value);
          }}
          {...described(id, hint, error)}
          {...input}
        />
        <button
          type="button"
          className="button quiet icon-only"
          title={shown ? t.hidePassword : t.showPassword}
          aria-pressed={shown}
          aria-controls={id}
          onClick={() => setShown(!shown)}
        >
          <Icon name={shown ? "eyeOff" : "eye"} />
          <span className="sr-only">{t.showPassword}</span>
        </button>
      </div>
      {strength && text && (
        <div className="strength" data-level={level}>
          <span className="strength-bars" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span aria-live="polite">{t.strength[level]}</span>
        </div>
      )}
    </Frame>
  );
}
