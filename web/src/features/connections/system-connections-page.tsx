/** Connections of the installation, for everybody; also where an administrator begins. */
import type { Me, Workspace } from "../../api/types";
import { ConnectionsPage } from "./connections-page";

export default function Page({ me, workspace }: { me: Me; workspace: Workspace }) {
  return <ConnectionsPage me={me} workspace={workspace} scope="system" />;
}
