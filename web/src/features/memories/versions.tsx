/** What a memory said before: one can be looked at, and brought back. */
import { useQuery } from "@tanstack/react-query";
import { ago, dateTime } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { Skeleton } from "../../ui/states";
import { versionsQuery } from "./queries";
import { texts } from "./texts";

interface VersionsProps {
  memory: string;
  /** The one that is looked at. */
  current: number | undefined;
  onOpen: (version: number) => void;
}

export function Versions({ memory, current, onOpen }: VersionsProps) {
  const t = useTexts(texts);
  const query = useQuery(versionsQuery(memory));
  return (
    <section className="memory-part">
      <h3>{t.versions}</h3>
      {query.isPending && <Skeleton lines={2} />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      <ul>
        {query.data?.map(({ version, title, created_at }) => (
          <li key={version}>
            <button
              type="button"
              className="menu-item"
              aria-pressed={version === current}
              title={dateTime(created_at)}
              onClick={() => onOpen(version)}
            >
              <Icon name="history" />
              <span className="menu-label">
                {t.version(version, ago(created_at))}
                <span className="menu-note">{title}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
