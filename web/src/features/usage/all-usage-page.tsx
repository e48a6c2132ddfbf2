/** What everybody has used, for administrators. */
import { UsagePage } from "./usage-page";

export default function Page() {
  return <UsagePage scope="installation" parts={["model", "user", "workspace", "purpose"]} />;
}
