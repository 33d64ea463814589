// Draws web/icon.svg as the PNGs that installing needs: node icons.mjs
// A maskable icon has its picture in the middle 80%, on a ground that fills the square.
import { readFile, writeFile } from "node:fs/promises";
import { browser } from "./browser.mjs";

const web = new URL("../../web/", import.meta.url);
const svg = await readFile(new URL("icon.svg", web), "utf8");
const full = svg.replace('rx="112"', 'rx="0"').replace('viewBox="0 0 512 512"', 'viewBox="-40 -40 592 592"')
  .replace('<rect width="512" height="512"', '<rect x="-40" y="-40" width="592" height="592"');

const chromium = await browser();
const page = await chromium.newPage();
for (const [name, picture] of [["icon", svg], ["icon-maskable", full]]) {
  for (const size of [192, 512]) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${picture}`);
    await writeFile(new URL(`${name}-${size}.png`, web), await page.screenshot({ omitBackground: true }));
  }
}
await chromium.close();
