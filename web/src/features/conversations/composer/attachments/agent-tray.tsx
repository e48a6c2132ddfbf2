/**
 * Files that an agent of a company gateway is sent, as chips. They go to the gateway as they are chosen and are not kept here; the next
 * message waits for them. Loaded by the composer with the first one.
 */
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { address } from "../../../../api/client";
import { ApiError, explain } from "../../../../api/problem";
import { upload } from "../../../../api/upload";
import { useTexts } from "../../../../i18n/use-texts";
import type { Agent } from "./agent-of";
import { type Texts, texts } from "./agent-texts";
import { FileChip } from "./file-chip";
import { type Attachment, attachedOf, createFiles, type Refused } from "./files";
import { type AttachmentPort, FILES_MAX } from "./port";
import "./tray.css";

/** What the server passes on at most. */
const BYTES_MAX = 2 ** 30;

interface AgentTrayProps {
  agent: Agent;
  /** All that was chosen for it so far. */
  given: readonly File[];
  onWaiting: (waiting: boolean) => void;
}

export default function AgentTray({ agent, given, onWaiting }: AgentTrayProps) {
  const t = useTexts(texts);
  const [files] = useState(() => createFiles(portTo(agent)));
  const list = useSyncExternalStore(files.subscribe, files.list);
  const [refused, setRefused] = useState<readonly Refused[]>([]);
  const taken = useRef(0);

  useEffect(() => {
    const added = given.slice(taken.current);
    taken.current = given.length;
    if (added.length > 0) setRefused(files.add(added));
  }, [given, files]);
  const { waiting } = attachedOf(list);
  useEffect(() => {
    onWaiting(waiting);
  }, [waiting, onWaiting]);
  useEffect(
    () => () => {
      onWaiting(false);
      files.close();
    },
    [files, onWaiting],
  );

  const wrong = list.filter(({ error }) => error !== undefined);
  return (
    <div className="tray">
      {list.length > 0 && (
        <>
          <p className="tray-for">{t.sentTo(agent.name)}</p>
          <ul className="chips" aria-label={t.sentTo(agent.name)}>
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
        </>
      )}
      <div role="alert">
        {refused.map(({ file, why }, index) => (
          <p key={index} className="wrong">
            {t.refused[why](file.name, FILES_MAX, BYTES_MAX)}
          </p>
        ))}
        {wrong.map(({ key, file, error }) => (
          <p key={key} className="wrong">
            {t.why(file.name, whyOf(t, error))}
          </p>
        ))}
      </div>
    </div>
  );
}

/** Where its files go. What the gateway answers is for nobody here, so a file that has arrived is done. */
function portTo({ connection, id }: Agent): AttachmentPort {
  const url = address("/api/connections/{connection}/agents/{agent}/files", { connection, agent: id });
  return {
    accept: "",
    max_bytes: BYTES_MAX,
    upload: async (file, onProgress, signal) => {
      const form = new FormData();
      form.append("file", file, file.name);
      await upload(url, form, { signal, onProgress: (sent) => onProgress(sent / file.size) });
      return { id: file.name };
    },
    read: () => Promise.resolve(),
  };
}

function noteOf(t: Texts, { state, part }: Attachment): string {
  if (state === "uploading") return part < 1 ? t.uploading(part) : t.arriving;
  if (state === "waiting") return t.waiting;
  return state === "failed" ? t.failed : t.sent;
}

/** Elsewhere these speak of a model's answer. */
function whyOf(t: Texts, error: unknown): string {
  if (error instanceof ApiError && (error.code === "upstream_timeout" || error.code === "timeout")) return t.late;
  if (error instanceof ApiError && error.code === "model_unavailable") return t.unavailable;
  return explain(error);
}
