/** In the place of what could not be read, with a way to try again. */
import { explain } from "../api/problem";
import { useTexts } from "../i18n/use-texts";
import { Callout } from "./callout";
import { texts as shared } from "./texts";

export function Failed({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  const words = useTexts(shared);
  return (
    <Callout
      tone="danger"
      actions={
        <button type="button" className="button" onClick={onAgain}>
          {words.tryAgain}
        </button>
      }
    >
      {explain(error)}
    </Callout>
  );
}
