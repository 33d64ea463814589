// Compresses files with Brotli at a quality of 0 to 11: node brotli.mjs QUALITY FROM TO [FROM TO ...]
// Uses the encoder of Node's zlib because it is available wherever the page is built, and is the
// reference one.
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const compress = promisify(brotliCompress);
const [quality, ...paths] = process.argv.slice(2);
if (!quality || paths.length === 0 || paths.length % 2) {
  console.error("usage: node brotli.mjs QUALITY FROM TO [FROM TO ...]");
  process.exit(2);
}

await Promise.all(
  Array.from({ length: paths.length / 2 }, async (_, i) => {
    const data = await readFile(paths[2 * i]);
    await writeFile(paths[2 * i + 1], await compress(data, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: Number(quality),
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
        [constants.BROTLI_PARAM_NPOSTFIX]: 1, // the last bit of a distance is coded separately: 0.3 to 0.4% of a program
      },
    }));
  }),
);
