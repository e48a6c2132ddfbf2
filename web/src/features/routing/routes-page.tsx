/** Routes to models, of a workspace or of the installation: what each stands for, made, changed, switched off and deleted. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { explain } from "../../api/problem";
import type { ModelRoute, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { onDemand } from "../../ui/overlays/lazy";
import { Page, Panel } from "../../ui/panel";
import { Empty, Skeleton } from "../../ui/states";
import { showToast } from "../../ui/toast";
import { systemRoutesQuery, useDeleteRoute, useUpdateRoute, workspaceRoutesQuery } from "./queries";
import { RouteRow } from "./route-row";
import { texts } from "./texts";
import "./routing.css";

const confirm = onDemand(() => import("../../ui/confirm"));
const dialog = onDemand(() => import("./route-dialog"));

interface RoutesPageProps {
  workspace: Workspace;
  scope: ModelRoute["scope"];
}

/** What is open over the page. */
type Open = { is: "new" } | { is: "change" | "remove"; route: ModelRoute };

export function RoutesPage({ workspace, scope }: RoutesPageProps) {
  const t = useTexts(texts);
  const ofWorkspace = useQuery({ ...workspaceRoutesQuery(workspace.id), enabled: scope === "workspace" });
  const ofSystem = useQuery({ ...systemRoutesQuery, enabled: scope === "system" });
  const query = scope === "system" ? ofSystem : ofWorkspace;
  const remove = useDeleteRoute();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  // Only administrators come to the page of the installation.
  const manages = scope === "system" || workspace.role === "owner" || workspace.role === "admin";
  const own = query.data?.filter((route) => route.scope === scope);
  const others = query.data?.filter((route) => route.scope !== scope) ?? [];

  const create = manages && (
    <button type="button" className="button primary" {...dialog.intent} onClick={() => setOpen({ is: "new" })}>
      <Icon name="plus" />
      {t.create}
    </button>
  );
  return (
    <Page title={t.title} about={t.about[scope]} actions={own?.length ? create || undefined : undefined}>
      <Panel title={t.own[scope]} rows>
        {query.isPending && <Skeleton lines={4} />}
        {query.isError && !query.data && (
          <div className="panel-body">
            <Failed error={query.error} onAgain={() => void query.refetch()} />
          </div>
        )}
        {own?.length === 0 && (
          <Empty icon="branch" title={t.emptyTitle}>
            <p>{manages ? t.empty : t.emptyMember}</p>
            {create}
          </Empty>
        )}
        {own && own.length > 0 && (
          <Routes
            routes={own}
            onChange={(route) => setOpen({ is: "change", route })}
            onRemove={(route) => setOpen({ is: "remove", route })}
          />
        )}
      </Panel>
      {others.length > 0 && (
        <Panel title={t.others} about={t.othersAbout} rows>
          <Routes routes={others} />
        </Panel>
      )}
      <Suspense>
        {(open?.is === "new" || open?.is === "change") && (
          <dialog.Component
            route={open.is === "change" ? open.route : undefined}
            workspace={workspace}
            scope={scope}
            onClose={close}
          />
        )}
        {open?.is === "remove" && (
          <confirm.Component
            title={t.removeTitle(open.route.model)}
            action={t.removeAction}
            onConfirm={async () => {
              await remove.mutateAsync(open.route.id);
              showToast({ text: t.removed(open.route.model) });
            }}
            onClose={close}
          >
            <p>{t.removeText}</p>
          </confirm.Component>
        )}
      </Suspense>
    </Page>
  );
}

interface RoutesProps {
  routes: readonly ModelRoute[];
  /** Absent where they are only looked at. */
  onChange?: (route: ModelRoute) => void;
  onRemove?: (route: ModelRoute) => void;
}

function Routes({ routes, onChange, onRemove }: RoutesProps) {
  const update = useUpdateRoute();
  const onError = (error: unknown) => showToast({ text: explain(error), tone: "danger" });
  const use = (id: string) => (enabled: boolean) => update.mutate({ id, change: { enabled } }, { onError });
  return (
    <ul className="rows">
      {routes.map((route) => {
        const sent = update.isPending && update.variables.id === route.id ? update.variables.change.enabled : undefined;
        return (
          <RouteRow
            key={route.id}
            route={route}
            enabled={sent ?? route.enabled}
            manage={
              route.can_manage && onChange && onRemove
                ? { change: () => onChange(route), remove: () => onRemove(route), use: use(route.id) }
                : undefined
            }
          />
        );
      })}
    </ul>
  );
}
