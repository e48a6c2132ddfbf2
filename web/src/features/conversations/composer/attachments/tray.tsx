/**
 * What the next message draws on, as chips: files that are on their way or have been read, and what was chosen for it. Also the
 * place to drop files while some are dragged over the page. Loaded by the composer when there is something of it to show.
 */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { explain } from "../../../../api/problem";
import type { Collection } from "../../../../api/types";
import { bytes } from "../../../../i18n/format";
import { useTexts } from "../../../../i18n/use-texts";
import { Icon, type IconName } from "../../../../ui/icons";
import { nameQuery } from "../../context/queries";
import { ChipButton, FileChip } from "./file-chip";
import { type Attachment, attachedOf, createFiles, type Refused } from "./files";
import { type Attached, type Drawing, FILES_MAX } from "./port";
import { type Texts, texts } from "./texts";
import "./tray.css";

interface TrayProps {
  port: Drawing;
  /** Gives what has been attached since the last call; `given` changes with each time that there is something. */
  take: () => File[];
  given: number;
  /** Files are being dragged over the page. */
  over: boolean;
  chosen: Collection | undefined;
  onChosen: (chosen: Collection | undefined) => void;
  onChange: (attached: Attached) => void;
}

export default function Tray({ port, take, given, over, chosen, onChosen, onChange }: TrayProps) {
  const t = useTexts(texts);
  const [files] = useState(() => createFiles(port));
  const list = useSyncExternalStore(files.subscribe, files.list);
  const [refused, setRefused] = useState<readonly Refused[]>([]);

  useEffect(() => {
    const added = take();
    if (added.length > 0) setRefused(files.add(added));
  }, [given, take, files]);
  useEffect(() => {
    onChange(attachedOf(list));
  }, [list, onChange]);
  useEffect(
    () => () => {
      onChange({ ids: [], waiting: false });
      files.close();
    },
    [files, onChange],
  );

  const wrong = list.filter(({ error }) => error !== undefined);
  return (
    <div className="tray">
      {(list.length > 0 || chosen) && (
        <ul className="chips" aria-label={t.drawsOn}>
          {chosen && <Chosen chosen={chosen} onChosen={onChosen} />}
          {list.map((each) => (
            <FileChip
              key={each.key}
              attachment={each}
              files={files}
              note={noteOf(t, each)}
              again={t.retry(each.file.name)}
              away={t.remove(each.file.name)}
            />
          ))}
        </ul>
      )}
      <div role="alert">
        {refused.map(({ file, why }, index) => (
          <p key={index} className="wrong">
            {t.refused[why](file.name, FILES_MAX, port.max_bytes ?? 0)}
          </p>
        ))}
        {wrong.map(({ key, file, error }) => (
          <p key={key} className="wrong">
            {t.why(file.name, explain(error))}
          </p>
        ))}
      </div>
      {over && (
        <DropZone>
          <Icon name="paperclip" />
          <strong>{t.drop}</strong>
          <span>{t.dropNote(FILES_MAX, port.max_bytes)}</span>
        </DropZone>
      )}
    </div>
  );
}

function noteOf(t: Texts, { state, part, file }: Attachment): string {
  if (state === "done") return bytes(file.size);
  return state === "uploading" ? t.uploading(part) : t[state];
}

interface ChosenProps {
  chosen: Collection;
  onChosen: (chosen: Collection | undefined) => void;
}

function Chosen({ chosen, onChosen }: ChosenProps) {
  const t = useTexts(texts);
  const nothing = () => onChosen(undefined);
  if (chosen.everything) return <Chip name={t.everything} icon="layers" onRemove={nothing} />;
  if (chosen.memories) return <Chip name={t.memories} icon="memory" onRemove={nothing} />;
  if (chosen.folder) return <NamedChip id={chosen.folder} onRemove={nothing} />;
  const ids = chosen.files ?? [];
  const without = (id: string) => ids.filter((each) => each !== id);
  return ids.map((id) => (
    <NamedChip key={id} id={id} onRemove={() => onChosen(ids.length > 1 ? { files: without(id) } : undefined)} />
  ));
}

function NamedChip({ id, onRemove }: { id: string; onRemove: () => void }) {
  const t = useTexts(texts);
  const { data, isError } = useQuery(nameQuery(id));
  const icon = data?.kind === "folder" ? "folder" : "file";
  return <Chip name={isError ? t.gone : (data?.name ?? "…")} icon={icon} onRemove={onRemove} />;
}

function Chip({ name, icon, onRemove }: { name: string; icon: IconName; onRemove: () => void }) {
  const t = useTexts(texts);
  return (
    <li className="chip">
      <Icon name={icon} />
      <span className="chip-name" title={name}>
        {name}
      </span>
      <ChipButton label={t.remove(name)} icon="close" onClick={onRemove} />
    </li>
  );
}

/** Over the whole conversation: nobody aims well with a file on the pointer. */
function DropZone({ children }: { children: ReactNode }) {
  return createPortal(
    <div className="drop-zone">{children}</div>,
    document.querySelector(".conversation") ?? document.body,
  );
}
