/** The files of a workspace: where one is, what is there, what is on its way, and one file beside it. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Ref, Suspense, useEffect, useRef, useState } from "react";
import { address } from "../../api/client";
import type { StoredFile, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { EndOfList } from "../../ui/end-of-list";
import { Failed } from "../../ui/failed";
import { FilterField } from "../../ui/filter-field";
import { Icon } from "../../ui/icons";
import { Menu } from "../../ui/menu";
import { onDemand } from "../../ui/overlays/lazy";
import { Place } from "../../ui/place";
import { Empty, Skeleton } from "../../ui/states";
import { useSettled } from "../../ui/use-settled";
import { type Asking, FileDialogs } from "./file-dialogs";
import { FilePanel } from "./file-panel";
import { FileTable } from "./file-table";
import {
  complain,
  deleteForEver,
  filesQuery,
  type Order,
  readAgain,
  useChangeFile,
  useDeleteFile,
  useReadFile,
  useRestoreFile,
  wayQuery,
} from "./queries";
import { texts } from "./texts";
import { chosenFiles, droppedFiles } from "./uploads/dropped";
import { UploadTray } from "./uploads/upload-tray";
import { addUploads, type Chosen, onArrival } from "./uploads/uploads";
import { useDropZone } from "./uploads/use-drop-zone";
import { Way } from "./way";
import "./files.css";

const confirm = onDemand(() => import("../../ui/confirm"));

interface FilesSearch {
  folder?: string;
  file?: string;
  passage?: number;
  tab?: string;
}

interface FilesPageProps {
  workspace: Workspace;
  search: FilesSearch;
  onSearch: (next: FilesSearch, replace?: boolean) => void;
}

const DELETED = "deleted";

export default function FilesPage({ workspace, search, onSearch }: FilesPageProps) {
  const t = useTexts(texts);
  const client = useQueryClient();
  const mayWrite = workspace.role !== "observer";
  const [q, setQ] = useState("");
  const [sort, setSort] = useState<Order>("name");
  const [hidden, setHidden] = useState(false);
  const [asking, setAsking] = useState<Asking>();
  const deleted = search.tab === DELETED;
  const folder = deleted ? undefined : search.folder;
  const settled = useSettled(q.trim());
  const list = useInfiniteQuery(filesQuery(workspace.id, { parent: folder, q: settled, sort, hidden, deleted }));
  const way = useQuery({ ...wayQuery(workspace.id, folder ?? ""), enabled: folder !== undefined });
  const here = way.data?.at(-1);
  const actions = useFileActions(workspace, setAsking);

  useEffect(
    () => onArrival((where) => where === workspace.id && void readAgain(client, workspace.id)),
    [client, workspace.id],
  );
  const add = (chosen: readonly Chosen[]) => addUploads(workspace.id, folder ?? null, chosen);
  const mayDrop = mayWrite && !deleted;
  const drop = useDropZone(mayDrop, (transfer) => void droppedFiles(transfer).then(add, complain));
  const toFolder = (id: string | undefined) => {
    setQ("");
    onSearch({ folder: id, file: undefined, passage: undefined, tab: undefined });
  };
  const open = (file: StoredFile) =>
    file.kind === "folder" ? toFolder(file.id) : onSearch({ file: file.id, passage: undefined });
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];

  return (
    <Place
      title={t.title}
      actions={
        <>
          {mayDrop && (
            <UploadButtons onChosen={add} onNewFolder={() => setAsking({ what: "folder", parent: folder })} />
          )}
          <Menu
            label={t.more}
            button={<Icon name="more" />}
            buttonClass="button quiet icon-only"
            align="end"
            entries={[
              { label: t.showHidden, icon: "eye", checked: hidden, onSelect: () => setHidden(!hidden) },
              {
                label: t.showDeleted,
                icon: "trash",
                checked: deleted,
                onSelect: () => onSearch({ tab: deleted ? undefined : DELETED, file: undefined }),
              },
            ]}
          />
        </>
      }
      side={
        <>
          {search.file && (
            <FilePanel
              key={`${search.file} ${search.passage}`}
              workspace={workspace}
              id={search.file}
              passage={search.passage}
              actions={mayWrite ? actions : undefined}
              onFolder={toFolder}
              onClose={() => onSearch({ file: undefined, passage: undefined })}
            />
          )}
          <UploadTray />
          {drop && (
            <div className="files-drop">
              <Icon name="upload" />
              <strong>{t.drop}</strong>
              <span>{here ? t.dropInto(here.name) : t.dropRoot}</span>
            </div>
          )}
        </>
      }
    >
      <div className="place-tools">
        {deleted ? (
          <button type="button" className="button" onClick={() => onSearch({ tab: undefined })}>
            <Icon name="back" />
            {t.leaveDeleted}
          </button>
        ) : (
          folder && <Way way={way.data ?? []} onFolder={toFolder} />
        )}
        {!deleted && <FilterField label={t.search} value={q} onChange={setQ} />}
        <select
          className="files-order"
          aria-label={t.order}
          value={sort}
          onChange={(event) => setSort(event.target.value as Order)}
        >
          {(Object.keys(t.orders) as (keyof typeof t.orders)[]).map((order) => (
            <option key={order} value={order}>
              {t.orders[order]}
            </option>
          ))}
        </select>
      </div>
      {(list.isPending || (way.isPending && folder)) && <Skeleton lines={8} />}
      {list.isError && !list.data && <Failed error={list.error} onAgain={() => void list.refetch()} />}
      {rows.length > 0 && (
        <FileTable
          rows={rows}
          open={search.file}
          showPlace={settled !== "" || deleted}
          sort={sort}
          busy={list.isPlaceholderData}
          entries={(file) => actions.entries(file, { mayWrite, deleted })}
          onSort={setSort}
          onOpen={deleted ? undefined : open}
        />
      )}
      {list.isSuccess && rows.length === 0 && (
        <Empty
          icon={<Icon name={settled ? "search" : deleted ? "trash" : "folder"} />}
          title={settled ? t.noneFound(settled) : deleted ? t.noneDeleted : folder ? t.empty : t.emptyRoot}
        >
          {!settled && <p>{deleted ? t.noneDeletedWhy : t.emptyWhy}</p>}
          {!settled && mayDrop && <ChooseButton label={t.choose} onChosen={add} />}
        </Empty>
      )}
      <EndOfList query={list} />
      <FileDialogs workspace={workspace.id} asking={asking} onClose={() => setAsking(undefined)} />
      {asking?.what === "forever" && (
        <Suspense>
          <confirm.Component
            title={t.foreverTitle}
            action={t.deleteForever}
            onConfirm={() => actions.deleteForEver(asking.file)}
            onClose={() => setAsking(undefined)}
          >
            {t.foreverWarning(asking.file.name)}
          </confirm.Component>
        </Suspense>
      )}
    </Place>
  );
}

export type FileActions = ReturnType<typeof useFileActions>;

/** What can be done with a file, as a menu. */
function useFileActions(workspace: Workspace, ask: (asking: Asking) => void) {
  const t = useTexts(texts);
  const client = useQueryClient();
  const change = useChangeFile(workspace.id);
  const remove = useDeleteFile(workspace.id);
  const restore = useRestoreFile(workspace.id);
  const read = useReadFile(workspace.id);
  return {
    readAgain: (file: StoredFile) => read.mutate(file.id),
    deleteForEver: (file: StoredFile) => deleteForEver(client, workspace.id, file.id),
    entries(file: StoredFile, { mayWrite, deleted }: { mayWrite: boolean; deleted: boolean }) {
      const load =
        file.kind === "folder"
          ? ({ label: t.downloadZip, icon: "download", onSelect: () => download(file.id, "zip") } as const)
          : ({ label: t.download, icon: "download", onSelect: () => download(file.id, "content") } as const);
      if (deleted)
        return mayWrite
          ? ([
              { label: t.restore, icon: "undo", onSelect: () => restore.mutate(file) },
              {
                label: t.deleteForever,
                icon: "trash",
                danger: true,
                onSelect: () => ask({ what: "forever", file }),
              },
            ] as const)
          : [];
      if (!mayWrite) return [load];
      return [
        load,
        "separator",
        { label: t.rename, icon: "pencil", onSelect: () => ask({ what: "rename", file }) },
        { label: t.move, icon: "move", onSelect: () => ask({ what: "move", file }) },
        { label: t.copy, icon: "copy", onSelect: () => ask({ what: "copy", file }) },
        {
          label: file.hidden ? t.unhide : t.hide,
          icon: file.hidden ? "eye" : "eyeOff",
          onSelect: () => change.mutate({ id: file.id, hidden: !file.hidden }, { onError: complain }),
        },
        "separator",
        { label: t.delete, icon: "trash", danger: true, onSelect: () => remove.mutate(file) },
      ] as const;
    },
  };
}

interface UploadButtonsProps {
  onChosen: (chosen: readonly Chosen[]) => void;
  onNewFolder: () => void;
}

function UploadButtons({ onChosen, onNewFolder }: UploadButtonsProps) {
  const t = useTexts(texts);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="button" aria-label={t.newFolder} onClick={onNewFolder}>
        <Icon name="folderPlus" />
        <span>{t.newFolder}</span>
      </button>
      <Menu
        label={t.upload}
        button={
          <>
            <Icon name="upload" />
            <span>{t.upload}</span>
          </>
        }
        buttonClass="button primary"
        align="end"
        entries={[
          { label: t.uploadFiles, icon: "file", onSelect: () => files.current?.click() },
          { label: t.uploadFolder, icon: "folder", onSelect: () => folder.current?.click() },
        ]}
      />
      <FileInput ref={files} label={t.uploadFiles} onChosen={onChosen} />
      <FileInput ref={folder} label={t.uploadFolder} folder onChosen={onChosen} />
    </>
  );
}

function ChooseButton({ label, onChosen }: { label: string; onChosen: (chosen: readonly Chosen[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="button primary" onClick={() => input.current?.click()}>
        {label}
      </button>
      <FileInput ref={input} label={label} onChosen={onChosen} />
    </>
  );
}

interface FileInputProps {
  ref: Ref<HTMLInputElement>;
  label: string;
  folder?: boolean;
  onChosen: (chosen: readonly Chosen[]) => void;
}

function FileInput({ ref, label, folder, onChosen }: FileInputProps) {
  return (
    <input
      ref={ref}
      type="file"
      multiple
      hidden
      aria-label={label}
      {...(folder ? { webkitdirectory: "" } : {})}
      onChange={(event) => {
        onChosen(chosenFiles(event.target.files));
        // The same file can be chosen again.
        event.target.value = "";
      }}
    />
  );
}

/** The server names the file; the page stays where it is. */
function download(file: string, what: "content" | "zip"): void {
  const link = document.createElement("a");
  link.href =
    what === "zip"
      ? address("/api/files/{file}/zip", { file })
      : address("/api/files/{file}/content", { file }, { download: true });
  link.download = "";
  link.click();
}
