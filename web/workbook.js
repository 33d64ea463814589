// A workbook's first sheet as a CSV, for the worker; loaded with the first workbook. build/site bundles it.
import { readSheet } from "read-excel-file/web-worker";

import { check } from "./workbook-bounds.js";

const cell = (value) => {
  const text = value == null ? "" : value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export async function csv(file) {
  await check(file);
  const rows = await readSheet(file);
  return new Blob(rows.map((row) => row.map(cell).join(",") + "\n"));
}
