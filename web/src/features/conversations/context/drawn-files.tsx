/** The folder and the files that a conversation draws on, each with a way to leave it out. */
import { useQuery } from "@tanstack/react-query";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icons";
import { nameQuery } from "./queries";
import { texts } from "./texts";

interface DrawnFilesProps {
  ids: readonly string[];
  onRemove: ((id: string) => void) | undefined;
}

export function DrawnFiles({ ids, onRemove }: DrawnFilesProps) {
  if (ids.length === 0) return null;
  return (
    <ul className="drawn">
      {ids.map((id) => (
        <DrawnFile key={id} id={id} onRemove={onRemove && (() => onRemove(id))} />
      ))}
    </ul>
  );
}

function DrawnFile({ id, onRemove }: { id: string; onRemove: (() => void) | undefined }) {
  const t = useTexts(texts);
  const { data, isError } = useQuery(nameQuery(id));
  const name = isError ? t.gone : (data?.name ?? "…");
  return (
    <li className="drawn-file">
      <Icon name={data?.kind === "folder" ? "folder" : "file"} />
      <span>{name}</span>
      {onRemove && (
        <button
          type="button"
          className="button quiet icon-only"
          aria-label={t.removeFile(name)}
          title={t.removeFile(name)}
          onClick={onRemove}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  );
}
