/** Password and sessions: what keeps others out of the account. */
import { useTexts } from "../../../i18n/use-texts";
import { Page } from "../../../ui/panel";
import { PasswordForm } from "./password-form";
import { Sessions } from "./sessions";
import { texts } from "./texts";
import "./settings.css";

export default function SecurityPage() {
  const t = useTexts(texts).security;
  return (
    <Page title={t.title} about={t.about}>
      <PasswordForm />
      <Sessions />
    </Page>
  );
}
