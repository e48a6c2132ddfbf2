/** Who is logged in, and the way out. */
import { explain } from "../../api/problem";
import type { User } from "../../api/types";
import { Icon } from "../../ui/icon";
import { useLogout } from "./queries";
import "./accounts.css";

export function UserMenu({ user, onLeft }: { user: User; onLeft: () => void }) {
  const logout = useLogout();
  return (
    <div className="user">
      <span className="avatar" aria-hidden="true">
        {(user.name || user.email).slice(0, 1).toUpperCase()}
      </span>
      <span className="who">
        <strong>{user.name || user.email}</strong>
        {logout.isError ? (
          <span role="alert">{explain(logout.error)}</span>
        ) : (
          <span>{user.is_admin ? "Administrator" : user.email}</span>
        )}
      </span>
      <button
        type="button"
        className="button quiet icon-only"
        aria-label="Log out"
        title="Log out"
        disabled={logout.isPending}
        onClick={() => logout.mutate(undefined, { onSuccess: onLeft })}
      >
        <Icon name="leave" />
      </button>
    </div>
  );
}
