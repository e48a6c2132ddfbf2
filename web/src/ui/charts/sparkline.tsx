/** The course of a figure in small, beside the figure itself. Decoration: the chart of the same says more. */
import { areaPath, largest, linePath, pieces, place, type Values } from "./scale";
import "./charts.css";

const WIDTH = 120;
const HEIGHT = 32;
/** The line is two wide: it must not be cut off at the edges. */
const EDGE = 2;

export function Sparkline({ values }: { values: Values }) {
  const top = largest([values]) || 1;
  const all = pieces(values, (index, value) => [
    place(index, { from: 0, to: values.length - 1 }, { from: EDGE, to: WIDTH - EDGE }),
    place(value, { from: 0, to: top }, { from: HEIGHT - EDGE, to: EDGE }),
  ]);
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={areaPath(all, HEIGHT)} className="area" />
      <path d={linePath(all)} className="line line-0" />
    </svg>
  );
}
