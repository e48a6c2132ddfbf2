/** Walks through the versions of a turn: questions that were asked differently, answers that were given again. */
import type { Message } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { type FirstIconName, Icon } from "../../../ui/icon";
import { texts } from "../texts";
import type { MessageActions } from "./actions";

interface VersionsProps {
  siblings: NonNullable<Message["siblings"]>;
  actions: MessageActions;
}

export function Versions({ siblings: { ids, index }, actions }: VersionsProps) {
  const t = useTexts(texts);
  const step = (name: string, icon: FirstIconName, to: string | undefined) => (
    <button
      type="button"
      className="button quiet icon-only"
      aria-label={name}
      title={name}
      disabled={!actions.mayWrite || actions.busy || to === undefined}
      onClick={() => to && actions.show(to)}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <span className="versions">
      {step(t.earlierVersion, "back", ids[index - 1])}
      <span>{t.versionOf(index + 1, ids.length)}</span>
      {step(t.laterVersion, "forward", ids[index + 1])}
    </span>
  );
}
