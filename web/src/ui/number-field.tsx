/** A number as a person types it, with a comma or a point: the text stays as it is typed, and whoever asked reads it when it is sent. */
import type { InputHTMLAttributes } from "react";
import { Field, type Labelled } from "./field";

interface NumberFieldProps
  extends Labelled,
    Pick<InputHTMLAttributes<HTMLInputElement>, "name" | "placeholder" | "disabled"> {
  value: string;
  /** Without a fraction: a phone shows digits only. */
  whole?: boolean;
  onType: (text: string) => void;
}

export function NumberField({ whole = false, onType, ...field }: NumberFieldProps) {
  return (
    <Field
      inputMode={whole ? "numeric" : "decimal"}
      autoComplete="off"
      onChange={({ target }) => onType(target.value)}
      {...field}
    />
  );
}
