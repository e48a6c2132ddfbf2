/** The half of the entrance that asks for nothing: what this place is, or on the first start what happens next. */
import { useTexts } from "../../i18n/use-texts";
import { Mark } from "../../ui/icon";
import { texts } from "./enter-texts";

export function EnterSide({ firstStart }: { firstStart: boolean }) {
  const t = useTexts(texts);
  const points = firstStart ? t.firstSteps : t.facts;
  const List = firstStart ? "ol" : "ul";
  return (
    <aside className="enter-side">
      <Colonnade />
      <div className="enter-brand">
        <Mark />
        <span>Stoa</span>
      </div>
      <div className="enter-words">
        <p className="enter-claim">{t.claim}</p>
        <List className="enter-points">
          {points.map((point) => (
            <li key={point.title}>
              <strong>{point.title}</strong>
              <span>{point.text}</span>
            </li>
          ))}
        </List>
      </div>
    </aside>
  );
}

const COLUMNS = [0, 1, 2, 3, 4, 5, 6];

/** A stoa in the evening: the hall open to one side, in which people walked and talked. */
function Colonnade() {
  return (
    <svg className="enter-art" viewBox="0 0 720 420" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <circle className="art-sun" cx="470" cy="250" r="92" />
      <path className="art-hills" d="M0 330c90-46 170-52 262-22s160 6 232-26 150-26 226 10v128H0z" />
      <path className="art-stone" d="M-20 118h760v72H-20z" />
      <path className="art-shade" d="M-20 138h760v4H-20zM-20 174h760v6H-20z" />
      {COLUMNS.map((column) => (
        <g key={column} transform={`translate(${20 + column * 112} 0)`}>
          <path className="art-stone" d="M-8 189h44v8l-6 8H-2l-6-8zM0 205h28l3 165H-3zM-9 370h46v9H-9z" />
          <path className="art-shade" d="M18 205h10l3 165H19zM6 205h2.500l-1 165H5zM12 205h2l.500 165h-2.500z" />
        </g>
      ))}
      <path className="art-stone" d="M-20 379h760v14H-20z" />
      <path className="art-floor" d="M-20 393h760v40H-20z" />
    </svg>
  );
}
