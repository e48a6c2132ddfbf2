/**
 * Light, dark, or as the system is. `public/theme.js` sets the kept choice before the first paint; this module changes it.
 */
export type Theme = "system" | "light" | "dark";

const KEY = "stoa-theme";

export function applyTheme(theme: Theme): void {
  if (theme === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme);
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {}
}
