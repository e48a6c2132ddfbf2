/** Takes over a list of prices out of a spreadsheet. What is wrong is said by line before anything is sent. Loaded on demand. */
import { type FormEvent, useMemo, useRef, useState } from "react";
import { ApiError, explain } from "../../api/problem";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Dialog } from "../../ui/dialog";
import { TextArea } from "../../ui/field";
import { FormFoot } from "../../ui/form-foot";
import { showToast } from "../../ui/toast";
import { readCsv } from "./csv";
import { useImportPrices } from "./queries";
import { type Texts, texts } from "./texts";

const FAULTS_SHOWN = 5;
const ROWS = 8;

export default function ImportDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts(texts);
  const file = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const read = useMemo(() => readCsv(text), [text]);
  const sending = useImportPrices();
  const { prices, lines, faults } = read;
  const put = (next: string) => {
    setText(next);
    sending.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    sending.mutate(prices, {
      onSuccess: () => {
        showToast({ text: t.imported(prices.length) });
        onClose();
      },
    });
  };
  const wrong = faults.map((fault) => t.line(fault.line, t.wrong[fault.wrong](fault.about)));
  return (
    <Dialog title={t.importTitle} kind="wide" onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <div className="dialog-text">
          <p>{t.importText}</p>
          <p className="price-columns">
            {t.columnsNeeded} {t.columnsOther}
          </p>
        </div>
        <div>
          <button type="button" className="button" onClick={() => file.current?.click()}>
            {t.file}
          </button>
          <input
            ref={file}
            type="file"
            hidden
            accept=".csv,.tsv,.txt,text/csv,text/plain"
            aria-label={t.file}
            onChange={({ target }) => {
              void target.files?.[0]?.text().then(put);
              target.value = "";
            }}
          />
        </div>
        <div className="price-lines">
          <TextArea
            label={t.table}
            rows={ROWS}
            placeholder={t.tablePlaceholder}
            spellCheck={false}
            autoCapitalize="none"
            value={text}
            onChange={({ target }) => put(target.value)}
          />
        </div>
        <div role="status">
          {wrong.length > 0 && (
            <Callout tone="danger">
              <ul>
                {wrong.slice(0, FAULTS_SHOWN).map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
                {wrong.length > FAULTS_SHOWN && <li>{t.faultsMore(wrong.length - FAULTS_SHOWN)}</li>}
              </ul>
            </Callout>
          )}
          {wrong.length === 0 && prices.length > 0 && !sending.isError && <p>{t.ready(prices.length)}</p>}
        </div>
        <FormFoot
          error={sending.error}
          say={(error) => refusal(t, error, lines)}
          busy={sending.isPending}
          disabled={wrong.length > 0 || prices.length === 0}
          action={sending.isPending ? t.importing : prices.length > 0 ? t.importAction(prices.length) : t.importTitle}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}

/** What the server says of single prices, by the line they stand in. */
function refusal(t: Texts, error: unknown, lines: readonly number[]): string {
  if (!(error instanceof ApiError)) return explain(error);
  const said = error.errors.slice(0, FAULTS_SHOWN).flatMap(({ field, message }) => {
    const index = /^prices\[(\d+)\]/.exec(field)?.[1];
    return index === undefined ? [] : t.line(lines[Number(index)] ?? 0, message);
  });
  if (error.code === "already_exists") return [t.importTaken, ...said].join(" ");
  return said.length > 0 ? said.join(" ") : explain(error);
}
