/** Starts the page: language, cache, router, and what other tabs and the server say has changed. */
// Before everything that imports styles of its own, so that a feature's rule wins over a shared one.
import "./ui/fonts.css";
import "./ui/tokens.css";
import "./ui/ui.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { onAnnouncement } from "./api/tabs";
import { speak } from "./i18n/catalogue";
import { detectLocale, setLocale } from "./i18n/locale";
import { createQueryClient } from "./query-client";
import { createAppRouter } from "./router";

const queryClient = createQueryClient(() => {
  queryClient.setQueryData(["me"], null);
  void router.invalidate();
});
const router = createAppRouter(queryClient);

onAnnouncement((what) => {
  if (what.kind === "session") {
    queryClient.clear();
    void router.invalidate();
    return;
  }
  if (what.kind === "conversation") void queryClient.invalidateQueries({ queryKey: ["conversation", what.id] });
  void queryClient.invalidateQueries({ queryKey: ["conversations"] });
});

/** English is in the bundle; another language is loaded before the first paint, so that no word changes under the eyes. */
async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) return;
  if (detectLocale() === "en") setLocale("en");
  else await speak(detectLocale());
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

void start();
