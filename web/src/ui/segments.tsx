/** One of a few short choices, beside each other: radio buttons that look like one control. */
import { useId } from "react";
import "./segments.css";

interface SegmentsProps<V extends string> {
  label: string;
  options: readonly V[];
  labels: Record<V, string>;
  value: V;
  onChoose: (value: V) => void;
}

export function Segments<V extends string>({ label, options, labels, value, onChoose }: SegmentsProps<V>) {
  const name = useId();
  return (
    <fieldset className="segments">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label key={option}>
          <input
            type="radio"
            name={name}
            className="sr-only"
            checked={option === value}
            onChange={() => onChoose(option)}
          />
          <span>{labels[option]}</span>
        </label>
      ))}
    </fieldset>
  );
}
