/** A memory in the list; in the inbox with the two answers to it. */
import type { MemoryRow } from "../../api/types";
import { ago, date, dateTime } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { plainOf } from "./plain";
import { texts } from "./texts";
import { validityOf } from "./validity";

interface MemoryItemProps {
  row: MemoryRow;
  open: boolean;
  selected: boolean;
  mayWrite: boolean;
  deciding: boolean;
  onOpen: () => void;
  onSelect: (on: boolean) => void;
  onTag: (tag: string) => void;
  onDecide: (accepted: boolean) => void;
}

export function MemoryItem(props: MemoryItemProps) {
  const { row, open, selected, mayWrite, onOpen, onSelect, onTag, onDecide } = props;
  const t = useTexts(texts);
  return (
    <li className="memory-row" data-open={open || undefined} data-selected={selected || undefined}>
      {mayWrite && (
        <label className="memory-check">
          <input
            type="checkbox"
            aria-label={t.select(row.title)}
            checked={selected}
            onChange={(event) => onSelect(event.target.checked)}
          />
        </label>
      )}
      <div className="memory-row-main">
        <button type="button" className="memory-open" aria-current={open || undefined} onClick={onOpen}>
          {row.title}
        </button>
        <p className="memory-snippet">{plainOf(row.snippet)}</p>
        <p className="memory-facts">
          <Validity row={row} />
          {row.tags.map((tag) => (
            <button key={tag} type="button" className="tag" onClick={() => onTag(tag)}>
              {tag}
            </button>
          ))}
          <time dateTime={row.updated_at} title={dateTime(row.updated_at)}>
            {t.updated(ago(row.updated_at))}
          </time>
          {row.last_used_at && (
            <time dateTime={row.last_used_at} title={dateTime(row.last_used_at)}>
              {t.used(ago(row.last_used_at))}
            </time>
          )}
        </p>
      </div>
      {mayWrite && row.status === "proposed" && (
        <div className="memory-answers">
          <button
            type="button"
            className="button"
            aria-label={t.rejectOne(row.title)}
            disabled={props.deciding}
            onClick={() => onDecide(false)}
          >
            {t.reject}
          </button>
          <button
            type="button"
            className="button primary"
            aria-label={t.acceptOne(row.title)}
            disabled={props.deciding}
            onClick={() => onDecide(true)}
          >
            <Icon name="check" />
            {t.accept}
          </button>
        </div>
      )}
    </li>
  );
}

/** Said only when it does not hold for ever. */
export function Validity({ row }: { row: Pick<MemoryRow, "valid_from" | "valid_until"> }) {
  const t = useTexts(texts);
  const validity = validityOf(row);
  if (validity === "past") return <span className="badge warn">{t.past}</span>;
  if (validity === "future") return <span className="badge">{t.future(date(row.valid_from ?? ""))}</span>;
  if (validity === "limited") return <span className="badge">{t.until(date(row.valid_until ?? ""))}</span>;
  return null;
}
