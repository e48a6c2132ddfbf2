/**
 * Attaching files: the button, what is attached as chips, pasting, and the place to drop files while some are dragged over the
 * page. Loaded by the composer when there is a port to upload through.
 */
import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { explain } from "../../../../api/problem";
import { bytes } from "../../../../i18n/format";
import { useTexts } from "../../../../i18n/use-texts";
import { Icon } from "../../../../ui/icons";
import { type Attachment, attachedOf, createFiles, type Files, type Refused } from "./files";
import { type Attached, type AttachmentPort, FILES_MAX } from "./port";
import { texts } from "./texts";
import { useDrop } from "./use-drop";
import "./tray.css";

interface TrayProps {
  port: AttachmentPort;
  onChange: (attached: Attached) => void;
}

export default function Tray({ port, onChange }: TrayProps) {
  const t = useTexts(texts);
  const [files] = useState(() => createFiles(port));
  const list = useSyncExternalStore(files.subscribe, files.list);
  const dialog = useRef<HTMLInputElement>(null);
  const here = useRef<HTMLDivElement>(null);

  const [refused, setRefused] = useState<readonly Refused[]>([]);
  const add = (added: Iterable<File>) => setRefused(files.add(added));
  const over = useDrop(here, add);

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

  return (
    <div ref={here} className="tray">
      <button
        type="button"
        className="button quiet icon-only"
        aria-label={t.attach}
        title={t.attach}
        disabled={list.length >= FILES_MAX}
        onClick={() => dialog.current?.click()}
      >
        <Icon name="paperclip" />
      </button>
      <input
        ref={dialog}
        type="file"
        multiple
        hidden
        accept={port.accept}
        aria-label={t.attach}
        onChange={(event) => {
          add(event.target.files ?? []);
          // The same file can be chosen again after it was removed.
          event.target.value = "";
        }}
      />
      <div className="tray-top">
        {list.length > 0 && (
          <ul className="chips" aria-label={t.files}>
            {list.map((each) => (
              <Chip key={each.key} attachment={each} files={files} />
            ))}
          </ul>
        )}
        <div role="alert">
          {refused.map(({ file, why }, index) => (
            <p key={index} className="wrong">
              {t.refused[why](file.name, FILES_MAX, port.max_bytes)}
            </p>
          ))}
        </div>
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

function Chip({ attachment, files }: { attachment: Attachment; files: Files }) {
  const t = useTexts(texts);
  const { key, file, state, part } = attachment;
  const note =
    state === "done"
      ? bytes(file.size)
      : state === "uploading"
        ? t.uploading(part)
        : state === "waiting"
          ? t.waiting
          : t.failed;
  return (
    <li className="chip" data-state={state} title={state === "failed" ? explain(attachment.error) : undefined}>
      <Icon name={file.type.startsWith("image/") ? "image" : "file"} />
      <span className="chip-name">{file.name}</span>
      <span className="chip-note">{note}</span>
      {state === "failed" && (
        <button
          type="button"
          className="button quiet icon-only"
          aria-label={t.retry(file.name)}
          title={t.retry(file.name)}
          onClick={() => files.retry(key)}
        >
          <Icon name="again" />
        </button>
      )}
      <button
        type="button"
        className="button quiet icon-only"
        aria-label={t.remove(file.name)}
        title={t.remove(file.name)}
        onClick={() => files.remove(key)}
      >
        <Icon name="close" />
      </button>
      {state === "uploading" && <progress value={part} aria-label={file.name} />}
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
