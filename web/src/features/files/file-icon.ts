/** The icon of a file by what is in it. */
import type { StoredFile } from "../../api/types";
import type { IconName } from "../../ui/icons";

export function iconOf({ kind, media_type: type }: Pick<StoredFile, "kind" | "media_type">): IconName {
  if (kind === "folder") return "folder";
  if (type.startsWith("image/")) return "image";
  if (/csv|spreadsheet|excel/.test(type)) return "table";
  if (/json|javascript|xml|x-(python|rust|c|java|sh)|source/.test(type) && !/openxml/.test(type)) return "code";
  if (/^text\/|pdf|word|document/.test(type)) return "lines";
  return "file";
}
