/**
 * Memories out of files or a page of the web. The work is a run of the server's: the dialog shows how far it has come, and closed
 * before its end it leaves a word behind. Loaded on demand.
 */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { address, call } from "../../api/client";
import { explain, fieldErrors } from "../../api/problem";
import { upload } from "../../api/upload";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { Actions, FormFoot } from "../../ui/form-foot";
import { Segments } from "../../ui/segments";
import { showToast } from "../../ui/toast";
import { followImport, type Imported, type Reading } from "./follow-import";
import { readAgain } from "./queries";
import { texts } from "./texts";

const ACCEPT = ".md,.markdown,.txt,.html,.htm,.pdf,.docx,.csv,.json";
const WAYS = ["file", "url"] as const;

interface ImportDialogProps {
  workspace: string;
  onClose: () => void;
}

type State = { is: "asking"; error?: unknown } | { is: "running"; at?: Reading } | { is: "done"; imported: Imported };

export default function ImportDialog({ workspace, onClose }: ImportDialogProps) {
  const t = useTexts(texts);
  const client = useQueryClient();
  const [way, setWay] = useState<(typeof WAYS)[number]>("file");
  const [files, setFiles] = useState<readonly File[]>([]);
  const [url, setUrl] = useState("");
  const [state, setState] = useState<State>({ is: "asking" });
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  const ready = way === "file" ? files.length > 0 : url.trim() !== "";

  const begin = async (): Promise<string> => {
    const path = "/api/workspaces/{workspace}/memories/import";
    if (way === "url")
      return (await call("post", path, { path: { workspace }, body: { url: url.trim() } })).data.run.id;
    const form = new FormData();
    for (const file of files) form.append("file", file, file.name);
    return (await upload<{ data: { run: { id: string } } }>(address(path, { workspace }), form)).data.run.id;
  };
  const ended = (imported: Imported) => {
    void readAgain(client, workspace);
    setState({ is: "done", imported });
    if (shown.current) return;
    const { memories, failed } = imported;
    showToast(
      failed.length > 0
        ? { text: t.importFailed(failed.map(({ error }) => explain(error)).join(" ")), tone: "danger" }
        : { text: t.imported(memories) },
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!ready || state.is === "running") return;
    setState({ is: "running" });
    begin()
      .then((run) => followImport(run, (at) => setState({ is: "running", at })))
      .then(ended, (error: unknown) => {
        setState({ is: "asking", error });
        if (!shown.current) showToast({ text: t.importFailed(explain(error)), tone: "danger" });
      });
  };

  if (state.is === "done") return <Outcome imported={state.imported} onClose={onClose} />;
  const running = state.is === "running";
  const error = state.is === "asking" ? state.error : undefined;
  const wrong = fieldErrors(error);
  return (
    <Dialog title={t.importTitle} onClose={onClose}>
      <form className="import" onSubmit={submit}>
        <p className="dialog-text">{t.importAbout}</p>
        <Segments label={t.importFrom} options={WAYS} labels={t.importWays} value={way} onChoose={setWay} />
        {way === "file" ? (
          <Field
            key="file"
            type="file"
            multiple
            label={t.importFile}
            hint={t.importKinds}
            error={wrong.file}
            accept={ACCEPT}
            disabled={running}
            onChange={(event) => setFiles([...(event.target.files ?? [])])}
          />
        ) : (
          <Field
            key="url"
            type="url"
            label={t.importUrl}
            hint={t.importUrlHint}
            error={wrong.url}
            placeholder={t.importUrlExample}
            value={url}
            disabled={running}
            onChange={(event) => setUrl(event.target.value)}
          />
        )}
        {running && <Progress at={state.at} />}
        <FormFoot
          error={error}
          beside={wrong}
          busy={running}
          disabled={!ready}
          action={t.importStart}
          cancel={running ? t.importLater : undefined}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}

function Progress({ at }: { at: Reading | undefined }) {
  const t = useTexts(texts);
  const words = at ? t.importReading(at.name, at.index + 1, at.count) : t.importSending;
  return (
    <div className="import-progress">
      <p role="status">{words}</p>
      <progress value={at && at.index / at.count} aria-label={words} />
    </div>
  );
}

function Outcome({ imported: { memories, failed }, onClose }: { imported: Imported; onClose: () => void }) {
  const t = useTexts(texts);
  return (
    <Dialog title={t.importTitle} onClose={onClose}>
      <p className="dialog-text" role="status">
        {t.imported(memories)}
      </p>
      {failed.length > 0 && (
        <Callout tone="danger">
          {t.importRest}
          <ul className="import-failed">
            {failed.map(({ name, error }, index) => (
              <li key={String(index)}>
                <strong>{name}</strong> {explain(error)}
              </li>
            ))}
          </ul>
        </Callout>
      )}
      <Actions>
        <button type="button" className="button primary" onClick={onClose}>
          {t.done}
        </button>
      </Actions>
    </Dialog>
  );
}
