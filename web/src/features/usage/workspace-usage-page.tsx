/** What everybody has used in a workspace, for its admins. */
import type { Workspace } from "../../api/types";
import { UsagePage } from "./usage-page";

export default function Page({ workspace }: { workspace: Workspace }) {
  return <UsagePage scope="workspace" parts={["model", "user", "purpose"]} workspace={workspace.id} />;
}
