/** One user, and what can be done about them. Nobody can lock themselves out: the server refuses it, so it is not offered. */
import { Link } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { explain } from "../../api/problem";
import type { AdminUser, Workspace } from "../../api/types";
import { ago, date, money } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icon";
import { Menu, type MenuEntry } from "../../ui/menu";
import { onDemand } from "../../ui/overlays/lazy";
import { showToast } from "../../ui/toast";
import { type UserChange, useUpdateUser } from "./queries";
import { texts } from "./texts";
import { RATES } from "./user-limits";
import { texts as limitTexts } from "./user-limits-texts";

const confirm = onDemand(() => import("../../ui/confirm"));
const rename = onDemand(() => import("./rename-dialog"));
const limits = onDemand(() => import("./limits-dialog"));
const password = onDemand(() => import("./password-dialog"));

type Question = "rename" | "limits" | "password" | "admin" | "disable";

interface UserRowProps {
  user: AdminUser;
  own: boolean;
  workspace: Workspace;
}

export function UserRow({ user, own, workspace }: UserRowProps) {
  const t = useTexts(texts).users;
  const words = useTexts(limitTexts);
  const update = useUpdateUser();
  const [asked, setAsked] = useState<Question>();
  const name = user.name || user.email;
  const close = () => setAsked(undefined);

  const apply = async (change: UserChange, done: string) => {
    await update.mutateAsync({ id: user.id, change });
    showToast({ text: done });
  };
  const applyNow = (change: UserChange, done: string) =>
    void apply(change, done).catch((error: unknown) => showToast({ text: explain(error), tone: "danger" }));

  const limited = RATES.flatMap((rate) => (user[rate] == null ? [] : words.are[rate](user[rate])));
  const note = own ? t.notYourself : undefined;
  const entries: MenuEntry[] = [
    { label: t.rename, icon: "pencil", onSelect: () => setAsked("rename") },
    { label: words.entry, icon: "gauge", onSelect: () => setAsked("limits") },
    { label: t.newPassword, icon: "key", onSelect: () => setAsked("password") },
    "separator",
    user.is_admin
      ? {
          label: t.takeAdmin,
          icon: "shield",
          note,
          disabled: own,
          onSelect: () => applyNow({ is_admin: false }, t.tookAdmin(name)),
        }
      : { label: t.makeAdmin, icon: "shield", onSelect: () => setAsked("admin"), disabled: user.disabled },
    user.disabled
      ? { label: t.enable, icon: "check", onSelect: () => applyNow({ disabled: false }, t.enabledNow(name)) }
      : { label: t.disable, icon: "close", note, disabled: own, danger: !own, onSelect: () => setAsked("disable") },
  ];

  return (
    <li className={user.disabled ? "user-row off" : "user-row"}>
      <span className="avatar" aria-hidden="true">
        {name.slice(0, 1).toUpperCase()}
      </span>
      <div className="row-main">
        <p className="user-line">
          <span className="row-title">{name}</span>
          {own && <span className="badge">{t.you}</span>}
          {user.is_admin && <span className="badge good">{t.administrator}</span>}
          {user.disabled && <span className="badge danger">{t.disabled}</span>}
        </p>
        <p className="row-note">
          {user.email} · {t.since(date(user.created_at))}
        </p>
        <p className="row-note">
          {user.conversations > 0 ? (
            <Link
              to="/w/$workspace/settings/$page"
              params={{ workspace: workspace.slug, page: "all-conversations" }}
              hash={user.id}
            >
              {t.conversations(user.conversations)}
            </Link>
          ) : (
            t.conversations(0)
          )}{" "}
          · {t.costs(money(user.cost_micros))} · {user.last_seen_at ? t.lastSeen(ago(user.last_seen_at)) : t.neverSeen}
        </p>
        {limited.length > 0 && <p className="row-note">{limited.join(" · ")}</p>}
      </div>
      <Menu
        label={t.actions(name)}
        button={<Icon name="more" />}
        buttonClass="button quiet icon-only"
        align="end"
        entries={entries}
      />
      <Suspense>
        {asked === "rename" && <rename.Component user={user} onClose={close} />}
        {asked === "limits" && <limits.Component user={user} onClose={close} />}
        {asked === "password" && <password.Component user={user} onClose={close} />}
        {asked === "admin" && (
          <confirm.Component
            title={t.makeAdminTitle(name)}
            action={t.makeAdminAction}
            danger={false}
            onConfirm={() => apply({ is_admin: true }, t.madeAdmin(name))}
            onClose={close}
          >
            <p>{t.makeAdminText}</p>
          </confirm.Component>
        )}
        {asked === "disable" && (
          <confirm.Component
            title={t.disableTitle(name)}
            action={t.disableAction}
            onConfirm={() => apply({ disabled: true }, t.disabledNow(name))}
            onClose={close}
          >
            <p>{t.disableText}</p>
          </confirm.Component>
        )}
      </Suspense>
    </li>
  );
}
