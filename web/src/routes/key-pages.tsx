/** Joins the pages of API keys with the budgets that limit them: one's own, those of a workspace, everybody's. */
import type { ApiKey, Me, OwnedKey, Workspace } from "../api/types";
import AllKeysPage from "../features/accounts/settings/all-keys-page";
import { OwnedKeysPage } from "../features/accounts/settings/owned-keys-page";
import { KeyBudgetButton, KeyBudgets } from "../features/budgets/key-budgets";

interface KeyPageProps {
  me: Me;
  workspace: Workspace;
}

const budgetsOf = (workspace: Workspace) => (apiKey: ApiKey) => ({
  figures: <KeyBudgets apiKey={apiKey} all={false} mayChange />,
  button: <KeyBudgetButton apiKey={apiKey} all={false} workspace={workspace} />,
});

export function MyKeys({ workspace }: KeyPageProps) {
  return <OwnedKeysPage owner="me" workspace={workspace} renderBudgets={budgetsOf(workspace)} />;
}

export function WorkspaceKeys({ workspace }: KeyPageProps) {
  return <OwnedKeysPage owner={workspace.id} workspace={workspace} renderBudgets={budgetsOf(workspace)} />;
}

/** What limits a key is decided by whose it is, not by administrators. */
export function AllKeys({ me, workspace }: KeyPageProps) {
  const isTheirs = ({ workspace_id, user_id }: OwnedKey) => {
    if (!workspace_id) return user_id === me.user.id;
    const role = me.workspaces.find(({ id }) => id === workspace_id)?.role;
    return role === "owner" || role === "admin";
  };
  return (
    <AllKeysPage
      renderBudgets={(apiKey) => ({
        figures: <KeyBudgets apiKey={apiKey} all mayChange={isTheirs(apiKey)} />,
        button: isTheirs(apiKey) && <KeyBudgetButton apiKey={apiKey} all workspace={workspace} />,
      })}
    />
  );
}
