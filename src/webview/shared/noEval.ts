/** Must be the first import of every panel: zod compiles its schemas with `new Function` unless told not to, and the policy forbids it. */
import { z } from "zod";

z.config({ jitless: true });
