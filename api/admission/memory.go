package admission

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"reviewlens/api/scoring"
	"reviewlens/reviews/table"
)

const (
	// assumedLimit is the process's memory limit if none is configured, or half of the machine's
	// memory if that is less.
	assumedLimit = 4 << 30
	// restingMemory is the memory of the process without requests: the model, its streams, cached
	// responses.
	restingMemory = 192 << 20
	// minimumLimit is the lowest memory limit that can be configured.
	minimumLimit = 320 << 20
	// minimumBudget admits a request of maximum size wherever the server starts at all.
	minimumBudget = 64 << 20
	// nativeMemory is the memory of the native library, which the garbage collector does not count.
	nativeMemory = 128 << 20
)

// ProcessLimit returns the bytes that the process may take: GOMEMLIMIT, the limit of its control
// group or Lambda function, or a default.
func ProcessLimit() int64 {
	limit := debug.SetMemoryLimit(-1)
	for _, name := range []string{"/sys/fs/cgroup/memory.max",
		"/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if n, ok := readNumber(name); ok {
			limit = min(limit, n)
		}
	}
	if megabytes, err := strconv.ParseInt(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), 10,
		64); err == nil && megabytes > 0 {
		limit = min(limit, megabytes<<20)
	}
	if limit < math.MaxInt64/2 { // control groups v1 report "no limit" as a number of this size
		return limit
	}
	limit = assumedLimit
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kilobytes int64
		if fields := strings.Fields(string(info)); len(fields) > 1 && fields[0] == "MemTotal:" {
			kilobytes, _ = strconv.ParseInt(fields[1], 10, 64)
		}
		if kilobytes > 0 {
			limit = min(limit, kilobytes<<10/2)
		}
	}
	return limit
}

// LimitCollector sets the garbage collector's memory limit for a process that may take limit bytes,
// unless GOMEMLIMIT did.
func LimitCollector(limit int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(max(limit-nativeMemory, limit/2))
	}
}

// ParseSize parses an amount of memory: bytes, or a number with the unit MiB or GiB (MB, GB, M and
// G mean the same).
func ParseSize(size string) (int64, error) {
	digits := strings.TrimRight(size, "GMKTBigmkt")
	shift, ok := map[string]int{"": 0, "MIB": 20, "MB": 20, "M": 20, "GIB": 30, "GB": 30,
		"G": 30}[strings.ToUpper(size[len(digits):])]
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n > 1<<50>>shift || n<<shift < minimumLimit {
		return 0, fmt.Errorf("%q is not a valid memory limit; want at least "+
			"%dMiB, as 512MiB or 2GiB", size, minimumLimit>>20)
	}
	return n << shift, nil
}

func readNumber(name string) (int64, bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil && n > 0
}

// Budget returns how much of a process's limit requests may hold. The garbage collector needs as
// much again for garbage not yet collected.
func Budget(limit int64) int64 { return max((limit-restingMemory)/2, minimumBudget) }

// Memory of each part of a request, measured or counted at its peak: while a slice or map grows,
// both its old and its new memory count.
const (
	requestBytes = 256 << 10 // buffers of a connection, a chunk of token IDs
	// per cell of the records in the sample from which columns are guessed: header and smallest
	// allocation of a string
	cellBytes   = 34
	sampleRows  = 100     // size of that sample
	chunkBytes  = 2 << 20 // token IDs in the engine and queued for it
	phraseBytes = 24      // phrases counted for a report, per byte of text
	maxPhrases  = 200 << 20
	// spans, per row and byte: one, of 6 bytes, for two words of three letters; doubled for growth
	spansOfRow  = 2 * 5
	spansOfByte = 2
	// per byte of text in a response with mentions: one mention for each two words
	mentionOfByte = 16
	// topics (reviews/topics), per byte of text
	topicsOfByte = 8
	maxTopics    = 200 << 20
)

// TextsMemory estimates the memory of a request of texts or token IDs: its body, the decoded texts
// or windows, and the response.
func TextsMemory(body int64) int64 { return requestBytes + 3*body }

// MentionsMemory estimates the additional memory of a request of texts whose response has mentions.
func MentionsMemory(body int64) int64 { return mentionOfByte * body }

// ReplayMemory estimates the memory of a response that is kept for idempotent replay.
func ReplayMemory(body, most int64) int64 { return min(2*most, 4*body) }

// Size is what is known of a file before it is parsed. As an io.Writer, it counts what is written
// to it.
type Size struct {
	Bytes, Lines, Separators int64
}

// Write counts bytes, line ends and separators. It also counts those inside quotes, which makes the
// estimate larger, never smaller.
func (s *Size) Write(p []byte) (int, error) {
	s.Bytes += int64(len(p))
	s.Lines += int64(bytes.Count(p, []byte{'\n'}) + bytes.Count(p, []byte{'\r'}))
	for _, separator := range []byte{',', ';', '\t', '|'} {
		s.Separators += int64(bytes.Count(p, []byte{separator}))
	}
	return len(p), nil
}

// Use selects what a file is used for in addition to scores; a report also counts phrases.
type Use struct{ Report, Topics bool }

// FileMemory estimates the memory that scoring a file takes, given that inMemory of its bytes are
// not on disk.
func FileMemory(s Size, inMemory int64, use Use) int64 {
	cells := min(s.Separators+s.Lines+1, sampleRows*table.MaxColumns)
	// a reader has a buffer that may have doubled, as has the writer
	record := 4 * min(s.Bytes, table.MaxRecord)
	memory := requestBytes + min(chunkBytes, 8*s.Bytes) + inMemory + record +
		(s.Lines+1)*scoring.RowMemory + cells*cellBytes
	if use.Report {
		memory += min(phraseBytes*s.Bytes, maxPhrases)
	}
	if use.Topics {
		memory += spansMemory(s)
	}
	if use.Report && use.Topics {
		memory += min(topicsOfByte*s.Bytes, maxTopics)
	}
	return memory
}

// ColumnsMemory estimates the additional memory of columns, whose number is known once the file is
// open.
func ColumnsMemory(columns int) int64 { return int64(columns) * scoring.ColumnMemory }

func spansMemory(s Size) int64 { return (s.Lines+1)*spansOfRow + spansOfByte*s.Bytes }

// AnswerMemory estimates the memory of a scored file, whose table has dropped its fingerprints,
// while the response is sent; with topics it is read twice.
func AnswerMemory(s Size, inMemory int64, topics bool) int64 {
	memory := requestBytes + inMemory + 2*min(s.Bytes, table.MaxRecord) +
		(s.Lines+1)*scoring.ScoredRowMemory
	if topics {
		memory += spansMemory(s) + 2*min(s.Bytes, table.MaxRecord)
	}
	return memory
}
