/** One statement: its figures, its text, its plan. */

import type { StatementFigures } from "../../api/types";
import { number } from "../../i18n/format";
import { took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { Fact } from "./fact";
import { StatementPlan } from "./statement-plan";
import { texts } from "./texts";

export default function StatementDialog({ statement, onClose }: { statement: StatementFigures; onClose: () => void }) {
  const t = useTexts(texts).statements;
  return (
    <Dialog title={statement.name} kind="wide" onClose={onClose}>
      <div className="dialog-parts">
        <dl className="facts">
          <Fact name={t.count}>{number(statement.count)}</Fact>
          <Fact name={t.p50}>{took(statement.p50_ms)}</Fact>
          <Fact name={t.p95}>{took(statement.p95_ms)}</Fact>
          <Fact name={t.max}>{took(statement.max_ms)}</Fact>
          <Fact name={t.total}>{took(statement.total_ms)}</Fact>
          <Fact name={t.rows}>{number(statement.rows)}</Fact>
        </dl>
        <StatementPlan name={statement.name} />
      </div>
    </Dialog>
  );
}
