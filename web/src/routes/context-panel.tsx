/** Says where the links of the panel of a conversation lead. Loaded when it is opened. */
import { useNavigate } from "@tanstack/react-router";
import type { Workspace } from "../api/types";
import { ContextPanel } from "../features/conversations/context/context-panel";

interface ContextPanelRouteProps {
  workspace: Workspace;
  conversation: string;
  onClose: () => void;
}

export default function ContextPanelRoute({ workspace, conversation, onClose }: ContextPanelRouteProps) {
  const navigate = useNavigate();
  const toMemories = (search: { memory?: string; tab?: string }) =>
    void navigate({ to: "/w/$workspace/$page", params: { workspace: workspace.slug, page: "memories" }, search });
  return (
    <ContextPanel
      workspace={workspace.id}
      conversation={conversation}
      mayWrite={workspace.role !== "observer"}
      onMemory={(memory) => toMemories({ memory })}
      onInbox={() => toMemories({ tab: "proposed" })}
      onClose={onClose}
    />
  );
}
