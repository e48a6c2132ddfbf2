/** Where the time of something went: its steps below each other on one time line. A table, so that it can also be heard. */
import type { ReactNode } from "react";
import { took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { texts } from "./texts";
import { barOf, inOrder, type Step } from "./waterfall-steps";
import "./charts.css";

interface WaterfallProps<S extends Step> {
  title: string;
  steps: readonly S[];
  /** How long the whole took, in microseconds. */
  whole: number;
  /** The name of a step, or a control that has it. */
  name?: (step: S) => ReactNode;
  /** More about a step, below its name. */
  note?: (step: S) => ReactNode;
}

const MICROS = 1_000;

export function Waterfall<S extends Step>({ title, steps, whole, name, note }: WaterfallProps<S>) {
  const t = useTexts(texts);
  return (
    <table className="waterfall" aria-label={title}>
      <thead>
        <tr>
          <th scope="col">{t.step}</th>
          <th scope="col" className="waterfall-scale">
            <span className="sr-only">{t.timeline}</span>
            <span aria-hidden="true">{took(0)}</span>
            <span aria-hidden="true">{took(whole / 2 / MICROS)}</span>
            <span aria-hidden="true">{took(whole / MICROS)}</span>
          </th>
          <th scope="col" className="sr-only">
            {t.began}
          </th>
          <th scope="col" className="figure">
            {t.took}
          </th>
        </tr>
      </thead>
      <tbody>
        {inOrder(steps).map((step, index) => {
          const bar = barOf(step, whole);
          const more = note?.(step);
          return (
            <tr key={index}>
              <th scope="row">
                {name ? name(step) : step.name}
                {more && <span className="waterfall-note">{more}</span>}
              </th>
              <td className="waterfall-line">
                <span
                  className={`waterfall-bar kind-${step.kind}`}
                  style={{ insetInlineStart: `${bar.start}%`, inlineSize: `${bar.width}%` }}
                >
                  {bar.waited > 0 && <i className="waited" style={{ inlineSize: `${bar.waited}%` }} />}
                  {bar.after > 0 && <i className="after" style={{ inlineSize: `${bar.after}%` }} />}
                </span>
              </td>
              <td className="sr-only">{took(step.began / MICROS)}</td>
              <td className="figure">
                {took(step.took / MICROS)}
                {step.waited ? <span className="sr-only">{t.waits(took(step.waited / MICROS))}</span> : null}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
