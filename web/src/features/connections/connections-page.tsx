/** Connections to providers, of a user, a workspace or the installation: one page, three scopes. Who has none sees what to choose from. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { explain } from "../../api/problem";
import type { Connection, ConnectionScope, Me, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Icon } from "../../ui/icon";
import { Page, Panel } from "../../ui/panel";
import { Skeleton } from "../../ui/states";
import { ConnectForm } from "./connect-form";
import { Connected } from "./connected";
import { ConnectionRow } from "./connection-row";
import { ProviderCards } from "./provider-cards";
import { offered, type Preset } from "./providers";
import { connectionsQuery, mockQuery, modelCountsQuery } from "./queries";
import { texts } from "./texts";
import "./connections.css";

interface ConnectionsPageProps {
  me: Me;
  workspace: Workspace;
  scope: ConnectionScope;
}

/** What is going on above the list. */
type Step = { is: "list" } | { is: "choose" } | { is: "form"; preset: Preset } | { is: "done"; connection: Connection };

export function ConnectionsPage({ me, workspace, scope }: ConnectionsPageProps) {
  const t = useTexts(texts);
  const words = t.pages[scope];
  const read = useQuery(connectionsQuery(workspace.id));
  const { data: counts } = useQuery(modelCountsQuery(workspace.id));
  const [step, setStep] = useState<Step>({ is: "list" });

  const own = read.data?.filter((each) => each.scope === scope && (scope === "system" || !each.builtin)) ?? [];
  const others = read.data?.filter((each) => !own.includes(each)) ?? [];
  const taken = new Set(own.map(({ slug }) => slug));
  const mayAdd = mayManage(me, workspace, scope);
  // What comes with Stoa is no reason not to be welcomed.
  const first = own.every(({ builtin }) => builtin);
  const row = (connection: Connection) => (
    <ConnectionRow
      key={connection.id}
      connection={connection}
      workspace={workspace.id}
      models={counts?.get(connection.id)}
      taken={taken}
    />
  );

  return (
    <Page
      title={words.title}
      about={words.about}
      actions={
        mayAdd && !first && (step.is === "list" || step.is === "done") ? (
          <button type="button" className="button primary" onClick={() => setStep({ is: "choose" })}>
            <Icon name="plus" />
            {t.add}
          </button>
        ) : undefined
      }
    >
      {scope === "workspace" && workspace.personal && (
        <Callout tone="quiet">
          {t.personalNote} <OwnKeys workspace={workspace} />
        </Callout>
      )}
      {step.is === "done" && <Connected connection={step.connection} workspace={workspace} />}
      {step.is === "form" && (
        <ConnectForm
          key={step.preset.id}
          preset={step.preset}
          scope={scope}
          workspace={workspace.id}
          taken={taken}
          onBack={() => setStep({ is: "choose" })}
          onConnected={(connection) => setStep({ is: "done", connection })}
        />
      )}
      {read.isPending && (
        <Panel title={words.list}>
          <Skeleton lines={3} />
        </Panel>
      )}
      {read.isError && !read.data && (
        <Callout
          tone="danger"
          actions={
            <button type="button" className="button" onClick={() => void read.refetch()}>
              {t.failed}
            </button>
          }
        >
          {explain(read.error)}
        </Callout>
      )}
      {read.data && mayAdd && (step.is === "choose" || (first && step.is === "list")) && (
        <Choose
          scope={scope}
          first={first}
          onChoose={(preset) => setStep({ is: "form", preset })}
          onCancel={() => setStep({ is: "list" })}
        />
      )}
      {read.data && !mayAdd && own.length === 0 && (
        <Panel title={words.list}>
          <p className="hint">{t.noneHere}</p>
        </Panel>
      )}
      {own.length > 0 && (
        <Panel title={words.list} rows>
          <ul className="rows">{own.map(row)}</ul>
        </Panel>
      )}
      {read.data && !mayAdd && (
        <Callout tone="quiet">
          {t.onlyManagers} <OwnKeys workspace={workspace} />
        </Callout>
      )}
      {others.length > 0 && scope !== "system" && (
        <Panel title={t.others} about={t.othersAbout} rows>
          <ul className="rows">
            {others.map((connection) => (
              <OtherRow key={connection.id} connection={connection} models={counts?.get(connection.id)} />
            ))}
          </ul>
        </Panel>
      )}
    </Page>
  );
}

function mayManage(me: Me, workspace: Workspace, scope: ConnectionScope): boolean {
  if (scope === "system") return me.user.is_admin;
  return scope === "user" || workspace.role === "owner" || workspace.role === "admin";
}

interface ChooseProps {
  scope: ConnectionScope;
  first: boolean;
  onChoose: (preset: Preset) => void;
  onCancel: () => void;
}

function Choose({ scope, first, onChoose, onCancel }: ChooseProps) {
  const t = useTexts(texts);
  const { data: mock = false } = useQuery(mockQuery);
  const title = first ? (scope === "system" ? t.welcome : t.welcomeOwn) : t.addTitle;
  const about = { system: t.welcomeText, workspace: t.welcomeWorkspaceText, user: t.welcomeOwnText }[scope];
  return (
    <Panel
      title={title}
      about={about}
      actions={
        first ? undefined : (
          <button type="button" className="button quiet" onClick={onCancel}>
            {t.cancel}
          </button>
        )
      }
    >
      <ProviderCards presets={offered(scope, mock)} onChoose={onChoose} />
    </Panel>
  );
}

function OwnKeys({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  return (
    <Link to="/w/$workspace/settings/$page" params={{ workspace: workspace.slug, page: "my-connections" }}>
      {t.pages.user.title}
    </Link>
  );
}

/** Somebody else's: what it is, and that it is there. */
function OtherRow({ connection, models }: { connection: Connection; models: number | undefined }) {
  const t = useTexts(texts);
  const from = connection.builtin ? t.builtin : t.from[connection.scope];
  const notes = [from, connection.slug, ...(models && connection.enabled ? [t.models(models)] : [])];
  return (
    <li>
      <span className="avatar square" aria-hidden="true">
        {connection.name.slice(0, 1).toUpperCase()}
      </span>
      <div className="row-main">
        <p className="row-title">{connection.name}</p>
        <p className="row-note">{notes.join(" · ")}</p>
      </div>
      {connection.health.state !== "ok" && <span className="badge">{t.health[connection.health.state]}</span>}
    </li>
  );
}
