/** Settings of a workspace, general: what it is called, where it is found, and how one leaves or ends it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { explain } from "../../../api/problem";
import type { Me, Workspace } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { CopyButton } from "../../../ui/copy-button";
import { onDemand } from "../../../ui/overlays/lazy";
import { Page, Panel } from "../../../ui/panel";
import { Skeleton } from "../../../ui/states";
import { showToast } from "../../../ui/toast";
import { deleteWorkspace, removeMember, useRefreshMe, workspaceQuery } from "../queries";
import { manages } from "../roles";
import { texts as roleTexts } from "../texts";
import { DetailsForm } from "./details-form";
import { MyInvitations } from "./my-invitations";
import { texts } from "./texts";
import "./settings.css";

const confirm = onDemand(() => import("../../../ui/confirm"));

interface PageProps {
  me: Me;
  workspace: Workspace;
}

export default function GeneralPage({ me, workspace }: PageProps) {
  const t = useTexts(texts);
  const read = useQuery(workspaceQuery(workspace.id));
  return (
    <Page title={t.general} about={workspace.personal ? t.aboutPersonal : t.aboutGeneral}>
      <MyInvitations />
      <Panel title={t.details}>
        {read.data ? (
          manages(read.data.workspace.role) ? (
            <DetailsForm read={read.data} />
          ) : (
            <Details workspace={read.data.workspace} />
          )
        ) : read.isError ? (
          <Callout
            tone="danger"
            actions={
              <button type="button" className="button" onClick={() => void read.refetch()}>
                {t.tryAgain}
              </button>
            }
          >
            {explain(read.error)}
          </Callout>
        ) : (
          <Skeleton lines={3} />
        )}
      </Panel>
      <Place workspace={workspace} />
      {workspace.personal ? <Personal workspace={workspace} /> : <Ending me={me} workspace={workspace} />}
    </Page>
  );
}

/** For who may only read it. */
function Details({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  return (
    <>
      <dl className="workspace-facts">
        <div>
          <dt>{t.name}</dt>
          <dd>{workspace.name}</dd>
        </div>
        <div>
          <dt>{t.description}</dt>
          <dd className={workspace.description ? "lines" : "hint"}>{workspace.description || t.noDescription}</dd>
        </div>
      </dl>
      <p className="hint">{t.readOnly}</p>
    </>
  );
}

function Place({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const { roles } = useTexts(roleTexts);
  const address = `${location.origin}/w/${workspace.slug}`;
  return (
    <Panel title={t.place}>
      <dl className="workspace-facts">
        <div>
          <dt>{t.address}</dt>
          <dd>
            <span className="workspace-address">
              <code>{address}</code>
              <CopyButton text={address} label={t.copyAddress} bare />
            </span>
            <p className="hint">{t.addressHint}</p>
          </dd>
        </div>
        <div>
          <dt>{t.yourRole}</dt>
          <dd>
            {roles[workspace.role]}
            <p className="hint">{t.about[workspace.role]}</p>
          </dd>
        </div>
      </dl>
      <p className="hint">{t.since(workspace.created_at)}</p>
    </Panel>
  );
}

function Personal({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  return (
    <Panel title={t.personalTitle} about={t.personalText}>
      <div>
        <Link
          to="/w/$workspace/settings/$page"
          params={{ workspace: workspace.slug, page: "new-workspace" }}
          className="button"
        >
          {t.create}
        </Link>
      </div>
    </Panel>
  );
}

function Ending({ me, workspace }: PageProps) {
  const t = useTexts(texts);
  const refreshMe = useRefreshMe();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"leave" | "delete">();
  const owner = workspace.role === "owner";

  const go = async (done: string) => {
    // Before the page of a workspace that is no longer there is shown once more.
    await refreshMe();
    showToast({ text: done });
    await navigate({ to: "/" });
  };
  const leave = () => removeMember(workspace.id, me.user.id).then(() => go(t.left(workspace.name)));
  const remove = () => deleteWorkspace(workspace.id).then(() => go(t.removed(workspace.name)));

  return (
    <Panel title={t.ending}>
      <div className="ending">
        <div className="row-main">
          <p className="row-title">{t.leave}</p>
          <p className="row-note">{owner ? t.ownerStays : t.leaveHint}</p>
        </div>
        {owner ? (
          <Link
            to="/w/$workspace/settings/$page"
            params={{ workspace: workspace.slug, page: "members" }}
            className="button"
          >
            {t.toMembers}
          </Link>
        ) : (
          <button type="button" className="button" {...confirm.intent} onClick={() => setAsking("leave")}>
            {t.leave}
          </button>
        )}
      </div>
      {owner && (
        <div className="ending">
          <div className="row-main">
            <p className="row-title">{t.remove}</p>
            <p className="row-note">{t.removeHint}</p>
          </div>
          <button type="button" className="button danger" {...confirm.intent} onClick={() => setAsking("delete")}>
            {t.remove}
          </button>
        </div>
      )}
      {asking === "leave" && (
        <confirm.Component
          title={t.leaveTitle(workspace.name)}
          action={t.leave}
          onConfirm={leave}
          onClose={() => setAsking(undefined)}
        >
          <p>{t.leaveText}</p>
        </confirm.Component>
      )}
      {asking === "delete" && (
        <confirm.Component
          title={t.removeTitle(workspace.name)}
          action={t.remove}
          typed={{ label: t.typeName(workspace.name), text: workspace.name }}
          onConfirm={remove}
          onClose={() => setAsking(undefined)}
        >
          <p>{t.removeText}</p>
        </confirm.Component>
      )}
    </Panel>
  );
}
