/** The standings of a workspace: what its people's votes say of the models, how sure that is, and what the models cost. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Standing } from "../../../api/types";
import { duration, money, number } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Intervals } from "../../../ui/charts/intervals";
import { Failed } from "../../../ui/failed";
import { Select } from "../../../ui/field";
import { Place } from "../../../ui/place";
import { Empty, Skeleton } from "../../../ui/states";
import { Cheapest, type FoundModel } from "./cheapest";
import { texts } from "./leaderboard-texts";
import { standingsQuery, tagsQuery } from "./queries";
import "./leaderboard.css";

interface LeaderboardPageProps {
  workspace: string;
  modelName: (id: string) => string;
  /** The way to a new comparison. */
  compare: ReactNode;
  /** What can be done with a model that is good enough for less. */
  useIt: (found: FoundModel) => ReactNode;
}

export default function LeaderboardPage({ workspace, modelName, compare, useIt }: LeaderboardPageProps) {
  const t = useTexts(texts);
  const [tag, setTag] = useState("");
  const query = useQuery(standingsQuery(workspace, tag));
  const { data: tags = [] } = useQuery(tagsQuery(workspace));
  const rows = query.data ?? [];
  return (
    <Place title={t.title} actions={compare}>
      <p className="standings-about">{t.about}</p>
      {tags.length > 0 && (
        <div className="standings-tag">
          <Select label={t.tag} value={tag} onChange={({ target }) => setTag(target.value)}>
            <option value="">{t.all}</option>
            {tags.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Select>
        </div>
      )}
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <Empty icon="columns" title={t.none}>
          <p>{t.noneWhy}</p>
        </Empty>
      )}
      {rows.length > 0 && (
        <>
          <Intervals
            title={t.chart}
            note={t.chartNote}
            rows={rows.map(({ model, rating, low, high }) => ({ name: modelName(model), value: rating, low, high }))}
            format={(value) => number(Math.round(value))}
          />
          {rows.length > 1 && (
            <Cheapest workspace={workspace} tag={tag} rows={rows} modelName={modelName} useIt={useIt} />
          )}
          <Table rows={rows} modelName={modelName} />
        </>
      )}
    </Place>
  );
}

interface TableProps {
  rows: readonly Standing[];
  modelName: (id: string) => string;
}

function Table({ rows, modelName }: TableProps) {
  const t = useTexts(texts);
  const none = "–";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <section className="standings" aria-label={t.table} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {[t.model, t.rating, t.votes, t.record, t.cost, t.firstToken, t.speed].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.model}>
              <th scope="row" title={row.model}>
                {modelName(row.model)}
              </th>
              <td>
                {t.between(number(Math.round(row.rating)), number(Math.round(row.low)), number(Math.round(row.high)))}
              </td>
              <td>{number(row.votes)}</td>
              <td>{`${number(row.wins)} / ${number(row.ties)} / ${number(row.losses)}`}</td>
              <td>{row.cost_micros > 0 ? money(row.cost_micros) : none}</td>
              <td>{row.first_token_ms == null ? none : duration(row.first_token_ms)}</td>
              <td>{row.tokens_per_second == null ? none : t.perSecond(number(Math.round(row.tokens_per_second)))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
