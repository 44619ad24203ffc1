/** Drawing is coalesced to animation frames; data never is. */

/** What is to be drawn in the next frame, or still in this one, in the order it was asked for. */
const due = new Set<() => void>();
let drawing = false;

function frame(): void {
  const drawn = new Set<() => void>();
  drawing = true;
  for (const draw of due) {
    if (drawn.has(draw)) continue;
    due.delete(draw);
    drawn.add(draw);
    try {
      draw();
    } catch (error) {
      // As the browser does: one picture that fails keeps no other from being drawn.
      reportError(error);
    }
  }
  drawing = false;
  if (due.size > 0) requestAnimationFrame(frame);
}

/**
 * Returns a function that runs `draw` once in the next frame, however often it is called until then. Called while a frame is
 * drawn, it runs `draw` in that same frame, unless that frame has drawn it already: a page and its pictures need one frame.
 */
export function onceAFrame(draw: () => void): () => void {
  return () => {
    if (due.size === 0 && !drawing) requestAnimationFrame(frame);
    due.add(draw);
  };
}
