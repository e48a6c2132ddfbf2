/** One route: what it is called, which models it stands for and in which order, and what is set beside. */

import type { ModelRoute, RouteTarget } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { Menu } from "../../ui/menu";
import { type Texts, texts } from "./texts";

interface RouteRowProps {
  route: ModelRoute;
  /** As it is, or as it is about to be. */
  enabled: boolean;
  /** Absent for those who may only look. */
  manage?: { change: () => void; remove: () => void; use: (enabled: boolean) => void };
}

export function RouteRow({ route, enabled, manage }: RouteRowProps) {
  const t = useTexts(texts);
  const { model, description, tag, strategy, targets } = route;
  const notes = notesOf(t, route);
  return (
    <li className="route">
      <span className="row-icon">
        <Icon name="branch" />
      </span>
      <div className="row-main">
        <p className="route-line">
          <code className="row-title">{model}</code>
          <span className="badge" title={t.strategyNotes[strategy]}>
            {t.strategies[strategy]}
          </span>
          {tag && (
            <span className="badge good" title={t.ruleHint}>
              {t.rule(tag)}
            </span>
          )}
          {!enabled && <span className="badge">{t.off}</span>}
        </p>
        {description && <p className="row-note">{description}</p>}
        <ol className="route-targets" data-strategy={strategy} aria-label={t.targetsOf(model)}>
          {targets.map((target) => (
            <Target key={target.model} target={target} part={partOf(route, target)} t={t} />
          ))}
        </ol>
        {notes.length > 0 && <p className="row-note">{notes.join(" · ")}</p>}
      </div>
      {manage && (
        <div className="row-end">
          <input
            type="checkbox"
            role="switch"
            className="switch"
            aria-label={t.use(model)}
            aria-checked={enabled}
            checked={enabled}
            onChange={({ target }) => manage.use(target.checked)}
          />
          <Menu
            label={t.actions(model)}
            button={<Icon name="more" />}
            buttonClass="button quiet icon-only"
            align="end"
            entries={[
              { label: t.change, icon: "pencil", onSelect: manage.change },
              { label: t.remove, icon: "trash", danger: true, onSelect: manage.remove },
            ]}
          />
        </div>
      )}
    </li>
  );
}

function Target({ target, part, t }: { target: RouteTarget; part: number | undefined; t: Texts }) {
  const { model, available, unavailable_reason: reason } = target;
  return (
    <li>
      <span>{model}</span>
      {part !== undefined && <span className="route-part">{t.part(part)}</span>}
      {!available && (
        <span className="route-broken" title={reason ?? t.notUsable}>
          <Icon name="warning" />
          <span className="sr-only">{reason ?? t.notUsable}</span>
        </span>
      )}
    </li>
  );
}

/** What part of the calls it gets, in percent. */
function partOf({ strategy, targets }: ModelRoute, { weight }: RouteTarget): number | undefined {
  if (strategy !== "weighted") return undefined;
  const sum = targets.reduce((total, each) => total + each.weight, 0);
  return sum > 0 ? Math.round((weight / sum) * 100) : 0;
}

function notesOf(t: Texts, route: ModelRoute): string[] {
  const { retries, first_token_timeout_ms: first, timeout_ms: whole, hedge_after_ms: hedge, cache } = route;
  const notes: string[] = [];
  if (first != null) notes.push(t.firstTokenIs(first));
  if (whole != null) notes.push(t.timeoutIs(whole));
  if (retries) notes.push(t.retriesAre(retries));
  if (hedge != null) notes.push(t.hedgeIs(hedge));
  if (cache) notes.push(t.cacheIs(cache.ttl_seconds));
  return notes;
}
