/** Joins the page for visitors with the way to an account. */
import { Link } from "@tanstack/react-router";
import TryPage from "../features/conversations/compare/try-page";
import { texts } from "../features/conversations/compare/try-texts";
import { useTexts } from "../i18n/use-texts";

export default function Try() {
  const t = useTexts(texts);
  return (
    <TryPage
      login={
        <Link to="/login" className="button">
          {t.logIn}
        </Link>
      }
    />
  );
}
