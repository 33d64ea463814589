// The page with a workbook that would not fit into memory.
import { rejects } from "node:assert/strict";
import test from "node:test";

import { zipSync } from "fflate";

import { check } from "../../../web/workbook-bounds.js";

const sheet = (rows) => `<worksheet><sheetData>${rows}</sheetData></worksheet>`;
const book = (rows) => new Blob([zipSync({ "xl/worksheets/sheet1.xml": new TextEncoder().encode(sheet(rows)) })]);

test("an ordinary workbook", () => check(book(`<row r="1"><c r="A1"><v>1</v></c></row>`.repeat(1000))));

test("a cell in the last column", () => rejects(check(book(`<row><c r="XFD1"/></row>`)), /16384 columns/));

test("cells far to the right", () => rejects(check(book(`<x:row><c t="n" r="MZZ1"/></x:row>`.repeat(3000))), /20000000 cells/));

test("much behind the cells", () => check(book(`<row><c r="A1"/></row>` + "x".repeat(1 << 20))));

test("large parts", async () => {
  const bytes = await book("<row/>".repeat(1000)).arrayBuffer();
  const view = new DataView(bytes);
  for (let i = bytes.byteLength - 4; i >= 0; i--) {
    if (view.getUint32(i, true) === 0x02014b50) view.setUint32(i + 24, 300 << 20, true);
  }
  await rejects(check(new Blob([bytes])), /more than 256 MB/);
});

test("a part that is larger than the archive says", async () => {
  const bytes = await book("<row/>".repeat(1000)).arrayBuffer();
  const view = new DataView(bytes);
  for (let i = bytes.byteLength - 4; i >= 0; i--) {
    if (view.getUint32(i, true) === 0x02014b50) view.setUint32(i + 24, 100, true);
  }
  await rejects(check(new Blob([bytes])), /larger than its archive says/);
});
