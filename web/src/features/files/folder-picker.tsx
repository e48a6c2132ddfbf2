/** Going through the folders to choose one: where one is, and the folders in it. With `files`, those are shown, too. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { StoredFile } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { Skeleton } from "../../ui/states";
import { foldersQuery, wayQuery } from "./queries";
import { texts } from "./texts";
import { Way } from "./way";
import "./files.css";

interface FolderPickerProps {
  workspace: string;
  folder: string | undefined;
  /** A folder that can not be chosen: it can not be put into itself. */
  without?: string;
  onFolder: (folder: string | undefined) => void;
  /** Draws a file, where files are wanted. */
  renderFile?: (file: StoredFile) => ReactNode;
}

export function FolderPicker({ workspace, folder, without, onFolder, renderFile }: FolderPickerProps) {
  const t = useTexts(texts);
  const list = useQuery(foldersQuery(workspace, folder));
  const { data: way = [] } = useQuery({ ...wayQuery(workspace, folder ?? ""), enabled: folder !== undefined });
  const shown = list.data?.filter(({ id, kind }) => id !== without && (kind === "folder" || renderFile)) ?? [];
  return (
    <div className="folder-picker">
      <Way way={folder ? way : []} onFolder={onFolder} />
      <ul aria-label={t.into}>
        {list.isPending && <Skeleton lines={3} />}
        {list.isError && <Failed error={list.error} onAgain={() => void list.refetch()} />}
        {list.isSuccess && shown.length === 0 && <li className="hint">{t.noFolders}</li>}
        {shown.map((each) => (
          <li key={each.id}>
            {each.kind === "folder" ? (
              <button type="button" className="menu-item" onClick={() => onFolder(each.id)}>
                <Icon name="folder" />
                <span className="menu-label">{each.name}</span>
                <Icon name="forward" />
              </button>
            ) : (
              renderFile?.(each)
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
