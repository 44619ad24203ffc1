/** The line of a checkpoint's page to the extension host. */
import {
  type FromCheckpointPage,
  type ToCheckpointPage,
  toCheckpointPage,
} from "../../protocol/checkpointPage.ts";
import { lineTo } from "../shared/line.ts";

export const { send: post, listen } = lineTo<FromCheckpointPage, ToCheckpointPage>(toCheckpointPage);
