// The sheets of a workbook as CSVs, for the worker, which chooses the one with reviews; loaded with
// the first workbook. build/site bundles it.
import readWorkbook from "read-excel-file/web-worker";

import { check } from "./workbook-bounds.js";

const cell = (value) => {
  const text = value == null ? "" : value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
  return /[",;|^~\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export async function sheets(file) {
  await check(file);
  return (await readWorkbook(file)).map(({ sheet, data }) => ({
    name: sheet,
    csv: new Blob(data.map((row) => row.map(cell).join(",") + "\n")),
  }));
}
