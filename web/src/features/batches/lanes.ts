/** The columns of a batch: what each model is called, and what its answers add up to. Pure. */
import { namesOfLanes } from "../../api/lane-names";
import type { BatchWithLanes, LaneSettings, LaneSums, Model } from "../../api/types";

export interface ShownLane {
  lane: number;
  name: string;
  /** The full name of the model. */
  model: string;
  settings: LaneSettings | undefined;
  totals: LaneSums | undefined;
}

export function lanesOf({ models: asked, lanes }: BatchWithLanes, known: readonly Model[]): ShownLane[] {
  const names = namesOfLanes(asked, known);
  return asked.map(({ lane, model, settings }, index) => ({
    lane,
    name: names[index] ?? "",
    model: model ?? "",
    settings: settings ?? undefined,
    totals: lanes.find((each) => each.lane === lane),
  }));
}
