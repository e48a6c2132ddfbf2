/** The method of a request, in the same width for all so that the paths stand below each other. */
export function Method({ method }: { method: string }) {
  return <span className={`method ${method.toLowerCase()}`}>{method}</span>;
}
