/** Joins the panel of a conversation with the choosing of files, and says where its links lead. Loaded when it is opened. */
import { useNavigate } from "@tanstack/react-router";
import { Suspense } from "react";
import type { Workspace } from "../api/types";
import { ContextPanel, type Drawing } from "../features/conversations/context/context-panel";
import { onDemand } from "../ui/overlays/lazy";

const choice = onDemand(() => import("./choice"));

interface ContextPanelRouteProps {
  workspace: Workspace;
  conversation: string | undefined;
  draft: Drawing;
  onClose: () => void;
}

export default function ContextPanelRoute({ workspace, conversation, draft, onClose }: ContextPanelRouteProps) {
  const navigate = useNavigate();
  const toMemories = (search: { memory?: string; tab?: string }) =>
    void navigate({ to: "/w/$workspace/$page", params: { workspace: workspace.slug, page: "memories" }, search });
  return (
    <ContextPanel
      workspace={workspace.id}
      conversation={conversation}
      draft={draft}
      renderChoice={(known, onChosen, onDone) => (
        <Suspense>
          <choice.Component workspace={workspace.id} known={known} onChosen={onChosen} onClose={onDone} />
        </Suspense>
      )}
      mayWrite={workspace.role !== "observer"}
      onMemory={(memory) => toMemories({ memory })}
      onInbox={() => toMemories({ tab: "proposed" })}
      onClose={onClose}
    />
  );
}
