/** Starts the page: cache, router, and what other tabs announce. */
// Before everything that imports styles of its own, so that a feature's rule wins over a shared one.
import "./ui/tokens.css";
import "./ui/ui.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { onAnnouncement } from "./api/tabs";
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

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
