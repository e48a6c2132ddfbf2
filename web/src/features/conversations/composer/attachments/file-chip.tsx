/** A file on its way, as a chip: how far it is, again when it failed, and away with it. */
import { Icon, type IconName } from "../../../../ui/icons";
import type { Attachment, Files } from "./files";

interface FileChipProps {
  attachment: Attachment;
  files: Files;
  note: string;
  again: string;
  away: string;
}

export function FileChip({ attachment, files, note, again, away }: FileChipProps) {
  const { key, file, state, part } = attachment;
  return (
    <li className="chip" data-state={state} aria-busy={state === "uploading" || state === "reading" || undefined}>
      <Icon name={file.type.startsWith("image/") ? "image" : "file"} />
      <span className="chip-name" title={file.name}>
        {file.name}
      </span>
      <span className="chip-note">{note}</span>
      {state === "failed" && <ChipButton label={again} icon="again" onClick={() => files.retry(key)} />}
      <ChipButton label={away} icon="close" onClick={() => files.remove(key)} />
      {state === "uploading" && <progress value={part} aria-label={file.name} />}
    </li>
  );
}

export function ChipButton({ label, icon, onClick }: { label: string; icon: IconName; onClick: () => void }) {
  return (
    <button type="button" className="button quiet icon-only" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
