/**
 * A table of measurements that can be sorted, and whose rows open. On a phone each row is a card, and the order is chosen
 * from a list; the roles say that it is still a table, which some browsers forget when one is laid out in another way.
 */
import { type ReactNode, useState } from "react";
import { useTexts } from "../i18n/use-texts";
import { texts } from "./data-table-texts";
import { Icon } from "./icon";
import { type Order, type SortValue, sorted, turned } from "./sort";
import "./data-table.css";

export interface Column<R> {
  key: string;
  label: string;
  /** Without it the column can not be sorted by. */
  sort?: (row: R) => SortValue;
  cell: (row: R) => ReactNode;
  /** Figures stand right, and begin with the largest. */
  numeric?: boolean;
}

/** Said in so many words: laid out as cards, these elements are no longer what they were to some browsers. */
export const AS = {
  table: { role: "table" },
  rowgroup: { role: "rowgroup" },
  row: { role: "row" },
  rowheader: { role: "rowheader" },
  columnheader: { role: "columnheader" },
  cell: { role: "cell" },
};

interface DataTableProps<R> {
  label: string;
  /** The first one names the row. */
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string;
  order: Order;
  /** The row's first cell is a button that does this. */
  onOpen?: (row: R) => void;
  intent?: object;
}

export function DataTable<R>({ label, columns, rows, rowKey, order: first, onOpen, intent }: DataTableProps<R>) {
  const t = useTexts(texts);
  const [order, setOrder] = useState(first);
  const by = columns.find(({ key }) => key === order.column)?.sort;
  const shown = by ? sorted(rows, by, order.descending) : rows;
  return (
    <div className="data">
      <label className="data-order">
        {t.orderBy}
        <select
          value={order.column}
          onChange={({ target }) => {
            const column = columns.find(({ key }) => key === target.value);
            setOrder({ column: target.value, descending: column?.numeric ?? false });
          }}
        >
          {columns.map(({ key, label, sort }) =>
            sort ? (
              <option key={key} value={key}>
                {label}
              </option>
            ) : null,
          )}
        </select>
      </label>
      <table {...AS.table} aria-label={label}>
        <thead {...AS.rowgroup}>
          <tr {...AS.row}>
            {columns.map((column) => (
              <Heading key={column.key} column={column} order={order} onOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody {...AS.rowgroup}>
          {shown.map((row) => (
            <tr {...AS.row} key={rowKey(row)} className={onOpen ? "opens" : undefined}>
              {columns.map(({ key, label, cell, numeric }, index) =>
                index === 0 ? (
                  <th {...AS.rowheader} scope="row" key={key}>
                    {onOpen ? (
                      <button type="button" className="data-open" {...intent} onClick={() => onOpen(row)}>
                        {cell(row)}
                      </button>
                    ) : (
                      cell(row)
                    )}
                  </th>
                ) : (
                  <td {...AS.cell} key={key} data-label={label} className={numeric ? "figure" : undefined}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadingProps<R> {
  column: Column<R>;
  order: Order;
  onOrder: (order: Order) => void;
}

function Heading<R>({ column: { key, label, sort, numeric = false }, order, onOrder }: HeadingProps<R>) {
  const current = order.column === key;
  const direction = order.descending ? "descending" : "ascending";
  return (
    <th
      {...AS.columnheader}
      scope="col"
      aria-sort={sort && current ? direction : undefined}
      className={numeric ? "figure" : undefined}
    >
      {sort ? (
        <button
          type="button"
          data-direction={current ? direction : undefined}
          onClick={() => onOrder(turned(order, key, numeric))}
        >
          {label}
          {current && <Icon name="chevron" />}
        </button>
      ) : (
        label
      )}
    </th>
  );
}
