/** A table as prompts: its file or its text, how it begins, and what each row makes of the prompt. */
import { useId, useRef, useState } from "react";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { described, Frame, Select, TextArea } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { type CsvTable, parseCsv } from "./csv";
import { CSV_BYTES_MAX, type Draft } from "./draft";
import type { Change } from "./new-batch-page";
import { texts } from "./start-texts";
import { fillTemplate, firstTemplate, unknownPlaces } from "./template";

/** Rows of the preview. */
const SHOWN = 5;
/** The column that the server looks for by itself. */
const EXPECTED = "expected";
/** A field with megabytes in it is slow to write in: it shows a file of no more than this. */
const TYPED_MAX = 200_000;

interface TablePartProps {
  draft: Draft;
  change: Change;
}

export function TablePart({ draft, change }: TablePartProps) {
  const t = useTexts(texts);
  const [fault, setFault] = useState<"csvTooLarge" | "csvUnreadable">();
  const { csv, table, template, expected } = draft;

  const take = (text: string) => {
    setFault(undefined);
    const next = parseCsv(text);
    const same = next.header.join("\n") === table.header.join("\n");
    change({
      csv: text,
      table: next,
      // Another table with the same columns keeps what was written for them.
      ...(!same && {
        template: firstTemplate(next.header),
        expected: next.header.includes(EXPECTED) ? EXPECTED : "",
      }),
    });
  };
  const load = (file: File | undefined) => {
    if (!file) return;
    if (file.size > CSV_BYTES_MAX) return setFault("csvTooLarge");
    file.text().then(take, () => setFault("csvUnreadable"));
  };

  return (
    <div className="table-part">
      <FileField label={t.csvFile} hint={t.csvHint} onChosen={load} />
      {fault && <Callout tone="danger">{t[fault]}</Callout>}
      {csv.length <= TYPED_MAX && (
        <TextArea
          label={t.csvPaste}
          className="table-text"
          rows={4}
          spellCheck={false}
          value={csv}
          onChange={({ target }) => take(target.value)}
        />
      )}
      {table.header.length > 0 && (
        <>
          <Preview table={table} />
          <TemplateField template={template} columns={table.header} onChange={(next) => change({ template: next })} />
          {table.rows[0] && template.trim() && (
            <div className="table-first">
              <h3>{t.firstPrompt}</h3>
              <p className="plain">{fillTemplate(template, table.header, table.rows[0])}</p>
            </div>
          )}
          <Select
            label={t.expected}
            hint={t.expectedHint}
            value={expected}
            onChange={({ target }) => change({ expected: target.value })}
          >
            {/* A column of this name is taken for it whatever one says. */}
            {!table.header.includes(EXPECTED) && <option value="">{t.expectedNone}</option>}
            {table.header.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
        </>
      )}
    </div>
  );
}

interface FileFieldProps {
  label: string;
  hint: string;
  onChosen: (file: File | undefined) => void;
}

function FileField({ label, hint, onChosen }: FileFieldProps) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint}>
      <input
        id={id}
        {...described(id, hint, undefined)}
        type="file"
        accept=".csv,.tsv,.txt,text/csv"
        onChange={({ target }) => onChosen(target.files?.[0])}
      />
    </Frame>
  );
}

function Preview({ table: { header, rows } }: { table: CsvTable }) {
  const t = useTexts(texts);
  return (
    <div className="table-preview">
      <p className="hint">{t.csvRows(rows.length, header.length)}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <section aria-label={t.csvBeginning} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {header.map((name, column) => (
                <th key={column} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row, index) => (
              <tr key={index}>
                {header.map((_name, column) => (
                  <td key={column} title={row[column]}>
                    {row[column]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

interface TemplateFieldProps {
  template: string;
  columns: readonly string[];
  onChange: (template: string) => void;
}

/** The columns are put in where one writes. */
function TemplateField({ template, columns, onChange }: TemplateFieldProps) {
  const t = useTexts(texts);
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const unknown = unknownPlaces(template, columns);
  const error = unknown.length > 0 ? t.unknown(unknown) : undefined;
  const insert = (column: string) => {
    const { selectionStart = template.length, selectionEnd = template.length } = area.current ?? {};
    const place = `{{${column}}}`;
    onChange(template.slice(0, selectionStart) + place + template.slice(selectionEnd));
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(selectionStart + place.length, selectionStart + place.length);
    });
  };
  return (
    <div className="table-template">
      <Frame id={id} label={t.template} hint={t.templateHint} error={error}>
        <textarea
          ref={area}
          id={id}
          rows={3}
          {...described(id, t.templateHint, error)}
          value={template}
          onChange={({ target }) => onChange(target.value)}
        />
      </Frame>
      <fieldset className="table-columns">
        <legend className="sr-only">{t.insert}</legend>
        {columns.map((column, index) => (
          <button
            key={index}
            type="button"
            className="button"
            aria-label={t.insertOf(column)}
            onClick={() => insert(column)}
          >
            <Icon name="plus" />
            {column}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
