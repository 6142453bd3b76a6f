/** A small turning ring, still under reduced motion. What is going on stands beside it in words. */
export function Busy() {
  return <span className="sw-busy" aria-hidden="true" />;
}
