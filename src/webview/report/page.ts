/** A run as one HTML file that opens anywhere: no script, nothing loaded from outside. Pure. */
import { type Html, html } from "../../words/escape/sinks.ts";
import { count } from "../../words/numbers.ts";
import type { GroupFrame } from "../model/groupFrame.ts";
import { groupsSentence, shownCell } from "../model/groupTable.ts";
import { type Column, type Picture, showCell, type Table } from "../shared/picture.ts";
import { type Encode, onPaper } from "./paper.ts";
import type { Report } from "./runReport.ts";

const style = html`
body { max-width: 940px; margin: 0 auto; padding: 32px 24px 64px; background: #fff; color: #1f1f1f; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1em; font-weight: 600; margin: 0; }
h2 { font-size: 1.15em; margin: 0 0 4px; }
.claim { font-size: 1.4em; font-weight: 600; line-height: 1.3; margin: 24px 0 12px; text-wrap: pretty; }
.claim.good, .claim.open, .claim.bad { border-left: 4px solid #767676; padding-left: 12px; }
.claim.good { border-color: #2e7d32; }
.claim.bad { border-color: #bf8803; }
.quiet { color: #5a5a5a; margin: 0 0 12px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 16px 0; }
dt { font-weight: 600; }
dd { margin: 0; }
.caution { border-left: 3px solid #bf8803; padding-left: 12px; }
section { border-top: 1px solid #ddd; margin-top: 32px; padding-top: 20px; }
svg { display: block; max-width: 100%; height: auto; }
.table { max-height: 480px; overflow: auto; }
table { border-collapse: collapse; font-size: 0.87em; }
caption { text-align: left; font-weight: 600; padding: 4px 0; }
th, td { text-align: left; padding: 3px 12px 3px 0; border-top: 1px solid #e5e5e5; white-space: nowrap; font-weight: normal; }
thead th { font-weight: 600; }
.whole { max-height: none; }
.frame td, .frame th { vertical-align: top; }
.frame small { color: #5a5a5a; }
.frame .doubt { color: #8a5a00; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; margin-top: 8px; }
@media print { section { break-inside: avoid; } details { display: none; } }
`;

const { text } = html;
const lines = (parts: readonly Html[]) => html.join(parts, html`\n`);

function tableHtml(table: Table): Html {
  const number = (column: Column) => (column.show ? html` class="number"` : html``);
  const head = table.columns.map(
    (column) => html`<th scope="col"${number(column)}>${text(column.label)}</th>`,
  );
  const body = table.rows.map((row) => {
    const cells = table.columns.map((column, index) => {
      const shown = text(showCell(column, row[index]));
      return index === 0 ? html`<th scope="row">${shown}</th>` : html`<td${number(column)}>${shown}</td>`;
    });
    return html`<tr>${html.join(cells, html``)}</tr>`;
  });
  const caption = text(table.caption);
  return html`<div class="table" tabindex="0" role="region" aria-label="${caption}, table"><table><caption>${caption}</caption><thead><tr>${html.join(head, html``)}</tr></thead><tbody>${lines(body)}</tbody></table></div>`;
}

function pictureHtml(picture: Picture, encode: Encode): Html {
  return html`<section aria-label="${text(picture.title)}"><h2>${text(picture.title)}</h2><p class="quiet">${text(picture.sentence)}</p>
${onPaper(picture, encode)}
<details><summary>The numbers</summary>${tableHtml(picture.table())}</details></section>`;
}

function groupsHtml(frame: GroupFrame): Html {
  const rows = frame.rows.map((row) => {
    const cells = row.cells.map((cell) => {
      const { change, about, doubt } = shownCell(row, cell);
      const open = doubt === null ? html`` : html`<br><small class="doubt">○ ${text(doubt)}</small>`;
      return html`<td class="number">${text(change)}<br><small>${text(about)}</small>${open}</td>`;
    });
    const samples = row.samples === null ? html`` : text(count(row.samples));
    return html`<tr><th scope="row">${text(row.name)}</th><td class="number">${samples}</td>${html.join(cells, html``)}</tr>`;
  });
  const head = frame.columns.map(({ label }) => html`<th scope="col" class="number">${text(label)}</th>`);
  return html`<section aria-label="Groups"><h2>Groups</h2><p class="quiet">${text(groupsSentence(frame))}</p>
<div class="table whole" tabindex="0" role="region" aria-label="Groups, table"><table class="frame"><thead><tr><th scope="col">Group</th><th scope="col" class="number">Samples</th>${html.join(head, html``)}</tr></thead><tbody>${lines(rows)}</tbody></table></div></section>`;
}

/** The whole page. */
export function reportHtml(report: Report, encode: Encode, madeAt: string): Html {
  const { title, subtitle, headline, pictures, groups, notes } = report;
  const [first, ...others] = pictures.map((picture) => pictureHtml(picture, encode));
  const parts = [...(first ? [first] : []), ...(groups ? [groupsHtml(groups)] : []), ...others];
  const answers = headline.answers.map(
    ({ lead, text: answer }) => html`<dt>${text(lead)}</dt><dd>${text(answer)}</dd>`,
  );
  const cautions = headline.cautions.map((caution) => html`<p class="caution">${text(caution)}</p>`);
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${text(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${text(title)}</h1>
<p class="quiet">${text(subtitle)}</p>
<p class="claim ${text(headline.tone ?? "none")}">${text(headline.claim)}</p>
<p class="quiet">${text(headline.meaning)}</p>
<dl>${lines(answers)}</dl>
${lines(cautions)}
${lines(parts)}
<section aria-label="How this run came about"><h2>How this run came about</h2>
<ul>${html.join(
    notes.map((line) => html`<li>${text(line)}</li>`),
    html``,
  )}</ul>
<p class="quiet">Written by SelMix, ${text(madeAt)}. Everything is in this file.</p></section>
</main>
</body>
</html>
`;
}
