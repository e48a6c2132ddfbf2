/** A new conversation, and one that exists. */
import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { createRoute, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useState } from "react";
import type { Collection, Model } from "../api/types";
import { usePreferences } from "../features/accounts/use-preferences";
import { Greeting } from "../features/conversations/composer/greeting";
import { ConversationPage } from "../features/conversations/conversation-page";
import { conversationsQuery } from "../features/conversations/list/list-queries";
import { conversationQuery } from "../features/conversations/queries";
import { chooseModel, defaultModel, useChosenModel } from "../features/models/default-model";
import { ModelPicker } from "../features/models/model-picker";
import { modelsQuery } from "../features/models/queries";
import { preloadMarkdown } from "../ui/markdown/markdown";
import { Failed } from "./root";
import { shellRoute } from "./shell";

export const newConversationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  loader: ({ context: { queryClient, workspace } }) => queryClient.ensureQueryData(modelsQuery(workspace.id)),
  component: function NewConversation() {
    const { workspace } = shellRoute.useRouteContext();
    return <Page key={workspace.id} />;
  },
  errorComponent: Failed,
});

export const conversationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "c/$conversationId",
  loader: ({ context: { queryClient, workspace }, params }) => {
    preloadMarkdown();
    return Promise.all([
      queryClient.ensureQueryData(modelsQuery(workspace.id)),
      queryClient.ensureQueryData(conversationQuery(params.conversationId)),
    ]);
  },
  component: function Conversation() {
    const { conversationId } = conversationRoute.useParams();
    return <Page key={conversationId} id={conversationId} />;
  },
  errorComponent: Failed,
});

const ContextPanel = lazy(() => import("./context-panel"));

function Page({ id }: { id?: string }) {
  const { me, workspace } = shellRoute.useRouteContext();
  const navigate = useNavigate();
  const { data: models } = useSuspenseQuery(modelsQuery(workspace.id));
  const { default_model: preferred, send_with: sendWith } = usePreferences(me);
  const chosen = useChosenModel();
  const { slug } = workspace;
  const [context, setContext] = useState(false);
  const [collection, onCollection] = useState<Collection | null>(null);
  const renderPicker = useCallback(
    (current: string | undefined, save: (model: string) => void, wished: string | null | undefined) => (
      <ModelPicker
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
    [models, navigate, slug],
  );
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
        greeting={<NewGreeting id={id} models={models} model={defaultModel(models, { chosen, preferred })} />}
        sendWith={sendWith}
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

interface NewGreetingProps {
  id: string | undefined;
  models: readonly Model[];
  model: Model | undefined;
}

function NewGreeting({ id, models, model }: NewGreetingProps) {
  const { me, workspace } = shellRoute.useRouteContext();
  // The list at the side reads it; here it only says whether this is the first time.
  const { data: first } = useInfiniteQuery({
    ...conversationsQuery(workspace.id),
    select: (list) => list.pages[0]?.data.length === 0,
  });
  const off = models.find((each) => !each.available && each.unavailable_reason);
  return (
    <Greeting
      workspace={workspace}
      conversation={id}
      mayWrite={workspace.role !== "observer"}
      administrator={me.user.is_admin}
      model={model}
      trouble={off && { name: off.name, reason: off.unavailable_reason ?? "" }}
      first={first ?? false}
    />
  );
}
