/** The field of a key: hidden, with an eye. Not a password of this site, so browsers are asked not to keep it. */
import { useId, useState } from "react";
import { useTexts } from "../../i18n/use-texts";
import { described, Frame, type Labelled } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { texts } from "./texts";
import "../../ui/password-field.css";

interface SecretFieldProps extends Labelled {
  name: string;
  value: string;
  placeholder?: string;
  autoFocus?: boolean;
  onText: (text: string) => void;
}

export function SecretField({ label, hint, error, onText, ...input }: SecretFieldProps) {
  const t = useTexts(texts);
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <div className="revealing">
        <input
          id={id}
          type={shown ? "text" : "password"}
          autoComplete="new-password"
          autoCapitalize="none"
          spellCheck={false}
          data-1p-ignore
          data-lpignore="true"
          onChange={(event) => onText(event.target.value)}
          {...described(id, hint, error)}
          {...input}
        />
        <button
          type="button"
          className="button quiet icon-only"
          title={shown ? t.hideKey : t.showKey}
          aria-label={t.showKey}
          aria-pressed={shown}
          aria-controls={id}
          onClick={() => setShown(!shown)}
        >
          <Icon name={shown ? "eyeOff" : "eye"} />
        </button>
      </div>
    </Frame>
  );
}
