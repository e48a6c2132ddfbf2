/** Says beside a control that takes effect at once whether its change has arrived at the server. */
import { useEffect, useState } from "react";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "./icon";
import { texts } from "./texts";
import "./save-mark.css";

const SHOWN_MS = 2_500;

/** `at` is when it was saved last: a new time shows the tick again. */
export function SaveMark({ saving, at }: { saving: boolean; at: number }) {
  const t = useTexts(texts);
  const [past, setPast] = useState(at);
  useEffect(() => {
    if (saving || !at || at === past) return;
    const timer = setTimeout(() => setPast(at), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [saving, at, past]);
  const saved = !saving && at > 0 && at !== past;
  return (
    <span className="save-mark" role="status">
      {saving && t.saving}
      {saved && (
        <>
          <Icon name="check" />
          {t.saved}
        </>
      )}
    </span>
  );
}
