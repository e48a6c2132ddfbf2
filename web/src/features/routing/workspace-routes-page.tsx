/** The routes of a workspace, and those of the installation that are there as well. */
import type { Workspace } from "../../api/types";
import { RoutesPage } from "./routes-page";

export default function Page({ workspace }: { workspace: Workspace }) {
  return <RoutesPage workspace={workspace} scope="workspace" />;
}
