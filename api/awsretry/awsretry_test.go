package awsretry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// answers is a client's transport without a network, so that synctest's clock advances.
type answers func(*http.Request) (int, string)

func (f answers) Do(r *http.Request) (*http.Response, error) {
	status, code := f(r)
	body := ""
	if code != "" && r.Method != http.MethodHead {
		body = "<Error><Code>" + code + "</Code></Error>"
	}
	return &http.Response{StatusCode: status, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func client(patience time.Duration, f answers) *s3.Client {
	return s3.New(s3.Options{Region: "eu-central-1", HTTPClient: f, Retryer: New(patience),
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
}

func head(ctx context.Context, c *s3.Client) error {
	_, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	return err
}

func get(ctx context.Context, c *s3.Client) error {
	_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	return err
}

// Every request of a client survives a minute of SlowDown: also a HEAD, whose response has no error
// code, and many concurrent ones, which share no quota.
func TestSlowDownIsOutlived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := client(Step, func(*http.Request) (int, string) {
			if time.Since(start) < Step {
				return http.StatusServiceUnavailable, "SlowDown"
			}
			return http.StatusOK, ""
		})
		errs := make(chan error)
		for i := range 200 {
			go func() {
				if i%2 == 0 {
					errs <- get(t.Context(), c)
				} else {
					errs <- head(t.Context(), c)
				}
			}()
		}
		for range 200 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > Step+maxDelay {
			t.Errorf("S3 was well after %v, the last request after %v", Step, took)
		}
	})
}

// Retries end: those of throttling after the patience, those of other failures after a few
// attempts, refusals at once, and all of them with their context.
func TestRetriesEnd(t *testing.T) {
	for _, tt := range []struct {
		name      string
		patience  time.Duration
		status    int
		code      string
		within    time.Duration // of the context; 0: no deadline
		atLeast   time.Duration
		atMost    time.Duration
		attempts  int // 0: as many as the patience allows
		wantError error
	}{
		{"throttled", Step, 503, "SlowDown", 0, Step, 2*Step + 2*maxDelay, 0, nil},
		{"throttled, somebody waits", Request, 503, "SlowDown", 0, Request,
			2*Request + 2*maxDelay, 0, nil},
		{"broken", Step, 500, "InternalError", 0, 0, 3 * time.Second, maxFailures, nil},
		{"forbidden", Step, 403, "AccessDenied", 0, 0, 0, 1, nil},
		{"a context that ends", Step, 503, "SlowDown", 3 * time.Second, 3 * time.Second,
			3 * time.Second, 0, context.DeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, attempts := t.Context(), 0
				if tt.within > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.within)
					defer cancel()
				}
				start := time.Now()
				err := get(ctx, client(tt.patience,
					func(*http.Request) (int, string) { attempts++; return tt.status, tt.code }))
				took := time.Since(start)
				if err == nil || tt.wantError != nil && !errors.Is(err, tt.wantError) {
					t.Errorf("error %v, want %v", err, tt.wantError)
				}
				if took < tt.atLeast || took > tt.atMost || tt.attempts > 0 &&
					attempts != tt.attempts {
					t.Errorf("%d attempts in %v; want %d in %v to %v", attempts, took, tt.attempts,
						tt.atLeast, tt.atMost)
				}
				if ended, ok := errors.AsType[*retry.MaxAttemptsError](err); ok &&
					ended.Attempt != attempts {
					t.Errorf("the error counts %d attempts, there were %d", ended.Attempt, attempts)
				}
			})
		})
	}
}
