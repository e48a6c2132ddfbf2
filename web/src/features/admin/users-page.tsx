/** Everybody with an account: find, add, rename, give and take rights, disable, and let somebody back in. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import type { AdminUser, Me, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icon";
import { onDemand } from "../../ui/overlays/lazy";
import { Page, Panel } from "../../ui/panel";
import { Empty, Skeleton } from "../../ui/states";
import { useSettled } from "../../ui/use-settled";
import { Failed } from "./failed";
import { ListEnd } from "./list-end";
import { settingsQuery, USER_ORDERS, type UserOrder, usersQuery } from "./queries";
import { type Texts, texts } from "./texts";
import { UserRow } from "./user-row";
import "./admin.css";

const adding = onDemand(() => import("./new-user-dialog"));

export default function UsersPage({ me, workspace }: { me: Me; workspace: Workspace }) {
  const t = useTexts(texts).users;
  const [typed, setTyped] = useState("");
  const q = useSettled(typed.trim());
  const [order, setOrder] = useState<UserOrder>("created_at");
  const [open, setOpen] = useState(false);
  const registration = useQuery(settingsQuery).data?.settings.registration;

  return (
    <Page
      title={t.title}
      about={
        registration && (
          <>
            {t.registration[registration]}{" "}
            <Link
              to="/w/$workspace/settings/$page"
              params={{ workspace: workspace.slug, page: "installation" }}
              className="nowrap"
            >
              {t.changeRegistration}
            </Link>
          </>
        )
      }
      actions={
        <button type="button" className="button primary" {...adding.intent} onClick={() => setOpen(true)}>
          <Icon name="plus" />
          {t.add}
        </button>
      }
    >
      <Panel
        title={t.list}
        rows
        actions={
          <>
            <label className="audit-kind">
              {t.order}
              <select value={order} onChange={({ target }) => setOrder(target.value as UserOrder)}>
                {USER_ORDERS.map((each) => (
                  <option key={each} value={each}>
                    {t.orders[each]}
                  </option>
                ))}
              </select>
            </label>
            <div className="user-search">
              <Icon name="search" />
              <input
                type="search"
                aria-label={t.search}
                placeholder={t.search}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            </div>
          </>
        }
      >
        <Users me={me} workspace={workspace} q={q} order={order} t={t} onClear={() => setTyped("")} />
      </Panel>
      {open && (
        <Suspense>
          <adding.Component onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </Page>
  );
}

interface UsersProps {
  me: Me;
  workspace: Workspace;
  q: string;
  order: UserOrder;
  t: Texts["users"];
  onClear: () => void;
}

function Users({ me, workspace, q, order, t, onClear }: UsersProps) {
  const query = useInfiniteQuery(usersQuery(q, order));
  if (query.isPending) return <Skeleton lines={6} />;
  if (query.isError && !query.data) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  const users: AdminUser[] = query.data.pages.flatMap((page) => page.data);
  if (users.length === 0) {
    return (
      <Empty icon="search" title={t.nobodyTitle}>
        <p>{t.nobody(q)}</p>
        <button type="button" className="button" onClick={onClear}>
          {t.clearSearch}
        </button>
      </Empty>
    );
  }
  return (
    <>
      <ul className="rows" aria-busy={query.isPlaceholderData || undefined}>
        {users.map((user) => (
          <UserRow key={user.id} user={user} own={user.id === me.user.id} workspace={workspace} />
        ))}
      </ul>
      <ListEnd query={query} said={t.found(users.length, query.hasNextPage)} />
    </>
  );
}
