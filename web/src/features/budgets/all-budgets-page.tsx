/** All budgets of this Stoa, for administrators. */
import type { Workspace } from "../../api/types";
import { BudgetsPage } from "./budgets-page";

export default function Page({ workspace }: { workspace: Workspace }) {
  return <BudgetsPage workspace={workspace} all />;
}
