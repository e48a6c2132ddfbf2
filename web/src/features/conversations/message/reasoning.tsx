/** What a model thought before it spoke: folded away, also while it grows. Nothing of it is drawn before somebody opens it. */
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { Markdown } from "../../../ui/markdown/markdown";
import { texts } from "../texts";
import { useKeptOpen } from "./kept-open";

interface ReasoningProps {
  id: string;
  text: string;
  growing: boolean;
}

export function Reasoning({ id, text, growing }: ReasoningProps) {
  const t = useTexts(texts);
  const [open, setOpen] = useKeptOpen(`reasoning ${id}`);
  return (
    <div className="reasoning" data-growing={growing || undefined}>
      <button type="button" className="button quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="spark" />
        <span className="reasoning-name">{growing ? t.thinking : t.reasoning}</span>
        <span className="reasoning-size">{t.words(wordsOf(text))}</span>
        <Icon name="chevron" />
      </button>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long thoughts scroll, which must work without a mouse.
        <section className="reasoning-text" aria-label={t.reasoning} tabIndex={0}>
          <Markdown text={text} growing={growing} />
        </section>
      )}
    </div>
  );
}

function wordsOf(text: string): number {
  let count = 0;
  let inWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const blank = text.charCodeAt(at) <= 32;
    if (!blank && !inWord) count += 1;
    inWord = !blank;
  }
  return count;
}
