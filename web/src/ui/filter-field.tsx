/** A field that narrows down what is below it while one types. */
import { Icon } from "./icon";
import "./filter-field.css";

interface FilterFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

export function FilterField({ label, value, onChange }: FilterFieldProps) {
  return (
    <div className="filter">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}
