/** A formula: its source until KaTeX is there, which the first formula loads, and for good when it is not valid TeX. */
import { useLayoutEffect, useRef } from "react";
import { useTexts } from "../../i18n/use-texts";
import type { FormulaToken } from "./formula-syntax";
import { texts } from "./texts";

type Draw = typeof import("./draw-formula").drawFormula;
let draw: Draw | undefined;

export function Formula({ token: { raw, text, display } }: { token: FormulaToken }) {
  const t = useTexts(texts);
  const place = useRef<HTMLElement>(null);
  const source = raw.trim();
  // Also when only the source has changed: that is a new element for the same formula.
  useLayoutEffect(() => {
    let wanted = true;
    const put = (withKatex: Draw) => {
      if (wanted && place.current) withKatex(place.current, text, display);
    };
    // At once where that is possible: a formula that is drawn again must not be seen as its source in between.
    if (draw) put(draw);
    else {
      import("./draw-formula").then(
        (module) => {
          draw = module.drawFormula;
          put(draw);
        },
        () => undefined,
      );
    }
    return () => {
      wanted = false;
    };
  }, [source, text, display]);
  // An element for each source: React does not know what KaTeX has put into it.
  return display ? (
    // biome-ignore lint/a11y/useSemanticElements: it stands in a paragraph, where no fieldset may.
    <span
      key={source}
      ref={place}
      className="formula display"
      dir="ltr"
      role="group"
      aria-label={t.formula}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide formula scrolls sideways, which must work without a mouse.
      tabIndex={0}
    >
      {source}
    </span>
  ) : (
    <span key={source} ref={place} className="formula" dir="ltr">
      {source}
    </span>
  );
}
