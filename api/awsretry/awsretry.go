// Package awsretry decides how long a client of the AWS SDK retries a request.
//
// S3 responds with 503 SlowDown while it spreads a busy prefix over more partitions, which takes a
// minute or more. The SDK's own retryer stops after three attempts, or earlier because of a retry
// quota that all requests of a client share. A Retryer repeats a throttled request for at least its
// patience, whatever the jitter, and a request with another transient failure (500, a broken
// connection) a few times. A request's context ends both earlier.
package awsretry

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// How long a throttled request is retried. Step is for work that no connection waits for; Request
// is for a handler whose client waits.
const (
	Step    = time.Minute
	Request = 5 * time.Second
)

const (
	firstDelay  = 100 * time.Millisecond
	maxDelay    = 10 * time.Second
	maxFailures = 5 // attempts of a request with another failure
)

// Retryer implements aws.RetryerV2.
type Retryer struct {
	aws.RetryerV2 // which errors are transient; it has no quota
	attempts      int
}

// New returns a Retryer that repeats a throttled request for at least patience.
func New(patience time.Duration) *Retryer {
	standard := retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None })
	attempts := 1
	for waited := time.Duration(0); waited < patience; attempts++ {
		waited += backoff(attempts) / 2
	}
	return &Retryer{standard, attempts}
}

// backoff returns the maximum delay after an attempt, counted from 1; the minimum is half of it.
func backoff(attempt int) time.Duration {
	return min(maxDelay, firstDelay<<min(attempt-1, 20))
}

// MaxAttempts returns the number of attempts of a request that is throttled each time.
func (r *Retryer) MaxAttempts() int { return r.attempts }

// RetryDelay returns the delay after an attempt. Half of it is random, so that clients that were
// throttled together do not retry together.
func (r *Retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	if attempt >= maxFailures && !throttled(err) {
		return 0, &retry.MaxAttemptsError{Attempt: attempt, Err: err}
	}
	most := backoff(attempt)
	return most/2 + rand.N(most/2+1), nil
}

// GetAttemptToken never refuses.
func (r *Retryer) GetAttemptToken(context.Context) (func(error) error, error) {
	return func(error) error { return nil }, nil
}

var throttles = retry.IsErrorThrottles(retry.DefaultThrottles)

// throttled reports whether the service asked for fewer requests. A response to HEAD has no error
// code.
func throttled(err error) bool {
	if throttles.IsErrorThrottle(err).Bool() {
		return true
	}
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && (response.HTTPStatusCode() == http.StatusServiceUnavailable ||
		response.HTTPStatusCode() == http.StatusTooManyRequests)
}
