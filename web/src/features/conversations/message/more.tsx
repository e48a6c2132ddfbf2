/** The rest of what can be done with a message, in a menu. */
import { Suspense, useState } from "react";
import type { Message } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { Menu } from "../../../ui/menu";
import { onDemand } from "../../../ui/overlays/lazy";
import { texts } from "../texts";
import type { MessageActions } from "./actions";

const confirm = onDemand(() => import("../../../ui/confirm"));

export function More({ message, actions }: { message: Message; actions: MessageActions }) {
  const t = useTexts(texts);
  const [asking, setAsking] = useState(false);
  const mark = message.pinned && (
    <span className="pinned-mark" role="img" aria-label={t.pinned} title={t.pinned}>
      <Icon name="pin" />
    </span>
  );
  if (!actions.mayWrite) return mark;
  const entries = () => [
    {
      label: message.pinned ? t.unpin : t.pin,
      icon: "pin" as const,
      onSelect: () => actions.pin(message),
    },
    { label: t.fork, note: t.forkNote, icon: "branch" as const, onSelect: () => actions.fork(message) },
    "separator" as const,
    {
      label: t.delete,
      icon: "trash" as const,
      danger: true,
      disabled: actions.busy,
      onSelect: () => {
        confirm.preload();
        setAsking(true);
      },
    },
  ];
  return (
    <>
      {mark}
      <Menu
        label={t.more}
        button={<Icon name="more" />}
        buttonClass="button quiet icon-only"
        entries={entries}
        align="end"
      />
      {asking && (
        <Suspense>
          <confirm.Component
            title={t.deleteTitle}
            action={t.deleteAction}
            onConfirm={() => actions.remove(message)}
            onClose={() => setAsking(false)}
          >
            {t.deleteWarning}
          </confirm.Component>
        </Suspense>
      )}
    </>
  );
}
