/** What a question draws on when that is something of its own: its attachments, or what was chosen for it. Loaded with the first. */
import { useQuery } from "@tanstack/react-query";
import type { Collection } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Icon, type IconName } from "../../../ui/icons";
import { texts } from "../composer/attachments/texts";
import { nameQuery } from "../context/queries";
import "./drawn-on.css";

export default function DrawnOn({ collection }: { collection: Collection }) {
  const t = useTexts(texts);
  const { everything, memories, folder, files = [] } = collection;
  return (
    <ul className="drawn-on" aria-label={t.drewOn}>
      {everything && <One name={t.everything} icon="layers" />}
      {memories && !everything && <One name={t.memories} icon="memory" />}
      {[...(folder ? [folder] : []), ...files].map((id) => (
        <Named key={id} id={id} />
      ))}
    </ul>
  );
}

function Named({ id }: { id: string }) {
  const t = useTexts(texts);
  const { data, isError } = useQuery(nameQuery(id));
  return <One name={isError ? t.gone : (data?.name ?? "…")} icon={data?.kind === "folder" ? "folder" : "file"} />;
}

function One({ name, icon }: { name: string; icon: IconName }) {
  return (
    <li>
      <Icon name={icon} />
      <span title={name}>{name}</span>
    </li>
  );
}
