// Shows openapi.json: one section a tag, one fold a route, with the schemas written out.
const el = (name, props = {}, ...children) => {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
};

const resolve = (root, schema, depth = 0) => {
  if (!schema || typeof schema !== "object" || depth > 6) return schema;
  if (schema.$ref) return resolve(root, root.components.schemas[schema.$ref.split("/").pop()], depth + 1);
  if (Array.isArray(schema)) return schema.map((item) => resolve(root, item, depth + 1));
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolve(root, value, depth + 1)]));
};

const block = (title, value) => [el("h4", { textContent: title }), el("pre", { textContent: JSON.stringify(value, null, 2) })];

const route = (root, path, method, operation) => {
  const fold = el("details", { id: operation.operationId });
  fold.dataset.text = `${method} ${path} ${operation.summary}`.toLowerCase();
  fold.append(el("summary", {}, el("span", { className: "method", textContent: method.toUpperCase() }),
    el("code", { textContent: path }), " ", el("span", { className: "about", textContent: operation.summary })));
  fold.addEventListener("toggle", () => {
    if (!fold.open || fold.dataset.filled) return;
    fold.dataset.filled = "yes";
    fold.append(el("p", { className: "facts",
      textContent: `${operation.operationId} · may call: ${operation["x-access"]} · at most ${operation["x-budget"].statements ?? "any number of"} SQL statements` }));
    if (operation.parameters.length) fold.append(...block("Parameters", operation.parameters));
    if (operation.requestBody) fold.append(...block("Body", resolve(root, operation.requestBody.content["application/json"].schema)));
    for (const [status, response] of Object.entries(operation.responses)) {
      if (status === "default") continue;
      for (const [kind, content] of Object.entries(response.content ?? {})) fold.append(...block(`${status} ${kind}`, resolve(root, content.schema)));
      if (!response.content) fold.append(el("p", { className: "facts", textContent: `${status}: no body` }));
    }
  });
  return fold;
};

const root = await (await fetch("/openapi.json")).json();
const sections = new Map();
for (const [path, methods] of Object.entries(root.paths))
  for (const [method, operation] of Object.entries(methods)) {
    const tag = operation.tags[0];
    if (!sections.has(tag)) sections.set(tag, []);
    sections.get(tag).push(route(root, path, method, operation));
  }
const main = document.getElementById("routes");
main.replaceChildren(...[...sections].flatMap(([tag, routes]) => [el("h2", { textContent: tag }), ...routes]));
document.getElementById("filter").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const fold of main.querySelectorAll("details")) fold.hidden = !fold.dataset.text.includes(wanted);
});
