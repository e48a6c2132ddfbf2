/** How often something fell into which class: a bar for each, with its figure; a description list to whoever listens. */
import "./charts.css";

interface BarsProps {
  title: string;
  bars: readonly { name: string; value: number }[];
  format: (value: number) => string;
}

export function Bars({ title, bars, format }: BarsProps) {
  const top = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <span className="chart-title">{title}</span>
      </figcaption>
      <dl className="bars">
        {bars.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span className="bars-bar" style={{ blockSize: `${(value / top) * 100}%` }} />
              <span>{format(value)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}
