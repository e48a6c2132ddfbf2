/** The folders from the top down to where one is, each a way back there. */
import type { StoredFile } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { texts } from "./texts";

interface WayProps {
  way: readonly StoredFile[];
  onFolder: (id: string | undefined) => void;
}

export function Way({ way, onFolder }: WayProps) {
  const t = useTexts(texts);
  return (
    <nav className="files-way" aria-label={t.way}>
      <ol>
        <li>
          <button
            type="button"
            className="button quiet"
            aria-current={way.length === 0 ? "page" : undefined}
            onClick={() => onFolder(undefined)}
          >
            {t.title}
          </button>
        </li>
        {way.map((folder, index) => (
          <li key={folder.id}>
            <Icon name="forward" />
            <button
              type="button"
              className="button quiet"
              aria-current={index === way.length - 1 ? "page" : undefined}
              onClick={() => onFolder(folder.id)}
            >
              {folder.name}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
