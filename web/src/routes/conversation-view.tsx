/** What is shown of a conversation, and what has to be read before it is shown. Loaded with the first one. */
import { type QueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import type { Collection } from "../api/types";
import { usePreferences } from "../features/accounts/use-preferences";
import type { Drawing } from "../features/conversations/composer/attachments/port";
import { ConversationPage } from "../features/conversations/conversation-page";
import { conversationQuery } from "../features/conversations/queries";
import { chooseModel, defaultModel, useChosenModel } from "../features/models/default-model";
import { ModelPicker } from "../features/models/model-picker";
import { modelsQuery } from "../features/models/queries";
import { preloadMarkdown } from "../ui/markdown/markdown";
import { onDemand } from "../ui/overlays/lazy";
import { shellRoute } from "./shell";

const Choice = lazy(() => import("./choice"));
const ContextPanel = lazy(() => import("./context-panel"));
const greeting = onDemand(() => import("./new-greeting"));

export function loadNew(client: QueryClient, workspace: string): Promise<unknown> {
  greeting.preload();
  return client.ensureQueryData(modelsQuery(workspace));
}

export function load(client: QueryClient, workspace: string, conversation: string): Promise<unknown> {
  preloadMarkdown();
  return Promise.all([
    client.ensureQueryData(modelsQuery(workspace)),
    client.ensureQueryData(conversationQuery(conversation)),
  ]);
}

export function NewConversation() {
  const { workspace } = shellRoute.useRouteContext();
  return <Page key={workspace.id} />;
}

export function Conversation() {
  const { conversationId } = useParams({ from: "/w/$workspace/c/$conversationId" });
  const { data: kind } = useSuspenseQuery({ ...conversationQuery(conversationId), select: ({ data }) => data.kind });
  if (kind !== "comparison") return <Page key={conversationId} id={conversationId} />;
  return (
    <Suspense>
      <Comparison key={conversationId} id={conversationId} />
    </Suspense>
  );
}

const Comparison = lazy(() => import("./comparison"));

function Page({ id }: { id?: string }) {
  const { me, workspace } = shellRoute.useRouteContext();
  const navigate = useNavigate();
  const { data: models } = useSuspenseQuery(modelsQuery(workspace.id));
  const { default_model: preferred, send_with: sendWith } = usePreferences(me);
  const chosen = useChosenModel();
  const { id: workspaceId, slug } = workspace;
  const [context, setContext] = useState(false);
  const [collection, onCollection] = useState<Collection | null>(null);
  const renderPicker = useCallback(
    (current: string | undefined, save: (model: string) => void, wished: string | null | undefined) => (
      <ModelPicker
        workspace={workspaceId}
        models={models}
        chosen={current}
        wished={wished}
        onChoose={(model) => {
          chooseModel(model);
          save(model);
        }}
        onManage={() =>
          void navigate({ to: "/w/$workspace/settings/$page", params: { workspace: slug, page: "my-connections" } })
        }
      />
    ),
    [models, navigate, workspaceId, slug],
  );
  const drawing = useMemo(() => drawingFor(workspaceId), [workspaceId]);
  const onStarted = useCallback(
    (conversationId: string) =>
      void navigate({ to: "/w/$workspace/c/$conversationId", params: { workspace: slug, conversationId } }),
    [navigate, slug],
  );
  return (
    <div className="beside">
      <ConversationPage
        context={{ open: context, toggle: () => setContext(!context) }}
        collection={collection}
        workspace={workspace.id}
        id={id}
        me={me.user.id}
        role={workspace.role}
        models={models}
        modelFor={(conversation) => defaultModel(models, { conversation, chosen, preferred })?.id}
        renderPicker={renderPicker}
        greeting={
          <Suspense>
            <greeting.Component id={id} models={models} model={defaultModel(models, { chosen, preferred })} />
          </Suspense>
        }
        sendWith={sendWith}
        drawing={drawing}
        onStarted={onStarted}
        onGone={() => void navigate({ to: "/w/$workspace", params: { workspace: slug } })}
      />
      {context && (
        <Suspense>
          <ContextPanel
            workspace={workspace}
            conversation={id}
            draft={{ collection, onCollection }}
            onClose={() => setContext(false)}
          />
        </Suspense>
      )}
    </div>
  );
}

/** How a message draws on files: those that are uploaded for it, by the queue of the files page, and those that are there. */
export function drawingFor(workspace: string): Drawing {
  const uploads = () => import("../features/files/uploads/attach");
  return {
    accept: "",
    upload: async (file, onProgress, signal) => (await uploads()).attach(workspace, file, onProgress, signal),
    read: async (id, signal) => (await uploads()).untilRead(id, signal),
    renderChoice: (known, onChosen, onClose) => (
      <Suspense>
        <Choice workspace={workspace} known={known} onChosen={onChosen} onClose={onClose} />
      </Suspense>
    ),
  };
}
