/** The keys of a workspace, for its admins: they belong to an application, not to who made them. */
import type { Workspace } from "../../../api/types";
import { OwnedKeysPage } from "./owned-keys-page";

export default function WorkspaceKeysPage({ workspace }: { workspace: Workspace }) {
  return <OwnedKeysPage owner={workspace.id} workspace={workspace} />;
}
