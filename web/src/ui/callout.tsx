/** A word about something that went wrong, or well, with what one can do about it beside it. */
import type { ReactNode } from "react";

interface CalloutProps {
  tone?: "quiet" | "good" | "warn" | "danger";
  children: ReactNode;
  actions?: ReactNode;
}

export function Callout({ tone = "warn", children, actions }: CalloutProps) {
  return (
    <div className={`callout ${tone}`} role={tone === "danger" || tone === "warn" ? "alert" : "status"}>
      <p>{children}</p>
      {actions}
    </div>
  );
}
