package unpack

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/format"
)

// maxUnpackedPage bounds the unpacked size of a page, whatever its header claims. It is twice
// maxPage, because for a block of zstd only an upper bound of the unpacked size is known.
const maxUnpackedPage = 2 * maxPage

// checkUnpacked refuses the page at byte at if it unpacks to more than maxUnpackedPage.
func (h *pageHeaders) checkUnpacked(r io.ReaderAt, at int64, chunk *format.ColumnMetaData,
	header *format.PageHeader) error {
	codec := chunk.Codec
	if codec == format.Uncompressed || codec == format.Brotli {
		return nil
	}
	packed, levels := int(header.CompressedPageSize), 0
	if v2 := header.DataPageHeaderV2; v2.Valid { // the levels before the values are not packed
		levels = int(v2.V.DefinitionLevelsByteLength) + int(v2.V.RepetitionLevelsByteLength)
		if v2.V.IsCompressed.Valid && !v2.V.IsCompressed.V {
			return nil
		}
	}
	if levels < 0 || levels > packed {
		return damaged("the page at byte %d", at)
	}
	h.page = slices.Grow(h.page[:0], packed)[:packed]
	if _, err := r.ReadAt(h.page, at); err != nil {
		return damaged("the page at byte %d: %w", at, err)
	}
	switch n := unpacksTo(codec, h.page[levels:]); {
	case n < 0: // its reader would allocate memory without bound
		return damaged("the page at byte %d", at)
	case n > maxUnpackedPage:
		return refuse("The Parquet file has a page of more than %d bytes in %q that says it has "+
			"%d.", maxUnpackedPage,
			strings.Join(chunk.PathInSchema, "."), header.UncompressedPageSize)
	}
	return nil
}

// unpacksTo returns the unpacked size of a page, or a size over maxUnpackedPage if it is larger. It
// is negative for a damaged block of LZ4; the reader refuses other damage.
func unpacksTo(codec format.CompressionCodec, packed []byte) int64 {
	switch codec {
	case format.Snappy: // the size at its start is the one that its reader uses
		n, _ := binary.Uvarint(packed)
		return int64(min(n, maxUnpackedPage+1))
	case format.Gzip:
		const most = 1032 // maximum ratio of unpacked to packed bytes
		if z, err := gzip.NewReader(bytes.NewReader(packed)); err == nil &&
			len(packed) > maxUnpackedPage/most {
			n, _ := io.Copy(io.Discard, io.LimitReader(z, maxUnpackedPage+1))
			return n
		}
	case format.Zstd:
		return zstdBound(packed)
	case format.Lz4Raw:
		return lz4Size(packed)
	}
	return 0
}

// zstdBound bounds the unpacked size of zstd frames by their block headers (RFC 8878, 3.1).
func zstdBound(b []byte) (n int64) {
	const mostOfBlock = 128 << 10
	skip := func(bytes int) bool {
		if bytes > len(b) {
			b = nil
			return false
		}
		b = b[bytes:]
		return true
	}
	for len(b) > 8 {
		magic := binary.LittleEndian.Uint32(b)
		if magic&^15 == 0x184d2a50 { // a skippable frame
			skip(8 + int(binary.LittleEndian.Uint32(b[4:])))
			continue
		}
		if magic != 0xfd2fb528 {
			return n
		}
		head, single := b[4], int(b[4]>>5&1)
		size := [4]int{single, 2, 4, 8}[head>>6] // size of the field with the frame's size
		skip(5 + 1 - single + [4]int{0, 1, 2, 4}[head&3] + size)
		for last := false; !last; {
			if len(b) < 3 {
				return n
			}
			block := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
			length := block >> 3
			last = block&1 == 1
			switch block >> 1 & 3 {
			case 0: // a raw block
				n += int64(length)
			case 1: // a repeated byte
				n += int64(length)
				length = 1
			default:
				n += mostOfBlock
			}
			if !skip(3 + length) {
				return n
			}
		}
		if head>>2&1 == 1 {
			skip(4) // the checksum
		}
	}
	return n
}

// lz4Size returns the unpacked size of a block of LZ4 (lz4_Block_format), -1 if it is damaged.
func lz4Size(b []byte) (n int64) {
	length := func(nibble byte) (int, bool) {
		n := int(nibble)
		for more := nibble == 15; more; b = b[1:] {
			if len(b) == 0 {
				return 0, false
			}
			n += int(b[0])
			more = b[0] == 255
		}
		return n, true
	}
	for len(b) > 0 {
		token := b[0]
		b = b[1:]
		literals, ok := length(token >> 4)
		if !ok || literals > len(b) {
			return -1
		}
		b = b[literals:]
		if n += int64(literals); len(b) == 0 { // the last sequence
			return n
		}
		if len(b) < 2 {
			return -1
		}
		offset := int64(b[0]) | int64(b[1])<<8
		b = b[2:]
		match, ok := length(token & 15)
		if !ok || offset == 0 || offset > n {
			return -1
		}
		n += int64(match) + 4
	}
	return n
}
