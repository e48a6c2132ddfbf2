/** Settings of a workspace, members: who belongs to it, with which role, and who is invited. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { explain } from "../../../api/problem";
import type { Me, Role, Workspace } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Page, Panel } from "../../../ui/panel";
import { Empty, Skeleton } from "../../../ui/states";
import { membersQuery } from "../queries";
import { manages, ROLES } from "../roles";
import { texts as roleTexts } from "../texts";
import { Invitations } from "./invitations";
import { MemberRow } from "./member-row";
import { MyInvitations } from "./my-invitations";
import { texts } from "./texts";
import "./settings.css";

interface PageProps {
  me: Me;
  workspace: Workspace;
}

export default function MembersPage({ me, workspace }: PageProps) {
  const t = useTexts(texts);
  return (
    <Page title={t.members} about={workspace.personal ? t.aboutAlone : t.aboutMembers}>
      <MyInvitations />
      {workspace.personal ? (
        <Alone workspace={workspace} />
      ) : (
        <>
          <Members me={me} workspace={workspace} />
          {manages(workspace.role) && <Invitations workspace={workspace} />}
          <Roles own={workspace.role} />
        </>
      )}
    </Page>
  );
}

function Alone({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  return (
    <section className="panel" aria-label={t.alone}>
      <Empty icon="user" title={t.alone}>
        <p className="workspace-alone">{t.aloneText}</p>
        <Link
          to="/w/$workspace/settings/$page"
          params={{ workspace: workspace.slug, page: "new-workspace" }}
          className="button primary"
        >
          {t.create}
        </Link>
      </Empty>
    </section>
  );
}

function Members({ me, workspace }: PageProps) {
  const t = useTexts(texts);
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery(
    membersQuery(workspace.id),
  );
  const members = data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Panel title={data && !hasNextPage ? t.count(members.length) : t.members} rows>
      {isPending && <Skeleton lines={4} />}
      {error && members.length === 0 && (
        <div className="panel-body">
          <Callout
            tone="danger"
            actions={
              <button type="button" className="button" onClick={() => void refetch()}>
                {t.tryAgain}
              </button>
            }
          >
            {explain(error)}
          </Callout>
        </div>
      )}
      <ul className="rows">
        {members.map((member) => (
          <MemberRow key={member.user_id} member={member} me={me} workspace={workspace} />
        ))}
      </ul>
      {hasNextPage && (
        <div className="panel-body">
          <button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t.more}
          </button>
        </div>
      )}
    </Panel>
  );
}

function Roles({ own }: { own: Role }) {
  const t = useTexts(texts);
  const { roles } = useTexts(roleTexts);
  return (
    <Panel title={t.rolesTitle}>
      <dl className="workspace-facts">
        {ROLES.map((role) => (
          <div key={role}>
            <dt>
              {roles[role]} {role === own && <span className="badge">{t.you}</span>}
            </dt>
            <dd>{t.about[role]}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
