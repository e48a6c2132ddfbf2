/**
 * The cheapest model whose answers are not worse than those of a chosen one, as far as the votes tell, and what can be done
 * with it: the route says what (`UseIt`), because that is nothing of this feature.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Standing } from "../../../api/types";
import { money, number } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Failed } from "../../../ui/failed";
import { Select } from "../../../ui/field";
import { Skeleton } from "../../../ui/states";
import { texts } from "./leaderboard-texts";
import { MARGINS, type Margin, votesWithin } from "./margin";
import { cheapestQuery } from "./queries";

interface CheapestProps {
  workspace: string;
  tag: string;
  rows: readonly Standing[];
  modelName: (id: string) => string;
  /** What can be done with a model that was found. */
  useIt: (found: FoundModel) => ReactNode;
}

/** A model that is good enough, and by what. */
export interface FoundModel {
  model: string;
  than: string;
  margin: Margin;
  /** Empty for all votes. */
  tag: string;
}

export function Cheapest({ workspace, tag, rows, modelName, useIt }: CheapestProps) {
  const t = useTexts(texts);
  const [chosen, setChosen] = useState<string>();
  const [margin, setMargin] = useState<Margin>(50);
  // The best one, unless another was chosen that these votes know.
  const than = (rows.find(({ model }) => model === chosen) ?? rows[0])?.model ?? "";
  const query = useQuery({ ...cheapestQuery(workspace, tag, than, margin), placeholderData: keepPreviousData });
  return (
    <section className="cheapest" aria-label={t.cheapest}>
      <h2>{t.cheapest}</h2>
      <div className="cheapest-question">
        <Select label={t.asGoodAs} value={than} onChange={({ target }) => setChosen(target.value)}>
          {rows.map(({ model }) => (
            <option key={model} value={model}>
              {modelName(model)}
            </option>
          ))}
        </Select>
        <Select
          label={t.margin}
          hint={t.marginHint(votesWithin(margin))}
          value={String(margin)}
          onChange={({ target }) => setMargin(MARGINS.find((each) => String(each) === target.value) ?? 50)}
        >
          {MARGINS.map((each) => (
            <option key={each} value={each}>
              {t.within(each)}
            </option>
          ))}
        </Select>
      </div>
      {query.isPending && <Skeleton lines={2} />}
      {query.isError && !query.data && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data && (
        <div aria-busy={query.isPlaceholderData || undefined}>
          <Found {...query.data} tag={tag} modelName={modelName} useIt={useIt} />
        </div>
      )}
    </section>
  );
}

interface FoundProps extends Pick<CheapestProps, "tag" | "modelName" | "useIt"> {
  /** What was asked for, which is not what is chosen while the next answer is on its way. */
  than: string;
  margin: Margin;
  cheapest: string | undefined;
  rows: readonly Standing[];
}

function Found({ than, margin, cheapest, rows, tag, modelName, useIt }: FoundProps) {
  const t = useTexts(texts);
  const cost = (model: string) => rows.find((row) => row.model === model)?.cost_micros ?? 0;
  if (!cheapest || cheapest === than) return <p role="status">{t.noCheaper(modelName(than))}</p>;
  return (
    <>
      <p role="status">
        {t.found(modelName(cheapest), modelName(than), number(margin))}{" "}
        {t.costs(money(cost(cheapest)), money(cost(than)))}
      </p>
      {useIt({ model: cheapest, than, margin, tag })}
    </>
  );
}
