/** Address, email and password of somebody, once, to be passed on. */
import { useTexts } from "../../i18n/use-texts";
import { CopyButton } from "../../ui/copy-button";
import { Actions } from "../../ui/form-foot";
import { texts } from "./texts";

interface CredentialsShownProps {
  email: string;
  password: string;
  onDone: () => void;
}

export function CredentialsShown({ email, password, onDone }: CredentialsShownProps) {
  const t = useTexts(texts).users;
  const lines = [
    { label: t.address, value: `${location.origin}/login` },
    { label: t.email, value: email },
    { label: t.passwordChoice, value: password },
  ];
  return (
    <>
      <div className="dialog-text">
        <p>{t.passOn}</p>
      </div>
      <dl className="credentials">
        {lines.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Actions>
        <CopyButton label={t.copyAll} text={lines.map(({ label, value }) => `${label}: ${value}`).join("\n")} />
        <button type="button" className="button primary" onClick={onDone}>
          {t.done}
        </button>
      </Actions>
    </>
  );
}
