/** What something that has not begun will cost, in figures that the server has reckoned. */
import { money } from "../i18n/format";
import { useTexts } from "../i18n/use-texts";
import { texts } from "./estimated-cost-texts";
import "./estimated-cost.css";

interface EstimatedCostProps {
  /** In millionths. */
  expected: number;
  most: number;
  /** What has no price, and does not count. */
  unpriced: readonly string[];
}

export function EstimatedCost({ expected, most, unpriced }: EstimatedCostProps) {
  const t = useTexts(texts);
  return (
    <>
      {most > 0 && (
        <dl className="estimated-cost">
          <div>
            <dt>{t.expected}</dt>
            <dd>{money(expected)}</dd>
          </div>
          <div>
            <dt>{t.most}</dt>
            <dd>{money(most)}</dd>
          </div>
        </dl>
      )}
      {unpriced.length > 0 && <p className="hint">{t.unpriced(unpriced)}</p>}
    </>
  );
}
