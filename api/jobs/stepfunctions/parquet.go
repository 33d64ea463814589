package stepfunctions

import (
	"fmt"
	"strings"
	"time"

	"reviewlens/api/objects"
	"reviewlens/api/scoring"
	"reviewlens/reviews"

	"github.com/parquet-go/parquet-go"
)

// reportRow is a row of a job in the schema of the table in deploy/cloud/reporting.yaml: its
// metadata, its score and, if requested, its topics, but not its text. A nil pointer, or "" or 0 in
// an optional column, is null.
type reportRow struct {
	Job       string   `parquet:"job,dict"`
	Record    int32    `parquet:"record"`
	ID        string   `parquet:"id,optional"`
	Product   string   `parquet:"product,optional,dict"`
	Written   *int32   `parquet:"written,optional,date"` // days since 1970
	Stars     float64  `parquet:"stars,optional"`
	Sentiment string   `parquet:"sentiment,optional,dict"` // null without a score
	Positive  *float64 `parquet:"positive,optional"`
	Model     string   `parquet:"model,dict"`
	Topics    string   `parquet:"topics,optional"` // as in the result
}

// groupRows bounds the memory of a writer to some 10 MB.
const groupRows = 100_000

// rowsKey returns the key of a job's rows for reports, under the day on which the job was created.
func rowsKey(folder string, r *record) string {
	owner := strings.Split(folder, "/")[1]
	return fmt.Sprintf("rows/made=%s/%s-%s.parquet", r.Created.UTC().Format(time.DateOnly),
		owner, r.ID)
}

// keepRows writes a job's rows for reports.
func (w *work) keepRows(table *scoring.Table, model string) error {
	key := rowsKey(w.folder, &w.record)
	out := objects.NewWriter(w.ctx, &w.bucket.Bucket, key, "application/vnd.apache.parquet")
	rows := parquet.NewGenericWriter[reportRow](out, parquet.Compression(&parquet.Zstd),
		parquet.MaxRowsPerRowGroup(groupRows))
	one := make([]reportRow, 1)
	err := table.Each(w.ctx, func(r scoring.Row) error {
		one[0] = reportRow{Job: w.record.ID, Record: int32(r.Record), ID: r.ID, Product: r.Product,
			Stars: r.Stars, Model: model, Topics: r.Topics}
		if r.Day != 0 {
			one[0].Written = new(int32(r.Day) - 1)
		}
		if r.Sentiment != reviews.None {
			one[0].Sentiment, one[0].Positive = r.Sentiment.String(), &r.Positive
		}
		_, err := rows.Write(one)
		return err
	})
	if err != nil {
		return scoring.BadFile(err)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return w.written(key)
}
