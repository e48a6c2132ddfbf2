/** The method of a request, in the same width for all so that the paths stand below each other. */
function Method({ method }: { method: string }) {
  return <span className={`method ${method.toLowerCase()}`}>{method}</span>;
}

/** What was asked: the method and the path. */
export function RequestLine({ method, path }: { method: string; path: string }) {
  return (
    <span className="request-line">
      <Method method={method} />
      <code className="path">{path}</code>
    </span>
  );
}
