/** The routes of the installation, for administrators. */
import type { Workspace } from "../../api/types";
import { RoutesPage } from "./routes-page";

export default function Page({ workspace }: { workspace: Workspace }) {
  return <RoutesPage workspace={workspace} scope="system" />;
}
