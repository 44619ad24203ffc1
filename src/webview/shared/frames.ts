/** Drawing is coalesced to animation frames; data never is. */

/** Returns a function that runs `draw` once in the next frame, however often it is called until then. */
export function onceAFrame(draw: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}
