/** Further headers of a connection. Stored values are never shown: they stay, or all are replaced. */
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icon";
import type { Header } from "./draft";
import { texts } from "./texts";

interface HeadersFieldProps {
  /** Null while the stored ones stay. */
  headers: Header[] | null;
  /** Names of those that are asked for elsewhere. */
  apart: readonly string[];
  /** The names of the stored ones. */
  stored: readonly string[];
  error: string | undefined;
  onChange: (headers: Header[] | null) => void;
}

export function HeadersField({ headers, apart, stored, error, onChange }: HeadersFieldProps) {
  const t = useTexts(texts);
  const change = (index: number, part: Partial<Header>) =>
    onChange((headers ?? []).map((header, at) => (at === index ? { ...header, ...part } : header)));
  return (
    <fieldset className="headers">
      <legend>{t.headers}</legend>
      {headers === null ? (
        <div className="headers-stored">
          <span>{t.headersStored(stored.join(", "))}</span>
          <button type="button" className="button quiet" onClick={() => onChange([{ name: "", value: "" }])}>
            {t.headersReplace}
          </button>
        </div>
      ) : (
        <>
          <p className="hint">{stored.length > 0 ? t.headersReplaceHint : t.headersHint}</p>
          {headers
            .map((header, at) => ({ header, at }))
            .filter(({ header }) => !apart.includes(header.name))
            .map(({ header, at: index }) => (
              <div key={String(index)} className="header-row field">
                <input
                  aria-label={t.headerName(index + 1)}
                  placeholder={t.headerNamePlaceholder}
                  value={header.name}
                  autoComplete="off"
                  autoCapitalize="none"
                  spellCheck={false}
                  onChange={(event) => change(index, { name: event.target.value })}
                />
                <input
                  aria-label={t.headerValue(index + 1)}
                  placeholder={t.headerValuePlaceholder}
                  value={header.value}
                  autoComplete="off"
                  autoCapitalize="none"
                  spellCheck={false}
                  onChange={(event) => change(index, { value: event.target.value })}
                />
                <button
                  type="button"
                  className="button quiet icon-only"
                  aria-label={t.headerRemove(index + 1)}
                  title={t.headerRemove(index + 1)}
                  onClick={() => onChange(headers.filter((_, at) => at !== index))}
                >
                  <Icon name="close" />
                </button>
              </div>
            ))}
          <div className="headers-actions">
            <button
              type="button"
              className="button quiet"
              onClick={() => onChange([...headers, { name: "", value: "" }])}
            >
              <Icon name="plus" />
              {t.headerAdd}
            </button>
            {stored.length > 0 && apart.length === 0 && (
              <button type="button" className="button quiet" onClick={() => onChange(null)}>
                {t.headersKeep}
              </button>
            )}
          </div>
        </>
      )}
      {error && (
        <span className="wrong" role="alert">
          {error}
        </span>
      )}
    </fieldset>
  );
}
