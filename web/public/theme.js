// Runs before the first paint, so that a page in the dark does not begin with a flash of light.
try {
  const theme = localStorage.getItem("stoa-theme");
  if (theme === "light" || theme === "dark") document.documentElement.setAttribute("data-theme", theme);
} catch {}
