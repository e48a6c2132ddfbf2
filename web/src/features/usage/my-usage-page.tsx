/** What one has used oneself, in all workspaces. */
import { UsagePage } from "./usage-page";

export default function Page() {
  return <UsagePage scope="me" parts={["model", "purpose", "workspace"]} />;
}
