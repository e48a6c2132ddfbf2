/** The table of prices: a heading for each pattern, below it what is valid and what will be, and behind a button what was. */
import { useState } from "react";
import type { Model, Price } from "../../api/types";
import { ago, date, dateTime } from "../../i18n/format";
import { AS } from "../../ui/data-table";
import { Icon } from "../../ui/icons";
import { Menu } from "../../ui/menu";
import { amount } from "./amount";
import { named, type PatternPrices } from "./patterns";
import type { Texts } from "./texts";

interface PriceTableProps {
  groups: readonly PatternPrices[];
  /** Absent while they are being read. */
  models: readonly Model[] | undefined;
  t: Texts;
  onNext: (group: PatternPrices) => void;
  onChange: (price: Price) => void;
  onRemove: (price: Price) => void;
}

export function PriceTable(props: PriceTableProps) {
  const { groups, t } = props;
  return (
    <div className="data prices">
      <table {...AS.table} aria-label={t.list}>
        <thead {...AS.rowgroup}>
          <tr {...AS.row}>
            <th {...AS.columnheader} scope="col">
              {t.from}
            </th>
            {[t.input, t.cachedInput, t.cacheWrite, t.output].map((name) => (
              <th {...AS.columnheader} scope="col" key={name} className="figure">
                {name}
              </th>
            ))}
            <th {...AS.columnheader} scope="col">
              <span className="sr-only">{t.actions}</span>
            </th>
          </tr>
        </thead>
        {groups.map((group) => (
          <Group key={group.pattern} {...props} group={group} />
        ))}
      </table>
    </div>
  );
}

function Group({ group, models, t, onNext, onChange, onRemove }: PriceTableProps & { group: PatternPrices }) {
  const { pattern, open, past } = group;
  const [unfolded, setUnfolded] = useState(false);
  const shown = unfolded ? [...open, ...past] : open;
  const unknown = models !== undefined && named(models, pattern).length === 0;
  return (
    <tbody {...AS.rowgroup} aria-label={pattern}>
      <tr {...AS.row} className="price-pattern">
        <th {...AS.rowheader} scope="rowgroup" colSpan={6}>
          <div>
            <code>{pattern}</code>
            {unknown && <span className="hint">{t.noModel}</span>}
            <span className="price-pattern-end">
              {past.length > 0 && (
                <button
                  type="button"
                  className="button quiet"
                  aria-expanded={unfolded}
                  onClick={() => setUnfolded(!unfolded)}
                >
                  <Icon name="chevron" />
                  {t.earlier(past.length)}
                </button>
              )}
              <button
                type="button"
                className="button quiet"
                aria-label={t.nextFor(pattern)}
                onClick={() => onNext(group)}
              >
                <Icon name="plus" />
                {t.next}
              </button>
            </span>
          </div>
        </th>
      </tr>
      {shown.map((price) => (
        <Row key={price.id} price={price} t={t} onChange={onChange} onRemove={onRemove} />
      ))}
    </tbody>
  );
}

interface RowProps extends Pick<PriceTableProps, "t" | "onChange" | "onRemove"> {
  price: Price;
}

function Row({ price, t, onChange, onRemove }: RowProps) {
  const { state, valid_from, note, created_by_name: by } = price;
  const from = date(valid_from);
  const notes = [...(note ? [note] : []), ...(by ? [t.by(by)] : [])];
  const figures: [string, number][] = [
    [t.input, price.input_micros],
    [t.cachedInput, price.cached_input_micros],
    [t.cacheWrite, price.cache_write_micros],
    [t.output, price.output_micros],
  ];
  return (
    <tr {...AS.row} className={`price ${state}`}>
      <th {...AS.rowheader} scope="row">
        <span className="price-from">
          <time dateTime={valid_from} title={dateTime(valid_from)}>
            {state === "future" ? t.begins(from) : t.since(from)}
          </time>
          {state === "current" && <span className="badge good">{t.now}</span>}
          {state === "future" && <span className="badge">{t.soon(ago(valid_from))}</span>}
          {state === "past" && <span className="badge">{t.past}</span>}
        </span>
        {notes.length > 0 && <span className="row-note">{notes.join(" · ")}</span>}
      </th>
      {figures.map(([label, micros]) => (
        <td {...AS.cell} key={label} data-label={label} className="figure">
          {amount(micros)}
        </td>
      ))}
      <td {...AS.cell} className="price-actions">
        <Menu
          label={t.more(price.pattern, from)}
          button={<Icon name="more" />}
          buttonClass="button quiet icon-only"
          align="end"
          entries={[
            { label: t.change, icon: "pencil", onSelect: () => onChange(price) },
            { label: t.remove, icon: "trash", danger: true, onSelect: () => onRemove(price) },
          ]}
        />
      </td>
    </tr>
  );
}
