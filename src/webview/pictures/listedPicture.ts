/** What pictures have in common whose points are a list: what they are called, their table twin, and the way through the points. */
import { type Movement, stepInList, type Table } from "../shared/picture.ts";

interface Told {
  readonly title: string;
  readonly fileStem: string;
  readonly sentence: string;
  readonly table: () => Table;
}

export abstract class ListedPicture<Options extends Told> {
  readonly title: string;
  readonly fileStem: string;
  readonly sentence: string;
  readonly points: number;
  protected readonly options: Options;

  constructor(options: Options, points: number) {
    this.options = options;
    this.title = options.title;
    this.fileStem = options.fileStem;
    this.sentence = options.sentence;
    this.points = points;
  }

  table(): Table {
    return this.options.table();
  }

  step(index: number, key: Movement): number {
    return stepInList(index, key, this.points);
  }
}
