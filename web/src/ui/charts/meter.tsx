/** How much of a budget is used: a bar that warns near the end of it and past it, with its figures. */
import "./charts.css";

interface MeterProps {
  /** The accessible name: what is measured. */
  label: string;
  value: number;
  budget: number;
  /** The figures beside the bar. */
  children: string;
}

/** From this part of a budget on there is little left of it. */
const NEAR = 0.85;

export function Meter({ label, value, budget, children }: MeterProps) {
  const used = budget > 0 ? Math.min(1, value / budget) : 0;
  // Not the element of this name: no two browsers let its bar be drawn in the same way.
  const bar = {
    role: "meter",
    "aria-label": label,
    "aria-valuemin": 0,
    "aria-valuemax": budget,
    "aria-valuenow": Math.min(value, budget),
    "aria-valuetext": children,
  };
  return (
    <span className={`meter ${meterTone(value, budget)}`}>
      <span className="meter-bar" {...bar}>
        <span className="meter-fill" style={{ inlineSize: `${used * 100}%` }} />
      </span>
      <span>{children}</span>
    </span>
  );
}

/** `over` as soon as the budget does not suffice; `near` in the last part of it. */
export function meterTone(value: number, budget: number): "fine" | "near" | "over" {
  if (value > budget) return "over";
  return value > budget * NEAR ? "near" : "fine";
}
