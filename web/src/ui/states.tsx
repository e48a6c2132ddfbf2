/** Nothing there yet, and not there yet: designed, because everybody meets them first. */
import type { ReactElement, ReactNode } from "react";
import { useTexts } from "../i18n/use-texts";
import { type FirstIconName, Icon } from "./icon";
import { texts } from "./texts";

interface EmptyProps {
  /** One of the first page by its name; another as an element. */
  icon: FirstIconName | ReactElement;
  title: string;
  children?: ReactNode;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className="empty">
      {typeof icon === "string" ? <Icon name={icon} /> : icon}
      <h3>{title}</h3>
      {children}
    </div>
  );
}

const WIDTHS = ["wide-1", "wide-2", "wide-3", "wide-4"];

/** Grey lines in the place of `lines` rows of text. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  const t = useTexts(texts);
  return (
    <div className="skeletons" role="status" aria-label={t.loading}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={String(index)} className={`skeleton ${WIDTHS[index % WIDTHS.length]}`} />
      ))}
    </div>
  );
}
