// Bounds of a workbook, which is unpacked in memory: its parts can be a thousand times larger than
// the file, and one cell far to the right makes its row as long.
const MAX_UNPACKED = 256 << 20; // bytes of XML
const MAX_COLUMNS = 10_000; // as for any table
const MAX_CELLS = 20_000_000; // rows times the widest

// check reads the sheets once, as streams, and throws if a workbook is too large for memory.
export async function check(file) {
  let unpacked = 0;
  for (const part of await parts(file)) {
    if (!/\.(xml|rels)$/i.test(part.name)) continue; // pictures stay packed
    if ((unpacked += part.size) > MAX_UNPACKED) throw new Error(`its sheets have more than ${MAX_UNPACKED >> 20} MB`);
    if (/^xl\/worksheets\//i.test(part.name)) await checkSheet(await content(file, part));
  }
}

async function checkSheet(stream) {
  let rest = "", rows = 0, width = 0;
  const count = (xml) => {
    rows += xml.match(/<(?:\w+:)?row[\s>/]/g)?.length ?? 0;
    for (const [, letters] of xml.matchAll(/\sr="([A-Za-z]{1,3})\d/g)) width = Math.max(width, number(letters));
    if (width > MAX_COLUMNS) throw new Error(`the sheet has ${width} columns; a table can have ${MAX_COLUMNS}`);
    if (rows * width > MAX_CELLS) throw new Error(`the sheet has more than ${MAX_CELLS} cells, most of them empty`);
  };
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader(); // Safari cannot iterate streams
  for (let chunk; !(chunk = await reader.read()).done;) {
    const xml = rest + chunk.value;
    const end = xml.lastIndexOf("<", xml.length - 1); // a tag may continue in the next chunk
    count(xml.slice(0, Math.max(end, 0)));
    rest = xml.slice(Math.max(end, 0)).slice(0, 1000);
  }
  count(rest);
}

// number returns the number of a column: 1 for A, 27 for AA.
const number = (letters) => [...letters.toUpperCase()].reduce((n, c) => 26 * n + c.charCodeAt(0) - 64, 0);

// parts lists a zip archive's central directory (APPNOTE.TXT 4.3.12).
async function parts(file) {
  const tail = new DataView(await file.slice(Math.max(0, file.size - 65_557)).arrayBuffer());
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) throw new Error("it is no zip archive");
  const from = tail.getUint32(at + 16, true);
  const directory = new DataView(await file.slice(from, from + tail.getUint32(at + 12, true)).arrayBuffer());
  const out = [];
  for (let i = 0; i + 46 <= directory.byteLength && directory.getUint32(i, true) === 0x02014b50;) {
    const u16 = (offset) => directory.getUint16(i + offset, true);
    const u32 = (offset) => directory.getUint32(i + offset, true);
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, i + 46, u16(28)));
    out.push({ name, method: u16(10), packed: u32(20), size: u32(24), at: u32(42) });
    i += 46 + u16(28) + u16(30) + u16(32);
  }
  return out;
}

// content returns a part as a stream, which fails if it is longer than the directory says.
async function content(file, part) {
  const head = new DataView(await file.slice(part.at, part.at + 30).arrayBuffer());
  const from = part.at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const stream = file.slice(from, from + part.packed).stream();
  if (part.method === 0) return stream;
  let size = 0;
  return stream.pipeThrough(new DecompressionStream("deflate-raw")).pipeThrough(new TransformStream({
    transform(chunk, controller) {
      if ((size += chunk.length) > part.size) throw new Error(`${part.name} is larger than its archive says`);
      controller.enqueue(chunk);
    },
  }));
}
