/** Choosing a folder, or some files: what a conversation draws on. Loaded on demand. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "../../ui/dialog";
import { FormFoot } from "../../ui/form-foot";
import { FolderPicker } from "./folder-picker";
import { wayQuery } from "./queries";

interface ChoiceDialogProps {
  workspace: string;
  /** The files that are chosen already. */
  known: readonly string[];
  words: {
    title: string;
    folder: (name: string) => string;
    files: (count: number) => string;
  };
  onChosen: (choice: { folder?: string; files?: string[] }) => void;
  onClose: () => void;
}

export default function ChoiceDialog({ workspace, known, words, onChosen, onClose }: ChoiceDialogProps) {
  const [folder, setFolder] = useState<string>();
  const [files, setFiles] = useState<readonly string[]>(known);
  const { data: way } = useQuery({ ...wayQuery(workspace, folder ?? ""), enabled: folder !== undefined });
  const name = folder && way?.at(-1)?.name;
  return (
    <Dialog title={words.title} onClose={onClose}>
      <FolderPicker
        workspace={workspace}
        folder={folder}
        onFolder={setFolder}
        renderFile={(file) => (
          <label className="menu-item">
            <input
              type="checkbox"
              checked={files.includes(file.id)}
              onChange={(event) =>
                setFiles(event.target.checked ? [...files, file.id] : files.filter((id) => id !== file.id))
              }
            />
            <span className="menu-label">{file.name}</span>
          </label>
        )}
      />
      {files.length > 0 ? (
        <FormFoot
          action={words.files(files.length)}
          onCancel={onClose}
          onAction={() => onChosen({ files: [...files] })}
        />
      ) : (
        <FormFoot
          action={name ? words.folder(name) : words.title}
          disabled={!folder}
          onCancel={onClose}
          onAction={() => folder && onChosen({ folder })}
        />
      )}
    </Dialog>
  );
}
