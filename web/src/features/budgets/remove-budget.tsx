/** The question before a budget is removed. It is loaded when somebody is about to be asked. */
import type { Budget } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { onDemand } from "../../ui/overlays/lazy";
import { showToast } from "../../ui/toast";
import { useDeleteBudget } from "./queries";
import { texts } from "./texts";

const confirm = onDemand(() => import("../../ui/confirm"));

/** What loads the question early, for the button that opens it. */
export const aboutToRemove = confirm.intent;

interface RemoveBudgetProps {
  budget: Budget;
  /** Whose it is, in words. */
  whose: string;
  onClose: () => void;
}

/** Inside of a Suspense. */
export function RemoveBudget({ budget, whose, onClose }: RemoveBudgetProps) {
  const t = useTexts(texts);
  const remove = useDeleteBudget();
  return (
    <confirm.Component
      title={t.removeTitle(whose)}
      action={t.remove}
      onConfirm={async () => {
        await remove.mutateAsync(budget.id);
        showToast({ text: t.removed });
      }}
      onClose={onClose}
    >
      <p>{t.removeText}</p>
    </confirm.Component>
  );
}
