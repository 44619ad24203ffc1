/** Times in words. */

const minute = 60;
const hour = 60 * minute;

/** How long something took or will take: "3 ms", "0.4 s", "12 s", "3 min", "2 h". */
export function duration(seconds: number): string {
  if (seconds < 0.1) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 100 * minute) return `${Math.round(seconds / minute)} min`;
  return `${Math.round(seconds / hour)} h`;
}

/** How long ago, both in milliseconds since the epoch: "just now", "3 min ago", "2 h ago", "5 days ago". */
export function age(at: number, now: number): string {
  const seconds = (now - at) / 1000;
  if (seconds < minute) return "just now";
  if (seconds < hour) return `${Math.floor(seconds / minute)} min ago`;
  if (seconds < 48 * hour) return `${Math.floor(seconds / hour)} h ago`;
  return `${Math.floor(seconds / (24 * hour))} days ago`;
}

/** A moment of a record, the same for every reader: "2026-05-01 10:20 UTC". */
export function moment(iso: string): string {
  return `${iso.replace("T", " ").slice(0, 16)} UTC`;
}

/** The local time of day, with the date when it is not today's. */
export function clock(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return date.toDateString() === new Date(now).toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
}
