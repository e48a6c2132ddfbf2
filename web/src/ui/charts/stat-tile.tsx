/** One figure with its name, what it means just now, and its course; several stand in a `dl.tiles`. */
import type { ReactNode } from "react";
import { Icon } from "../icon";
import type { Values } from "./scale";
import { Sparkline } from "./sparkline";
import "./charts.css";

interface StatTileProps {
  label: string;
  value: ReactNode;
  /** A few words below the figure. */
  note?: ReactNode;
  /** Not the colour alone: a sign stands beside the figure. */
  tone?: "warn" | "danger";
  course?: Values;
}

export function StatTile({ label, value, note, tone, course }: StatTileProps) {
  return (
    <div className={tone ? `tile ${tone}` : "tile"}>
      <dt>{label}</dt>
      <dd className="tile-value">
        {tone && <Icon name="warning" />}
        {value}
      </dd>
      {note && <dd className="tile-note">{note}</dd>}
      {course && (
        <dd className="tile-course" aria-hidden="true">
          <Sparkline values={course} />
        </dd>
      )}
    </div>
  );
}
