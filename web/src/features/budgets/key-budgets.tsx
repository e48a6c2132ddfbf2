/** The budgets of one API key, for its row on the pages of keys, where a route puts them: what is spent, and the form for one. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import type { Budget, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { onDemand } from "../../ui/overlays/lazy";
import { SpentMeter } from "./budget-row";
import { allBudgetsQuery, myBudgetsQuery } from "./queries";
import { aboutToRemove, RemoveBudget } from "./remove-budget";
import { texts } from "./texts";

const dialog = onDemand(() => import("./budget-dialog"));

interface KeyBudgetsProps {
  apiKey: { id: string; name: string };
  /** Among all of this Stoa, for an administrator. */
  all: boolean;
}

function useBudgetsOf({ apiKey, all }: KeyBudgetsProps) {
  return useQuery({
    ...(all ? allBudgetsQuery : myBudgetsQuery),
    select: (budgets: Budget[]) =>
      budgets.filter(({ scope, subject_id }) => scope === "key" && subject_id === apiKey.id),
  }).data;
}

/** What is spent of those that there are. */
export function KeyBudgets({ mayChange, ...props }: KeyBudgetsProps & { mayChange: boolean }) {
  const t = useTexts(texts);
  const [removing, setRemoving] = useState<Budget>();
  const whoseOf = ({ period }: Budget) => `${props.apiKey.name}, ${t.periods[period]}`;
  return (
    <>
      {useBudgetsOf(props)?.map((budget) => (
        <p key={budget.id} className="row-line">
          <SpentMeter budget={budget} whose={whoseOf(budget)} t={t} />
          <span className="badge">{t.periods[budget.period]}</span>
          {mayChange && (
            <button
              type="button"
              className="button quiet icon-only"
              aria-label={t.removeNamed(whoseOf(budget))}
              title={t.removeNamed(whoseOf(budget))}
              {...aboutToRemove}
              onClick={() => setRemoving(budget)}
            >
              <Icon name="trash" />
            </button>
          )}
        </p>
      ))}
      {removing && (
        <Suspense>
          <RemoveBudget budget={removing} whose={whoseOf(removing)} onClose={() => setRemoving(undefined)} />
        </Suspense>
      )}
    </>
  );
}

/** Opens the form for one of them. */
export function KeyBudgetButton({ workspace, ...props }: KeyBudgetsProps & { workspace: Workspace }) {
  const t = useTexts(texts);
  const budgets = useBudgetsOf(props);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button"
        aria-label={t.budgetNamed(props.apiKey.name)}
        // Which there are decides what the form begins with.
        disabled={!budgets}
        {...dialog.intent}
        onClick={() => setOpen(true)}
      >
        {t.budget}
      </button>
      {open && budgets && (
        <Suspense>
          <dialog.Component
            apiKey={{ ...props.apiKey, budgets }}
            workspace={workspace}
            all={false}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
