/** How far a batch has come: what was answered and what failed, of everything. */
import type { Batch } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { percentOf } from "./progress";
import { texts } from "./texts";

export function ProgressBar({ batch }: { batch: Batch }) {
  const t = useTexts(texts);
  const { cells, done, failed } = batch;
  const share = (count: number) => ({ inlineSize: `${cells > 0 ? (100 * count) / cells : 0}%` });
  return (
    <div
      className="batch-bar"
      role="progressbar"
      aria-label={t.progress}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percentOf(batch)}
      aria-valuetext={t.answered(done, cells)}
    >
      <span className="batch-bar-done" style={share(done)} />
      <span className="batch-bar-failed" style={share(failed)} />
    </div>
  );
}
