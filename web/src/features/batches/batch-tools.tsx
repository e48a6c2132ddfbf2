/** What can be done with a batch: hold it, let it go on, end it, try again, save it, rename and delete it. */

import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { address } from "../../api/client";
import type { Batch } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon, type IconName } from "../../ui/icons";
import { Menu, type MenuEntry } from "../../ui/menu";
import { onDemand } from "../../ui/overlays/lazy";
import { deleteBatch, type Steering, useSteer } from "./queries";
import { texts } from "./texts";

const confirm = onDemand(() => import("../../ui/confirm"));
const rename = onDemand(() => import("./rename-dialog"));

const FORMATS = ["csv", "json", "markdown", "html", "pdf"] as const;

interface BatchToolsProps {
  batch: Batch;
  mayWrite: boolean;
  /** It has been deleted. */
  onGone: () => void;
}

export function BatchTools({ batch, mayWrite, onGone }: BatchToolsProps) {
  const t = useTexts(texts);
  const client = useQueryClient();
  const steer = useSteer(batch.id);
  const [asking, setAsking] = useState<"cancel" | "delete" | "rename">();
  const end = () => setAsking(undefined);
  const { id, name, status, failed } = batch;
  const waiting = batch.cells - batch.done - failed > 0;
  const tool = (what: Steering, label: string, icon: IconName, primary = false) => (
    <button
      type="button"
      className={primary ? "button batch-tool primary" : "button batch-tool"}
      aria-label={label}
      title={label}
      disabled={steer.isPending}
      onClick={() => (what === "cancel" ? setAsking("cancel") : steer.mutate(what))}
    >
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
  const entries = (): MenuEntry[] => [
    ...FORMATS.map((format) => ({
      label: t.exportAs[format],
      icon: "download" as const,
      onSelect: () => download(id, format),
    })),
    ...(mayWrite
      ? ([
          "separator",
          { label: t.rename, icon: "pencil", onSelect: () => setAsking("rename") },
          { label: t.delete, icon: "trash", danger: true, onSelect: () => setAsking("delete") },
        ] as const)
      : []),
  ];
  return (
    <>
      {mayWrite && (
        <>
          {status === "running" && tool("pause", t.pause, "pause")}
          {status !== "running" && status !== "completed" && waiting && tool("resume", t.resume, "play", true)}
          {status !== "running" && failed > 0 && tool("retry", t.retry(failed), "again")}
          {(status === "running" || status === "paused") && tool("cancel", t.stop, "stop")}
        </>
      )}
      <Menu
        label={t.menu}
        button={<Icon name="more" />}
        buttonClass="button quiet icon-only"
        align="end"
        entries={entries}
      />
      <Suspense>
        {asking === "cancel" && (
          <confirm.Component
            title={t.stopTitle}
            action={t.stopNow}
            onConfirm={() => steer.mutateAsync("cancel")}
            onClose={end}
          >
            {t.stopNote}
          </confirm.Component>
        )}
        {asking === "delete" && (
          <confirm.Component
            title={t.deleteTitle}
            action={t.deleteNow}
            onConfirm={() => deleteBatch(client, batch).then(onGone)}
            onClose={end}
          >
            {t.deleteNote(name)}
          </confirm.Component>
        )}
        {asking === "rename" && <rename.Component id={id} name={name} onClose={end} />}
      </Suspense>
    </>
  );
}

/** The server names the file; the page stays where it is. */
function download(batch: string, format: (typeof FORMATS)[number]): void {
  const link = document.createElement("a");
  link.href = address("/api/batches/{batch}/export", { batch }, { format });
  link.download = "";
  link.click();
}
