/** Who is logged in: settings, look, language, help, and the way out. */
import { explain } from "../../api/problem";
import type { User } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { keyName, runShortcut } from "../../ui/shortcuts";
import { showToast } from "../../ui/toast";
import { useLogout } from "./queries";
import { texts } from "./texts";

interface AccountMenuProps {
  user: User;
  onLeft: () => void;
  /** Opens a page of the settings, by its name in the address. */
  onOpen: (page: string) => void;
}

export function AccountMenu({ user, onLeft, onOpen }: AccountMenuProps) {
  const t = useTexts(texts);
  const logout = useLogout();
  const name = user.name || user.email;
  const leave = () =>
    logout.mutate(undefined, {
      onSuccess: onLeft,
      onError: (error) => showToast({ text: explain(error), tone: "danger" }),
    });
  return (
    <div className="account">
      <Menu
        label={t.account(name)}
        worded
        buttonClass="account-button"
        side="top"
        button={
          <>
            <span className="avatar" aria-hidden="true" data-letter={name.slice(0, 1).toUpperCase()} />
            <span className="account-who">
              <span className="sr-only">{t.accountOf} </span>
              <span className="account-name">{name}</span>
              <span className="account-note">{user.is_admin ? t.administrator : user.email}</span>
            </span>
            <Icon name="updown" />
          </>
        }
        entries={() => [
          { label: t.profile, icon: "user", onSelect: () => onOpen("profile") },
          { label: t.preferences, icon: "settings", onSelect: () => onOpen("preferences") },
          { label: t.keys, icon: "key", onSelect: () => onOpen("keys") },
          { label: t.help, icon: "keyboard", keys: keyName("shift+?"), onSelect: () => runShortcut("shift+?") },
          ...(user.is_admin
            ? (["separator", { label: t.administration, icon: "shield", onSelect: () => onOpen("users") }] as const)
            : []),
          "separator",
          { label: t.logOut, icon: "leave", onSelect: leave, disabled: logout.isPending },
        ]}
      />
    </div>
  );
}
