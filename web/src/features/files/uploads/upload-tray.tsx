/** What is on its way, in the corner: each file with its progress, to cancel or to try again. */
import { useState } from "react";
import { explain } from "../../../api/problem";
import { bytes } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icons";
import { texts } from "../texts";
import { isGoingOn, totalsOf, type Upload } from "./queue";
import { cancelUpload, clearUploads, uploadAgain, useUploads } from "./uploads";
import "./upload-tray.css";

/** More rows than these would be drawn again at each step of a folder of thousands. */
const SHOWN_MAX = 100;

export function UploadTray() {
  const t = useTexts(texts);
  const list = useUploads();
  const [folded, setFolded] = useState(false);
  if (list.length === 0) return null;
  const { all, done, failed, goingOn, part } = totalsOf(list);
  const title =
    goingOn > 0 ? t.uploading(done + failed, all) : failed > 0 ? t.uploadedSome(done, failed) : t.uploaded(done);
  // What needs somebody first, then what happens now.
  const rank = { failed: 0, sending: 1, waiting: 2, cancelled: 3, done: 4 };
  const shown = [...list].sort((a, b) => rank[a.state] - rank[b.state]).slice(0, SHOWN_MAX);
  const each = (state: (upload: Upload) => boolean, act: (key: number) => void) => () => {
    for (const upload of list) if (state(upload)) act(upload.key);
  };
  return (
    <section className="uploads" aria-label={t.uploads}>
      <header className="uploads-head">
        <h2 role="status">{title}</h2>
        {failed > 0 && goingOn === 0 && (
          <button type="button" className="button quiet" onClick={each(({ state }) => state === "failed", uploadAgain)}>
            {t.retryAll}
          </button>
        )}
        <button
          type="button"
          className="button quiet icon-only"
          aria-expanded={!folded}
          aria-label={t.uploads}
          title={t.uploads}
          onClick={() => setFolded(!folded)}
        >
          <Icon name={folded ? "updown" : "chevron"} />
        </button>
        <button
          type="button"
          className="button quiet icon-only"
          aria-label={goingOn > 0 ? t.cancelAll : t.closeUploads}
          title={goingOn > 0 ? t.cancelAll : t.closeUploads}
          onClick={goingOn > 0 ? each(isGoingOn, cancelUpload) : clearUploads}
        >
          <Icon name="close" />
        </button>
      </header>
      {goingOn > 0 && <progress className="uploads-bar" value={part} aria-label={title} />}
      {!folded && (
        <ul className="uploads-list">
          {shown.map((upload) => (
            <UploadRow key={upload.key} upload={upload} />
          ))}
        </ul>
      )}
    </section>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const t = useTexts(texts);
  const { key, path, state, sent, file, error } = upload;
  return (
    <li className="upload" data-state={state}>
      <Icon name={state === "done" ? "check" : state === "failed" ? "warning" : "file"} />
      <div className="upload-main">
        <span className="upload-name" title={path}>
          {path}
        </span>
        <span className="upload-note">
          {state === "sending"
            ? t.sending(sent, file.size)
            : state === "failed"
              ? explain(error)
              : state === "done"
                ? bytes(file.size)
                : t.states[state]}
        </span>
        {state === "sending" && <progress value={file.size > 0 ? sent / file.size : undefined} aria-label={path} />}
      </div>
      {(state === "failed" || state === "cancelled") && (
        <button
          type="button"
          className="button quiet icon-only"
          aria-label={t.retryOne(path)}
          title={t.retry}
          onClick={() => uploadAgain(key)}
        >
          <Icon name="again" />
        </button>
      )}
      {isGoingOn(upload) && (
        <button
          type="button"
          className="button quiet icon-only"
          aria-label={t.cancelOne(path)}
          title={t.cancelOne(path)}
          onClick={() => cancelUpload(key)}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  );
}
