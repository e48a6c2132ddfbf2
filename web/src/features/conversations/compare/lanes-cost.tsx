/** What a question will cost with the lanes that are chosen, in a line, where prices are known. Loaded when there is a question. */
import { useQuery } from "@tanstack/react-query";
import type { ModelChoice } from "../../../api/types";
import { EstimatedCost } from "../../../ui/estimated-cost";
import { useSettled } from "../../../ui/use-settled";
import { asksOf, sumOf } from "./cost";
import { costQuery } from "./queries";

interface LanesCostProps {
  workspace: string;
  text: string;
  chosen: readonly ModelChoice[];
}

export default function LanesCost({ workspace, text, chosen }: LanesCostProps) {
  // A word to its side, not a step on the way: what can not be reckoned is not told.
  const { data } = useQuery(costQuery(workspace, asksOf(useSettled(text), chosen)));
  const sum = data && sumOf(data);
  return sum && sum.most > 0 ? (
    <div className="compare-cost">
      <EstimatedCost {...sum} />
    </div>
  ) : null;
}
