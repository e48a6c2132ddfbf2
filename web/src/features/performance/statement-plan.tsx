/** How the database carries out a statement, and the index that it lacks, if any. Asked for when somebody looks. */
import { useQuery } from "@tanstack/react-query";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { CopyButton } from "../../ui/copy-button";
import { Failed } from "../../ui/failed";
import { Skeleton } from "../../ui/states";
import { statementQuery } from "./queries";
import { texts } from "./texts";

export function StatementPlan({ name }: { name: string }) {
  const t = useTexts(texts).statements;
  const query = useQuery(statementQuery(name));
  if (query.isPending) return <Skeleton lines={4} />;
  if (query.isError) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  const { text, plan } = query.data;
  return (
    <>
      <Block title={t.sql} text={text} />
      {plan.text ? <Block title={t.plan} text={plan.text} /> : <Callout tone="quiet">{t.noPlan}</Callout>}
      {plan.hints.map(({ table, columns, finding }) => (
        <Callout key={`${table} ${columns.join()}`} tone="warn">
          {t.findings[finding]?.(table)} {t.hint(table, columns.join(", "))}
        </Callout>
      ))}
      {plan.text && plan.hints.length === 0 && <Callout tone="good">{t.noHint}</Callout>}
    </>
  );
}

function Block({ title, text }: { title: string; text: string }) {
  return (
    <section>
      <div className="block-head">
        <h3>{title}</h3>
        <CopyButton text={text} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre className="plan" tabIndex={0}>
        {text}
      </pre>
    </section>
  );
}
