/** What most routes do without: how long is waited, a second model beside a slow first one, and answers that are given again. */

import type { CacheScope, ModelRoute } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Select, Switch } from "../../ui/field";
import { NumberField } from "../../ui/number-field";
import type { Draft, FieldName } from "./draft";
import { texts } from "./texts";

interface MoreFieldsProps {
  scope: ModelRoute["scope"];
  draft: Draft;
  errors: Partial<Record<FieldName, string>>;
  set: (change: Partial<Draft>) => void;
}

export function MoreFields({ scope, draft, errors, set }: MoreFieldsProps) {
  const t = useTexts(texts);
  const scopes: CacheScope[] = scope === "system" ? ["caller", "workspace", "installation"] : ["caller", "workspace"];
  return (
    <>
      <div className="route-three">
        <NumberField
          label={t.seconds}
          hint={t.secondsHint}
          placeholder={t.unlimited}
          error={errors.firstToken}
          value={draft.firstToken}
          onType={(text) => set({ firstToken: text })}
        />
        <NumberField
          label={t.timeout}
          hint={t.timeoutHint}
          placeholder={t.noLimit}
          error={errors.timeout}
          value={draft.timeout}
          onType={(text) => set({ timeout: text })}
        />
        <NumberField
          whole
          label={t.retries}
          hint={t.retriesHint}
          placeholder={t.noRetries}
          error={errors.retries}
          value={draft.retries}
          onType={(text) => set({ retries: text })}
        />
      </div>
      <Switch label={t.hedge} hint={t.hedgeHint} checked={draft.hedge} onChange={(hedge) => set({ hedge })} />
      {draft.hedge && (
        <div className="route-three">
          <NumberField
            label={t.hedgeAfter}
            error={errors.hedge}
            value={draft.hedgeAfter}
            onType={(text) => set({ hedgeAfter: text })}
          />
        </div>
      )}
      <Switch label={t.cache} hint={t.cacheHint} checked={draft.cache} onChange={(cache) => set({ cache })} />
      {draft.cache && (
        <div className="route-three">
          <NumberField
            label={t.cacheFor}
            error={errors.cacheFor}
            value={draft.cacheFor}
            onType={(text) => set({ cacheFor: text })}
          />
          <Select
            label={t.cacheScope}
            error={errors.cacheScope}
            value={draft.cacheScope}
            onChange={({ target }) => set({ cacheScope: target.value as CacheScope })}
          >
            {scopes.map((value) => (
              <option key={value} value={value}>
                {t.cacheScopes[value]}
              </option>
            ))}
          </Select>
        </div>
      )}
    </>
  );
}
