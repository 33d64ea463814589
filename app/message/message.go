// Package message defines the messages between the page and its worker. The page sends commands,
// the worker replies with events; both travel as one JSON string through postMessage, an Open with
// a file and an EventDownload with a Blob.
//
// The worker owns the file and every result. The page sees one screen of it: a preview, a summary,
// and at most MaxRows rows at a time. All texts in an event are cut to the part that a screen shows
// (MaxText); those quoted for a phrase or a topic are cut around it.
package message

import (
	"slices"

	"reviewlens/api/wire"
)

// MaxRows is the longest range that one Rows command may request; MaxText is the number of bytes
// shown of a text, and of a cell of the preview.
const (
	MaxRows     = 200
	MaxText     = 1000
	MaxCell     = 200
	MaxColumns  = 100
	PreviewRows = 20
)

// Encodings are the encodings of files that can be read (table.Encodings), with their names.
var Encodings = [][2]string{
	{"utf-8", "UTF-8"}, {"utf-16le", "UTF-16 LE"}, {"utf-16be", "UTF-16 BE"},
	{"windows-1252", "Windows-1252"}, {"macintosh", "Mac Roman"}, {"windows-1250", "Windows-1250"},
	{"windows-1251", "Windows-1251"}, {"koi8-r", "KOI8-R"}, {"gbk", "GBK"}, {"big5", "Big5"},
	{"shift_jis", "Shift JIS"}, {"euc-jp", "EUC-JP"}, {"euc-kr", "EUC-KR"},
	{"windows-1253", "Windows-1253"}, {"windows-1254", "Windows-1254"},
	{"windows-1255", "Windows-1255"}, {"windows-1256", "Windows-1256"},
	{"windows-874", "Windows-874"}, {"iso-8859-2", "ISO 8859-2"}, {"koi8-u", "KOI8-U"},
	{"ibm866", "IBM 866"},
	{"utf-8 twice", "UTF-8, encoded twice"}}

// Command is a request of the page to the worker. Name determines which other fields are used.
type Command struct {
	Name    string   `json:"name"`
	ID      int      `json:"id,omitempty"`      // Score: returned in the verdict
	Text    string   `json:"text,omitempty"`    // Score
	File    string   `json:"file,omitempty"`    // Open: the file's name
	Dialect *Dialect `json:"dialect,omitempty"` // Interpret: nil keeps the current one
	// Interpret: nil guesses again; Analyse
	Columns *Columns      `json:"columns,omitempty"`
	Cells   *CellSettings `json:"cells,omitempty"` // Interpret: nil keeps the previous ones
	From    int           `json:"from,omitempty"`  // Rows: [From, To)
	To      int           `json:"to,omitempty"`
	View    *View         `json:"view,omitempty"`  // Select; its ID goes with Rows
	Row     int           `json:"row,omitempty"`   // Show: 1-based
	Key     string        `json:"key,omitempty"`   // Key
	Where   string        `json:"where,omitempty"` // Place: OnServer or OnDevice
	Run     string        `json:"run,omitempty"`   // a run's ID

	// Open, Resume, Close: keep what is open, even if it is finished, to be opened again
	Keep      bool            `json:"keep,omitempty"`
	Column    int             `json:"column,omitempty"`    // Group
	Pair      *CompareRequest `json:"pair,omitempty"`      // Compare
	Model     string          `json:"model,omitempty"`     // CompareModels; "" ends the comparison
	Sentiment string          `json:"sentiment,omitempty"` // Correct
	What      string          `json:"what,omitempty"`      // Download
	// Download: the filters of the view in words, for the name of the file
	Only string `json:"only,omitempty"`

	// Open, Analyse: wait until the current text is fully analysed, and in the history
	Wait   bool    `json:"wait,omitempty"`
	Topics bool    `json:"topics,omitempty"` // Start: find topics, too
	Halted bool    `json:"halted,omitempty"` // Start: begin paused
	Scheme *Scheme `json:"scheme,omitempty"` // Arrange
}

// Commands.
const (
	Score     = "score"     // a typed text; a later one replaces it
	Open      = "open"      // a file, sent with the command; replaces the previous one
	Interpret = "interpret" // read the open file in another way
	// read the sheet From, from 0, of the open workbook instead
	Sheet = "sheet"
	// analyse another text of the open file, that of Columns: the results of the current one are
	// kept, and available at once when it is requested again; Topics as for Start
	Analyse = "analyse"
	Start   = "start" // score the open file, or continue where it stopped
	// stop scoring, or cancel the scoring of a text to be analysed; existing scores stay
	Cancel   = "cancel"
	Rows     = "rows"     // a range of rows with their scores
	Download = "download" // the file with its scores
	Close    = "close"    // close the file
	// the rows that the page shows from now on, and that Rows refers to; all of the file until then
	Select = "select"
	Show   = "show" // one review in full
	// send nothing more of the open file, or nothing of a text to be analysed; requests in flight
	// are finished; Start continues
	Pause = "pause"
	// score at Where from now on; the first time on the device downloads the model
	Place = "place"
	// open and continue a kept run, with its file if it NeedsFile
	Resume  = "resume"
	Discard = "discard" // delete a kept run
	List    = "list"    // list kept runs; again once Run is free, if another page still holds it
	// score on the server, and delete the model on this device; the page deletes its file
	Unload = "unload"
	// the server's API key, or the token of a sign-in; requests waiting for it continue
	Key = "key"

	Past      = "past"       // list runs that have ended, here and on the server
	OpenRun   = "open-run"   // send the result of Run
	RenameRun = "rename-run" // rename Run to Text
	// delete the result of Run, here and on the server; of all runs for ""
	DeleteRun  = "delete-run"
	RestoreRun = "restore-run" // restore what the last DeleteRun of one run deleted
	UploadRun  = "upload-run"  // store the result of Run on the server too
	Group      = "group"       // the figures of the rows by their value in Column
	Compare    = "compare"     // Pair; a later one replaces it
	// the reader's sentiment for Row instead of its score; "", or the score's, removes it
	Correct = "correct"
	// send the server the reader's corrections, for the trial of a model that runs there
	UploadCorrections = "tell-corrections"
	// score the open file with another Model of the server, too, and report what would change
	CompareModels = "compare-models"

	Arrange = "arrange" // merge and name topics by Scheme from now on
)

// Contents of a Download. If the view has filters, it contains only the rows of the view.
const (
	Annotated   = ""            // the file with its scores
	Corrections = "corrections" // the reviews that a reader corrected, as JSON lines
	WithTopics  = "topics"      // the file with its scores, and the topics of each review
)

// Event is a message of the worker to the page. Name determines which fields are set.
type Event struct {
	Name     string    `json:"name"`
	Ready    *Ready    `json:"ready,omitempty"`
	Verdict  *Verdict  `json:"verdict,omitempty"`
	Preview  *Preview  `json:"preview,omitempty"`
	Count    *Count    `json:"count,omitempty"`
	Progress *Progress `json:"progress,omitempty"`
	Rows     *RowRange `json:"rows,omitempty"`
	Kept     *KeptRuns `json:"kept,omitempty"`
	Fetch    *Fetch    `json:"fetch,omitempty"`
	Problem  *Problem  `json:"problem,omitempty"`
	// EventDownload: the file's name; its bytes are the Blob sent with the event
	File string `json:"file,omitempty"`

	Selection *Selection `json:"selection,omitempty"`
	Filtered  *Filtered  `json:"filtered,omitempty"`
	Whole     *Whole     `json:"whole,omitempty"`
	Explained *Explained `json:"explained,omitempty"`

	// with EventLocked: where to sign in, nil if a key is required
	SignIn *wire.SignIn `json:"signIn,omitempty"`

	Past       *PastRuns   `json:"past,omitempty"`
	Run        *PastRun    `json:"run,omitempty"`
	Correction *Correction `json:"correction,omitempty"`
	Groups     *Groups     `json:"groups,omitempty"`
	Comparison *Comparison `json:"comparison,omitempty"`

	Topics *wire.Topics `json:"topics,omitempty"`

	Versus    *ModelComparison `json:"versus,omitempty"`
	Corrected *Corrected       `json:"corrected,omitempty"` // with EventCorrectionsSent
}

// Events. Each has the name of the field of Event that it sets; Locked sets Problem and SignIn,
// Download File.
const (
	// the worker accepts commands; Ready is set once the server's model is known
	EventReady      = "ready"
	EventVerdict    = "verdict"    // Verdict
	EventPreview    = "preview"    // Preview: the first rows and how the file was read
	EventCount      = "count"      // Count: the whole file has been read once
	EventProgress   = "progress"   // Progress: sent at most five times a second, and at the end
	EventRows       = "rows"       // Rows
	EventDownload   = "download"   // the annotated file
	EventProblem    = "problem"    // Problem
	EventWhole      = "whole"      // Whole
	EventExplained  = "explained"  // Explained: follows an EventVerdict or an EventWhole
	EventCorrection = "correction" // Correction
	EventGroups     = "groups"     // Groups: sent while the file is read, and at the end
	EventComparison = "comparison" // Comparison: likewise
	EventSelection  = "selection"  // Selection: sent as rows are found, and at the end
	EventFiltered   = "filtered"   // Filtered: after the Selection of a view that has filters
	// Topics, replacing the last ones: while scores arrive, at the end, after an Arrange
	EventTopics          = "topics"
	EventKept            = "kept"   // Kept: after List, and after possible changes
	EventModelComparison = "versus" // Versus: sent during the comparison, and at the end
	EventCorrectionsSent = "told"   // Corrected: the server has received more corrections
	// Past: first of this device, then, if the server is asked, of both
	EventPast = "past"
	EventRun  = "run" // Run
	// Fetch: the model is being loaded onto this device; EventReady ends it
	EventFetch = "fetch"
	// Problem: the server requires a key, another key, or a sign-in (SignIn); reply with Key
	EventLocked = "locked"
)

// Ready describes the model that scores.
type Ready struct {
	Model  string       `json:"model"`
	SignIn *wire.SignIn `json:"signIn,omitempty"` // where to sign in

	Jobs *wire.JobLimits `json:"jobs,omitempty"` // nil if the server accepts no jobs

	Topics bool     `json:"topics,omitempty"` // the model finds topics
	Others []string `json:"others,omitempty"` // IDs of the other models of the server
	// the server tries a model, and counts corrections
	Corrections bool `json:"corrections,omitempty"`
	// OnServer or OnDevice: without a network it is the device by default, if it was before
	Where string `json:"where"`
}

// Where scoring happens.
const (
	OnServer = "server"
	OnDevice = "device"
)

// Fetch is the progress of the model's download.
type Fetch struct {
	Have int64 `json:"have"`
	All  int64 `json:"all"` // 0 if unknown
}

// Verdict is the score of a typed text.
type Verdict struct {
	ID int `json:"id"`
	Scored
}

// Scored is a score as it is shown and written; Sentiment is "" if there is none.
type Scored struct {
	Sentiment string  `json:"sentiment"` // positive, negative, unsure
	Positive  float64 `json:"positive"`  // probability
	Windows   int     `json:"windows"`   // pieces it was scored in
	Cut       bool    `json:"cut,omitempty"`
	Unread    string  `json:"unread,omitempty"` // why it cannot be read; it is unsure then
	// if the model predicts them: the number of stars of the text, and whether it has both positive
	// and negative parts
	Stars float64 `json:"stars,omitempty"`
	Mixed bool    `json:"mixed,omitempty"`
}

// Dialect describes the format of a file.
type Dialect struct {
	Encoding  string `json:"encoding"`  // one of Encodings
	Delimiter string `json:"delimiter"` // one character
	Quoted    bool   `json:"quoted"`
	Header    bool   `json:"header"`
	BOM       bool   `json:"bom,omitempty"`
	// each record is one quoted field that holds the record
	DoubleEncoded bool `json:"wrapped,omitempty"`

	// of JSON lines; the other fields above except Encoding and BOM are then unused
	Keys []string `json:"keys,omitempty"`

	// As in table.Dialect: how quotes are written, and where the table is.
	Quote     string `json:"quote,omitempty"` // one character
	Backslash bool   `json:"backslash,omitempty"`
	Spaced    bool   `json:"spaced,omitempty"`
	Width     int    `json:"width,omitempty"`
	Surplus   int    `json:"surplus,omitempty"`
	Tables    int    `json:"tables,omitempty"`
	RowNames  bool   `json:"rowNames,omitempty"`

	Preamble   int   `json:"preamble,omitempty"`
	HeaderRows int   `json:"headerRows,omitempty"`
	NamesRow   int   `json:"namesRow,omitempty"`
	Until      int64 `json:"until,omitempty"`
}

// Columns are the roles of columns, by index; -1 for none.
type Columns struct {
	Text    int `json:"text"`
	Title   int `json:"title"`
	Stars   int `json:"stars"`
	Date    int `json:"date"`
	Product int `json:"product"`
	ID      int `json:"id"`

	Second int   `json:"second,omitempty"` // from 1, as in table.Columns; 0 for none
	More   []int `json:"more,omitempty"`   // further parts of the text
}

// Texts returns the columns that hold the text or a part of it, in their order.
//
// It is not inlined: that would be 1 KB of the worker's program for each of its calls.
//
//go:noinline
func (c Columns) Texts() (texts []int) {
	if c.Text >= 0 {
		texts = append(texts, c.Text)
	}
	if c.Second > 0 {
		texts = append(texts, c.Second-1)
	}
	return append(texts, c.More...)
}

// SetTexts sets the columns of the text, or of its parts.
func (c *Columns) SetTexts(texts []int) {
	c.Text, c.Second, c.More = -1, 0, nil
	if len(texts) > 0 {
		c.Text = texts[0]
	}
	if len(texts) > 1 {
		c.Second, c.More = texts[1]+1, slices.Clone(texts[2:])
	}
}

// Equal reports whether each role has the same columns.
func (c Columns) Equal(o Columns) bool {
	return slices.Equal(c.Texts(), o.Texts()) &&
		[...]int{c.Title, c.Stars, c.Date, c.Product, c.ID} ==
			[...]int{o.Title, o.Stars, o.Date, o.Product, o.ID}
}

// CellSettings holds the user's settings for cells; zeros are guessed.
type CellSettings struct {
	Order   int8    `json:"order,omitempty"`   // table.DayFirst or table.MonthFirst
	StarsOf float64 `json:"starsOf,omitempty"` // the best rating, as table.Options.StarsOf
}

// The orders of day and month.
const (
	DayFirst   int8 = 1
	MonthFirst int8 = 2
)

// Question is an ambiguity between two ways to read a file (table.Question).
type Question struct {
	Doubt   string    `json:"doubt"` // the detail of one of Preview.Doubts
	Ask     string    `json:"ask"`
	Options [2]Option `json:"options"`
}

// Option is one of the two: the command's settings for Interpret, and the same rows as read with
// them, each cell verbatim and as interpreted.
type Option struct {
	Label   string      `json:"label"`
	Order   int8        `json:"order,omitempty"`
	Columns *Columns    `json:"columns,omitempty"`
	Rows    [][2]string `json:"rows"`
}

// Choice is a text of a file that can be analysed (table.Choice). No two in a file have the same
// Label.
type Choice struct {
	Label   string  `json:"label"`
	Columns Columns `json:"columns"`
}

// Preview is the beginning of a file.
type Preview struct {
	File       string     `json:"file"`
	Bytes      int64      `json:"bytes"`
	Dialect    Dialect    `json:"dialect"`
	Columns    Columns    `json:"columns"` // Text is -1 if no column looks like one
	Confidence Confidence `json:"sure"`
	// generated ("Column 1") if the file has none, and numbered ("Why? (column 3)") if it has
	// duplicates: no two are alike
	Header []string `json:"header"`
	// columns of the file; only MaxColumns are shown
	Width int        `json:"width"`
	Rows  [][]string `json:"rows"` // at most PreviewRows, cells cut to MaxCell
	// how the file is understood (table.Reading.Sentence)
	Sentence string `json:"sentence"`
	// and for programs, without the findings, which are in Count as Doubts
	Reading *wire.Reading `json:"reading,omitempty"`
	Notes   []string      `json:"notes,omitempty"`  // which parts of the file are read
	Sheets  []string      `json:"sheets,omitempty"` // of a workbook with several
	Sheet   int           `json:"sheet,omitempty"`  // index of the one that is read
	// it was rewritten in UTF-8, so it can be read in no other encoding
	UTF8 bool `json:"utf8,omitempty"`
	// lines above another table of reviews, as for Dialect.Preamble; 0 for none, or none above it
	OtherPreamble int          `json:"otherPreamble,omitempty"`
	Doubts        []wire.Doubt `json:"doubts,omitempty"` // guesses that should be checked
	Questions     []Question   `json:"questions,omitempty"`
	Choices       []Choice     `json:"choices,omitempty"` // if the file has several texts
	// results of other texts from before the page was reloaded
	Analysed []Analysed   `json:"analysed,omitempty"`
	Cells    CellSettings `json:"cells"` // how cells are read: set or guessed
	// columns whose values repeat in the first rows, so that they can be grouped by
	Groups []int `json:"groups"`
}

// IsSurvey reports whether three columns or more hold people's answers: the text is then a choice
// between them, not a doubt.
func (p *Preview) IsSurvey() bool {
	single := 0
	for _, c := range p.Choices {
		if len(c.Columns.Texts()) == 1 {
			single++
		}
	}
	return single >= 3
}

// Choice returns the one that is read; the zero value if the file has one text.
func (p *Preview) Choice() Choice {
	for _, c := range p.Choices {
		if slices.Equal(c.Columns.Texts(), p.Columns.Texts()) {
			return c
		}
	}
	return Choice{}
}

// Confidence is the reliability of the guesses, from 0 to 1 (table.Confidence).
type Confidence struct {
	Table float64 `json:"table"`
	Text  float64 `json:"text"`
}

// Count holds the findings of one pass over the whole file; Done is false during the pass.
type Count struct {
	Done     bool `json:"done"`
	Rows     int  `json:"rows"`
	Empty    int  `json:"empty"`    // rows without a text
	Distinct int  `json:"distinct"` // distinct texts: each is scored once
	Repaired int  `json:"repaired"`
	// records over 16 MB, or lines of JSON that are not objects: they cannot be scored
	Unreadable int      `json:"unreadable"`
	Repairs    []Repair `json:"repairs"` // the first few
	// the repaired rows in one clause, for the report
	RepairNote string `json:"repairNote,omitempty"`
	Tokens     int    `json:"tokens"` // estimate for the distinct texts
	// estimated time that scoring takes, 0 if unknown
	Seconds float64 `json:"seconds"`
	Price   float64 `json:"price"` // estimate in US dollars, 0 if nothing is charged

	Doubts    []string        `json:"doubts,omitempty"` // what was not understood
	Looked    int             `json:"looked"`           // texts whose language was checked
	Unread    int             `json:"unread"`           // of these, see Summary
	NoWords   int             `json:"noWords"`
	Languages []wire.Language `json:"languages"`
}

// Analysed is the result of one of the texts of a file.
type Analysed struct {
	Text   string        `json:"text"` // as Choice.Label
	Done   bool          `json:"done"`
	Run    string        `json:"run"` // its ID on this device
	Scored int           `json:"scored"`
	Share  wire.Interval `json:"share"`
}

// Repair names a defect that was repaired, and its place.
type Repair struct {
	Row  int    `json:"row"` // 1-based, header not counted
	Line int    `json:"line"`
	What string `json:"what"`
}

// States of a run.
const (
	Running   = "running"
	Paused    = "paused" // by Pause, or since the server requires a key; Waiting says which
	Finished  = "finished"
	Cancelled = "cancelled"
	Broken    = "broken" // Problem gives the reason; Start continues from here
)

// Progress is the state of a run, with the sums that the charts show.
type Progress struct {
	State string `json:"state"`
	// ID under which it is kept on this device; "" if it cannot be
	Run   string `json:"run,omitempty"`
	Model string `json:"model,omitempty"` // that scores the file; "" until it is known
	// not all of its scores are kept on this device, and none without a Run
	Unkept bool `json:"unkept,omitempty"`
	// it has ended, and its numbers could not be added to the history
	Unlisted bool `json:"unlisted,omitempty"`
	// it has ended, and a reader deleted its result from the history
	Deleted     bool    `json:"deleted,omitempty"`
	Rows        int     `json:"rows"` // of the file
	Done        int     `json:"done"` // scored, empty or failed
	Rate        float64 `json:"rate"` // rows per second
	SecondsLeft float64 `json:"secondsLeft"`
	Waiting     string  `json:"waiting,omitempty"` // reason why nothing moves
	Summary     Summary `json:"summary"`
	// distinct texts that were scored without their topics, though topics are wanted
	MissedTopics int `json:"missedTopics,omitempty"`

	Problem *Problem `json:"problem,omitempty"`
}

// Summary holds the figures of the rows scored so far, and those that only the page shows.
type Summary struct {
	wire.Figures // Changes are found once a run has ended

	Band         [2]float64 `json:"band"`        // probabilities in [low, high) are unsure
	MostAgainst  []wire.Row `json:"mostAgainst"` // text and stars disagree
	MostPositive []wire.Row `json:"mostPositive"`
	MostNegative []wire.Row `json:"mostNegative"`
	// the first rows that are empty, failed or cut
	Problems []ProblemRow `json:"problems"`
	// nil if a reader corrected nothing, and for a part of the file's rows; all other numbers are
	// the model's
	Corrected *Corrected `json:"corrected,omitempty"`
	Once      wire.Sum   `json:"once"` // the figures if each text counts once
}

// Corrected holds the totals of a reader's corrections.
type Corrected struct {
	// those with the same text are corrected together
	Reviews int `json:"reviews"`
	Texts   int `json:"texts"` // distinct ones
	Sent    int `json:"cells"` // of Texts: sent to the server (UploadCorrections)
	// of positive, as corrected; nil until all rows are done
	Share *wire.Interval `json:"share,omitempty"`
}

// Correction is the reader's sentiment for one review.
type Correction struct {
	Row       int        `json:"row"`
	Sentiment string     `json:"sentiment"` // "" if the correction was removed
	Reviews   int        `json:"reviews"`   // with its text
	Kept      bool       `json:"kept"`      // with the run on this device
	Corrected *Corrected `json:"corrected,omitempty"`
}

// Row is one review with its score, as the list of all reviews shows it.
type Row struct {
	Row     int    `json:"row"` // 1-based, header not counted
	Title   string `json:"title,omitempty"`
	Text    string `json:"text"`
	Stars   string `json:"stars,omitempty"`
	Date    string `json:"date,omitempty"`
	Product string `json:"product,omitempty"`
	ID      string `json:"id,omitempty"`
	Problem string `json:"problem,omitempty"`
	Scored

	// the reader's sentiment instead: positive, negative, unsure
	Corrected string `json:"corrected,omitempty"`
}

// ModelComparison compares the open file's scores (A) with those of another model of the server
// (B).
type ModelComparison struct {
	Model   string      `json:"model"` // B
	Done    bool        `json:"done"`
	Texts   int         `json:"texts"`             // distinct, scored by both
	Failed  int         `json:"failed,omitempty"`  // distinct texts that B gave no score
	Waiting string      `json:"waiting,omitempty"` // reason why nothing moves
	Problem string      `json:"problem,omitempty"` // reason why it ended early
	Figures wire.Paired `json:"figures"`
	Changed []Changed   `json:"changed,omitempty"` // at the end: the rows that moved most
}

// Changed is a row that two models score differently.
type Changed struct {
	Row                // with the score of A
	SentimentB string  `json:"sentimentB"`
	PositiveB  float64 `json:"positiveB"`
}

// ProblemRow is a row without a score, or whose beginning alone was scored.
type ProblemRow struct {
	Row  int    `json:"row"`
	What string `json:"what"`
}

// KeptRuns lists the runs that can be resumed, the latest first, and the storage that they take on
// the device.
type KeptRuns struct {
	Runs []KeptRun `json:"runs"`
	Used int64     `json:"used"` // bytes of all that this site stores
	Free int64     `json:"free"`

	Model bool `json:"model"` // the model is here, for scoring on the device
}

// KeptRun is a run left over from a closed tab.
type KeptRun struct {
	ID        string `json:"id"`
	File      string `json:"file"`
	Text      string `json:"text,omitempty"` // label of the analysed one, if it has several
	Rows      int    `json:"rows"`
	Texts     int    `json:"texts"`
	Scored    int    `json:"scored"`              // of Texts
	Corrected int    `json:"corrected,omitempty"` // of Texts
	// no copy was made for lack of space: the file has to be chosen again
	NeedsFile bool `json:"needsFile"`
}

// RowRange is the answer to Rows: rows of the view from position From on.
type RowRange struct {
	View int   `json:"view"`
	From int   `json:"from"`
	Rows []Row `json:"rows"`
}

// Problem is an error message and the advice that goes with it. About is the part of the page that
// shows it.
type Problem struct {
	About  string `json:"about"` // one of those below
	Detail string `json:"detail"`
	WayOut string `json:"wayOut"`
	Retry  bool   `json:"retry"`            // the same command may succeed later
	SignIn bool   `json:"signIn,omitempty"` // retry once authenticated
}

// What a Problem is about.
const (
	AboutText = "text"
	AboutFile = "file"
	AboutRun  = "run"
	AboutKey  = "key"

	AboutPlace = "place" // scoring on the device
	AboutPast  = "past"  // runs that have ended

	AboutCorrections = "corrections" // UploadCorrections

	// the worker, which has ended: web/worker.js and web/page.js report it after each command
	AboutWorker = "worker"

	AboutTopics = "topics" // the scheme of the last Arrange, which was rejected
)
