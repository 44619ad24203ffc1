/** Must be the first import of every panel: tells libraries how to live under the page's strict policy. */
import * as z from "zod";

// zod compiles its schemas with `new Function` unless told not to.
z.config({ jitless: true });

// The toolkit tries a selector in a style element of its own; it looks here for the nonce that lets it.
const nonce = document.currentScript?.nonce;
if (nonce) {
  const meta = document.createElement("meta");
  meta.setAttribute("property", "csp-nonce");
  meta.content = nonce;
  document.head.append(meta);
}
