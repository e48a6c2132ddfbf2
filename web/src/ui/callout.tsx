/** A word about something that went wrong, with what one can do about it beside it. */
import type { ReactNode } from "react";

export function Callout({
  tone = "warn",
  children,
  actions,
}: {
  tone?: "quiet" | "warn" | "danger";
  children: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={`callout ${tone}`} role={tone === "quiet" ? undefined : "alert"}>
      <p>{children}</p>
      {actions}
    </div>
  );
}
