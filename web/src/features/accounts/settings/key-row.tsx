/** One API key: what it may do, what limits it, when it was used; and what can be done with it. */
import type { ReactNode } from "react";
import type { ApiKey, KeyScope } from "../../../api/types";
import { ago, compact, date, number } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icons";
import { type Texts as KeyTexts, texts as keyTexts } from "./key-texts";
import { texts } from "./texts";

/** What limits the cost of what a key calls, as a route has it. */
export interface RowBudgets {
  figures: ReactNode;
  button: ReactNode;
}

interface KeyRowProps {
  apiKey: ApiKey;
  /** Whose it is, where several people's are shown. */
  owner?: ReactNode;
  budgets: RowBudgets;
  onChange?: () => void;
  onRevoke: () => void;
}

export function KeyRow({ apiKey, owner, budgets, onChange, onRevoke }: KeyRowProps) {
  const t = useTexts(texts).keys;
  const k = useTexts(keyTexts);
  const { name, prefix, scopes, created_at, last_used_at, expires_at } = apiKey;
  const over = expires_at && Date.parse(expires_at) <= Date.now();
  const notes = [
    last_used_at ? t.used(ago(last_used_at)) : t.never,
    expires_at ? (over ? t.expired(date(expires_at)) : t.expires(date(expires_at))) : t.forever,
    t.made(date(created_at)),
  ];
  const limits = limitsOf(apiKey, k);
  return (
    <li>
      <span className="row-icon">
        <Icon name="key" />
      </span>
      <div className="row-main">
        <p className="row-line">
          <span className="row-title">{name}</span>
          {scopes.map((scope) => (
            <span key={scope} className="badge" title={t.scopes[scope as KeyScope]?.note}>
              {t.scopes[scope as KeyScope]?.label ?? scope}
            </span>
          ))}
        </p>
        {owner && <p className="row-note">{owner}</p>}
        <p className="row-note">
          <code className="key-prefix">{prefix}…</code> {notes.join(" · ")}
        </p>
        {limits.length > 0 && <p className="row-note">{limits.join(" · ")}</p>}
        {budgets.figures}
      </div>
      <div className="row-end">
        {budgets.button}
        {onChange && (
          <button type="button" className="button" aria-label={k.changeNamed(name)} onClick={onChange}>
            {k.change}
          </button>
        )}
        <button type="button" className="button" aria-label={t.revokeNamed(name)} onClick={onRevoke}>
          {t.revoke}
        </button>
      </div>
    </li>
  );
}

function limitsOf(key: ApiKey, t: KeyTexts): string[] {
  const { models, requests_per_minute, tokens_per_minute, concurrent } = key;
  return [
    ...(models ? [t.only(models.join(", "))] : []),
    ...(requests_per_minute ? [t.requests(number(requests_per_minute))] : []),
    ...(tokens_per_minute ? [t.tokens(compact(tokens_per_minute))] : []),
    ...(concurrent ? [t.atOnce(number(concurrent))] : []),
  ];
}
