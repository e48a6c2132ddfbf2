/** How much an administrator lets one's keys ask for, and how much of that is used right now; nothing where nothing is limited. */
import { useQuery } from "@tanstack/react-query";
import type { StandingLimit } from "../../../api/types";
import { compact, number } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Meter } from "../../../ui/charts/meter";
import { Panel } from "../../../ui/panel";
import { texts } from "./key-texts";
import { ownLimitsQuery } from "./queries";

export function OwnLimits() {
  const t = useTexts(texts).own;
  const { data: limits } = useQuery(ownLimitsQuery);
  if (!limits?.length) return null;
  return (
    <Panel title={t.title} about={t.about}>
      <dl className="own-limits">
        {limits.map((standing) => (
          <div key={standing.what}>
            <dt>{t.what[standing.what]}</dt>
            <dd>
              <Standing standing={standing} />
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Standing({ standing: { what, used, limit } }: { standing: StandingLimit }) {
  const t = useTexts(texts).own;
  // Calls are few enough to be counted; tokens are not read to the last one.
  const format = what === "tokens" ? compact : number;
  return (
    <Meter label={t.what[what]} value={used} budget={limit}>
      {t.of(format(used), format(limit))}
    </Meter>
  );
}
