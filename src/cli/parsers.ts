/** A command parses a few objects: that is over before parsers compiled for them would be ready. */
import * as z from "zod";

z.config({ jitless: true });
