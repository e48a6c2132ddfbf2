/** One's own keys for programs. */
import type { Workspace } from "../../../api/types";
import { OwnedKeysPage } from "./owned-keys-page";

export default function KeysPage({ workspace }: { workspace: Workspace }) {
  return <OwnedKeysPage owner="me" workspace={workspace} />;
}
