/** In the place of what could not be read, with a way to try again. */
import { explain } from "../../api/problem";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { texts as shared } from "../../ui/texts";
import { texts } from "./texts";

export function Failed({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  const t = useTexts(texts);
  const words = useTexts(shared);
  return (
    <div className="panel-body">
      <Callout
        tone="danger"
        actions={
          <button type="button" className="button" onClick={onAgain}>
            {words.tryAgain}
          </button>
        }
      >
        {t.failed} {explain(error)}
      </Callout>
    </div>
  );
}
