/** The files of a folder, or those that were found, as a table whose rows open; on a phone each row is two lines. */
import type { StoredFile } from "../../api/types";
import { ago, bytes, dateTime } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { Menu, type MenuEntry } from "../../ui/menu";
import { iconOf } from "./file-icon";
import { IngestBadge } from "./ingest-badge";
import type { Order } from "./queries";
import { texts } from "./texts";

interface FileTableProps {
  rows: readonly StoredFile[];
  /** The one that is shown beside the list. */
  open: string | undefined;
  /** Says in which folder each one is. */
  showPlace: boolean;
  sort: Order;
  busy: boolean;
  entries: (file: StoredFile) => readonly MenuEntry[];
  onSort: (sort: Order) => void;
  onOpen: ((file: StoredFile) => void) | undefined;
}

/** Said in so many words: laid out as a grid, these elements are no longer what they were to some browsers. */
const AS = {
  table: { role: "table" },
  group: { role: "rowgroup" },
  row: { role: "row" },
  column: { role: "columnheader" },
  head: { role: "rowheader" },
  cell: { role: "cell" },
};

export function FileTable({ rows, open, showPlace, sort, busy, entries, onSort, onOpen }: FileTableProps) {
  const t = useTexts(texts);
  const heading = (column: "name" | "size" | "updated_at", label: string) => (
    <Heading column={column} label={label} sort={sort} onSort={onSort} />
  );
  return (
    <table {...AS.table} className="files" aria-label={t.list} aria-busy={busy}>
      <thead {...AS.group}>
        <tr {...AS.row}>
          {heading("name", t.columns.name)}
          <th {...AS.column} scope="col">
            {t.columns.status}
          </th>
          {heading("size", t.columns.size)}
          {heading("updated_at", t.columns.changed)}
          <th {...AS.column} scope="col">
            <span className="sr-only">{t.columns.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody {...AS.group}>
        {rows.map((file) => (
          <tr
            {...AS.row}
            key={file.id}
            className={onOpen ? "opens" : undefined}
            data-open={file.id === open || undefined}
            data-hidden={file.hidden || undefined}
          >
            <th {...AS.head} scope="row">
              <span className="file-icon" data-kind={file.kind}>
                <Icon name={iconOf(file)} />
              </span>
              <span className="file-names">
                {onOpen ? (
                  <button
                    type="button"
                    className="file-open"
                    title={file.name}
                    aria-current={file.id === open || undefined}
                    onClick={() => onOpen(file)}
                  >
                    {file.name}
                  </button>
                ) : (
                  <span className="file-open">{file.name}</span>
                )}
                {showPlace && <span className="file-note">{t.inside(folderPath(file))}</span>}
              </span>
              {file.hidden && <span className="badge">{t.hidden}</span>}
            </th>
            <td {...AS.cell}>{file.kind === "file" && <IngestBadge ingest={file.ingest} />}</td>
            <td {...AS.cell} className="figure">
              {file.kind === "file" && bytes(file.size_bytes)}
            </td>
            <td {...AS.cell}>
              {file.deleted_at ? (
                <time dateTime={file.deleted_at} title={dateTime(file.deleted_at)}>
                  {t.deletedAgo(ago(file.deleted_at))}
                </time>
              ) : (
                <time dateTime={file.updated_at} title={dateTime(file.updated_at)}>
                  {ago(file.updated_at)}
                </time>
              )}
            </td>
            <td {...AS.cell} className="file-menu">
              <Menu
                label={t.moreFor(file.name)}
                title={t.more}
                button={<Icon name="more" />}
                buttonClass="button quiet icon-only"
                align="end"
                entries={() => entries(file)}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function folderPath({ path, name }: StoredFile): string {
  return path.slice(0, path.length - name.length) || "/";
}

interface HeadingProps {
  column: "name" | "size" | "updated_at";
  label: string;
  sort: Order;
  onSort: (sort: Order) => void;
}

function Heading({ column, label, sort, onSort }: HeadingProps) {
  const current = sort === column || sort === `-${column}`;
  const down = sort.startsWith("-");
  // Names from A on; sizes and times from the largest and the latest.
  const first: Order = column === "name" ? column : `-${column}`;
  const other: Order = column === "name" ? `-${column}` : column;
  return (
    <th
      {...AS.column}
      scope="col"
      aria-sort={current ? (down ? "descending" : "ascending") : undefined}
      className={column === "size" ? "figure" : undefined}
    >
      <button type="button" onClick={() => onSort(sort === first ? other : first)}>
        {label}
        {current && <Icon name="chevron" />}
      </button>
    </th>
  );
}
