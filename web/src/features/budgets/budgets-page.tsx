/** Budgets of a workspace, or all of them for administrators: what is spent, and what happens when it is used up. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import type { Budget, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { onDemand } from "../../ui/overlays/lazy";
import { Page, Panel } from "../../ui/panel";
import { Empty, Skeleton } from "../../ui/states";
import { BudgetRow, whoseOf } from "./budget-row";
import { allBudgetsQuery, workspaceBudgetsQuery } from "./queries";
import { RemoveBudget } from "./remove-budget";
import { texts } from "./texts";

const dialog = onDemand(() => import("./budget-dialog"));

interface BudgetsPageProps {
  workspace: Workspace;
  /** All of this Stoa, for an administrator. */
  all?: boolean;
}

export function BudgetsPage({ workspace, all = false }: BudgetsPageProps) {
  const t = useTexts(texts);
  const ofWorkspace = useQuery({ ...workspaceBudgetsQuery(workspace.id), enabled: !all });
  const ofAll = useQuery({ ...allBudgetsQuery, enabled: all });
  const query = all ? ofAll : ofWorkspace;
  const [open, setOpen] = useState<"new" | Budget>();
  const [removing, setRemoving] = useState<Budget>();
  const manages = all || workspace.role === "owner" || workspace.role === "admin";
  const mayChange = (budget: Budget) => (all ? budget.locked : manages && !budget.locked);

  const create = manages && (
    <button type="button" className="button primary" {...dialog.intent} onClick={() => setOpen("new")}>
      <Icon name="plus" />
      {t.create}
    </button>
  );
  const shown = query.data;
  return (
    <Page title={t.title} about={all ? t.aboutAll : t.about} actions={shown?.length ? create || undefined : undefined}>
      <Panel title={t.list} rows>
        {query.isPending && <Skeleton lines={4} />}
        {query.isError && !shown && (
          <div className="panel-body">
            <Failed error={query.error} onAgain={() => void query.refetch()} />
          </div>
        )}
        {shown?.length === 0 && (
          <Empty icon={<Icon name="gauge" />} title={t.emptyTitle}>
            <p>{manages ? t.empty : t.emptyMember}</p>
            {create}
          </Empty>
        )}
        {shown && shown.length > 0 && (
          <ul className="rows">
            {shown.map((budget) => (
              <BudgetRow
                key={budget.id}
                budget={budget}
                t={t}
                onChange={mayChange(budget) ? () => setOpen(budget) : undefined}
                onRemove={mayChange(budget) ? () => setRemoving(budget) : undefined}
              />
            ))}
          </ul>
        )}
      </Panel>
      <Suspense>
        {open && (
          <dialog.Component
            budget={open === "new" ? undefined : open}
            workspace={workspace}
            all={all}
            onClose={() => setOpen(undefined)}
          />
        )}
        {removing && (
          <RemoveBudget budget={removing} whose={whoseOf(removing, t)} onClose={() => setRemoving(undefined)} />
        )}
      </Suspense>
    </Page>
  );
}
