package admission

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/wire"
)

func controller(limits Limits) *Controller { return New(limits, NewThroughput(nil)) }

func admit(t *testing.T, c *Controller, client string) *Ticket {
	t.Helper()
	ticket, err := c.Admit(client)
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// code returns the code of a refusal, "" for none.
func code(err error) wire.Code {
	e, _ := errors.AsType[*wire.Error](err)
	if err != nil && e == nil {
		return wire.Code("not a refusal: " + err.Error())
	}
	if e == nil {
		return ""
	}
	return e.Code
}

func want(t *testing.T, what string, err error, want wire.Code) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("%s: %v, want code %q", what, err, want)
	}
}

func empty(t *testing.T, c *Controller) {
	t.Helper()
	if u := c.Usage(); u != (Usage{}) || c.bodies != 0 {
		t.Errorf("at the end %+v and %d bytes of bodies are taken", u, c.bodies)
	}
}

// A client takes all places while no other wants one, and every other client still gets some.
func TestPlacesAreShared(t *testing.T) {
	c := controller(Limits{Running: 8, Minimum: 2, Memory: 1 << 30})
	var tickets []*Ticket
	start := func(client string) error {
		ticket := admit(t, c, client)
		tickets = append(tickets, ticket)
		return ticket.Start(t.Context(), 1, false)
	}
	for range 8 {
		want(t, "a place while there is one", start("a"), "")
	}
	want(t, "the ninth of the same client", start("a"), wire.Overloaded)
	want(t, "the same client before it sends", c.CanStart("a"), wire.Overloaded)
	for i := range 4 {
		other := fmt.Sprint("b", i)
		want(t, "another client before it sends", c.CanStart(other), "")
		want(t, "another client's first", start(other), "")
		want(t, "another client's second", start(other), "")
		want(t, "another client's third", start(other), wire.Overloaded)
	}
	want(t, "a client beyond twice the places", start("c"), wire.Overloaded)
	tickets[0].Scored(0)
	want(t, "a client after an answer was scored, which is still sent", start("c"), "")
	for _, ticket := range tickets {
		ticket.Close()
		ticket.Close()
	}
	empty(t, c)
}

// A newcomer displaces the slowest body of the client that has the most.
func TestSlowBodiesAreDisplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := controller(Limits{Arriving: 4, Memory: 1 << 30})
		var group sync.WaitGroup
		results := make([]error, 4)
		for i := range 4 {
			client := "crowd"
			if i == 3 {
				client = "single"
			}
			ticket := admit(t, c, client)
			group.Go(func() {
				defer ticket.Close()
				speed := 100 * (i + 10)
				if i == 3 {
					speed = 600 // the slowest of all, but its client's only one
				}
				body := ticket.Body(httptest.NewRecorder(), &trickle{speed: speed}, 0, time.Hour)
				_, results[i] = io.Copy(io.Discard, io.LimitReader(body, int64(speed)*60))
			})
		}
		time.Sleep(5*time.Second + time.Millisecond)
		good := admit(t, c, "crowd")
		good.Close()
		group.Wait()
		for i, err := range results {
			if got := code(err); (got == wire.Overloaded) != (i == 0) {
				t.Errorf("body %d: %v", i, err)
			}
		}
		empty(t, c)
	})
}

// trickle is an endless body with a speed.
type trickle struct{ speed int }

func (b *trickle) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return min(b.speed, len(p)), nil
}

// Many new bodies of one client do not keep out another client, though none is old enough to be
// displaced by a body of the same client.
func TestFloodOfBodies(t *testing.T) {
	c := controller(Limits{Arriving: 8, Memory: 1 << 30})
	var tickets []*Ticket
	for range 8 {
		ticket := admit(t, c, "flood")
		ticket.Body(httptest.NewRecorder(), strings.NewReader(""), 0, time.Minute)
		tickets = append(tickets, ticket)
	}
	_, err := c.Admit("flood")
	want(t, "one more of the flood", err, wire.Overloaded)
	other := admit(t, c, "other")
	for _, ticket := range append(tickets, other) {
		ticket.Close()
	}
	empty(t, c)
}

// Bodies being received hold a bounded share of the memory. A body that exceeds it displaces a slow
// one, or is refused if there is none.
func TestArrivingBodiesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := controller(Limits{Memory: 1 << 20}) // a quarter of which is 256 KB
		slow := admit(t, c, "a")
		body := slow.Body(httptest.NewRecorder(),
			io.MultiReader(strings.NewReader(strings.Repeat("a", 100<<10)),
				&trickle{1000}), 1<<20, time.Hour)
		if _, err := io.CopyN(io.Discard, body, 100<<10); err != nil {
			t.Fatal(err)
		}
		second := func() error {
			ticket := admit(t, c, "a")
			defer ticket.Close()
			_, err := io.ReadAll(ticket.Body(httptest.NewRecorder(),
				strings.NewReader(strings.Repeat("b", 100<<10)), 1<<20, time.Hour))
			return err
		}
		want(t, "a second body at once", second(), wire.Overloaded)
		time.Sleep(2 * time.Second)
		want(t, "a second body when the first has become slow", second(), "")
		_, err := body.Read(make([]byte, 10))
		want(t, "the first body then", err, wire.Overloaded)
		slow.Close()
		empty(t, c)
	})
}

// Memory is one budget: large requests leave room for small ones, and one client's for those of
// others; waiters get memory in order, and a request that can never fit is refused at once.
func TestMemoryIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total = 1 << 20
		c := controller(Limits{Memory: total})
		want(t, "what can never fit", admit(t, c, "a").Start(t.Context(), total*3/4+1, true),
			wire.TooMuchWork)
		first := admit(t, c, "a")
		want(t, "a large request", first.Start(t.Context(), total/2, false), "")
		want(t, "the client's next, which does not wait",
			admit(t, c, "a").Start(t.Context(), total/4, false), wire.Overloaded)
		other := admit(t, c, "b")
		want(t, "another client's large request", other.Start(t.Context(), total/4, false), "")
		var small []*Ticket
		for range 8 {
			ticket := admit(t, c, "a")
			want(t, "a small request beside the large ones",
				ticket.Start(t.Context(), total/smallShare, false), "")
			small = append(small, ticket)
		}

		granted := make(chan string, 2)
		for _, client := range []string{"c", "d"} {
			ticket := admit(t, c, client)
			go func() {
				if err := ticket.Start(t.Context(), total/8, true); err == nil {
					granted <- client
				}
				ticket.Close()
			}()
			synctest.Wait()
		}
		other.Scored(0)
		synctest.Wait()
		if got := <-granted + <-granted; got != "cd" {
			t.Errorf("memory was granted in the order %q", got)
		}
		late := admit(t, c, "e")
		start := time.Now()
		want(t, "a wait for memory that is not given back", late.Start(t.Context(), total/2, true),
			wire.Overloaded)
		if took := time.Since(start); took != memoryWait {
			t.Errorf("it waited %v", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := late.Start(ctx, total/2, true); err != context.Canceled {
			t.Errorf("a wait whose client left: %v", err)
		}
		for _, ticket := range append(small, first, other, late) {
			ticket.Close()
		}
		if u := c.Usage(); u.Memory != 0 || u.Running != 0 || u.Waiting != 0 {
			t.Errorf("at the end %+v is taken", u)
		}
	})
}

// A request that is alone may grow to what it could have started with; beside another request of
// its client it may not, and together they have half.
func TestMemoryGrows(t *testing.T) {
	const total = 1 << 20
	c := controller(Limits{Memory: total})
	alone := admit(t, c, "a")
	want(t, "a large request", alone.Start(t.Context(), total*3/8, false), "")
	want(t, "the rest of what one may have", alone.Grow(total*3/8), "")
	want(t, "more than that", alone.Grow(total/8), wire.TooMuchWork)
	alone.Close()
	first, second := admit(t, c, "a"), admit(t, c, "a")
	want(t, "a request", first.Start(t.Context(), total/4, false), "")
	want(t, "another one", second.Start(t.Context(), total/8, false), "")
	want(t, "more than half for both", second.Grow(total/4), wire.Overloaded)
	want(t, "half for both", second.Grow(total/8), "")
	first.Close()
	second.Close()
	empty(t, c)
}

// Temporary files have one limit, and a client half of it.
func TestDiskIsShared(t *testing.T) {
	c := controller(Limits{Disk: 100, Memory: 1 << 30})
	a, a2, b := admit(t, c, "a"), admit(t, c, "a"), admit(t, c, "b")
	want(t, "the first file", a.ReserveDisk(40), "")
	want(t, "the client's second", a2.ReserveDisk(20), wire.StorageFull)
	want(t, "another client's", b.ReserveDisk(50), "")
	want(t, "more than there is", b.ReserveDisk(20), wire.StorageFull)
	a.Close()
	want(t, "more after one is gone", b.ReserveDisk(20), "")
	a2.Close()
	b.Close()
	empty(t, c)
}

// Whatever requests do concurrently, all resources are returned and the limits always hold.
func TestNothingStaysTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total = 1 << 20
		limits := Limits{Arriving: 10, Running: 4, Minimum: 1, Memory: total, Disk: 1000}
		c := controller(limits)
		var group sync.WaitGroup
		for i := range 200 {
			group.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(i)))
				time.Sleep(time.Duration(random.IntN(5000)) * time.Millisecond)
				ticket, err := c.Admit(fmt.Sprint("client ", i%7))
				if err != nil {
					return
				}
				defer ticket.Close()
				body := ticket.Body(httptest.NewRecorder(),
					io.LimitReader(&trickle{1 + random.IntN(50_000)},
						int64(random.IntN(100_000))), 1<<20, time.Minute)
				if _, err := io.Copy(io.Discard, body); err != nil ||
					ticket.ReserveDisk(int64(random.IntN(200))) != nil {
					return
				}
				ctx, cancel := context.WithTimeout(t.Context(),
					time.Duration(random.IntN(20))*time.Second)
				defer cancel()
				if ticket.Start(ctx, int64(random.IntN(total)), random.IntN(2) == 0) != nil {
					return
				}
				if u := c.Usage(); u.Arriving > limits.Arriving || u.Running > 2*limits.Running ||
					u.Memory > total || u.Disk > limits.Disk {
					t.Errorf("%+v is taken", u)
				}
				time.Sleep(time.Duration(random.IntN(3)) * time.Second)
				ticket.Scored(int64(random.IntN(1000)))
				time.Sleep(time.Duration(random.IntN(3)) * time.Second)
			})
			if i%10 == 0 {
				group.Go(func() {
					if release, err := c.Reserve(t.Context(), total/5); err == nil {
						time.Sleep(time.Second)
						release()
						release()
					}
				})
			}
		}
		group.Wait()
		empty(t, c)
	})
}

// Concurrent requests cannot each find the rate unspent.
func TestRateIsReserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates := NewRates(5)
		var mu sync.Mutex
		scored := 0
		var group sync.WaitGroup
		for range 64 {
			group.Go(func() {
				if err := rates.Check("owner"); err != nil { // before the body
					return
				}
				time.Sleep(time.Second) // the body
				if err := rates.Reserve("owner", 60); err == nil {
					mu.Lock()
					scored += 60
					mu.Unlock()
				} else {
					want(t, "a request beyond the rate", err, wire.RateLimited)
				}
			})
		}
		group.Wait()
		if scored != 60 { // 50 in advance; the first request is accepted as a whole
			t.Errorf("%d texts of 64 requests at once are scored at 5 a second", scored)
		}
	})
}

// Requests do not wait for a job of their owner, and together they stay within the rate.
func TestJobsWaitForRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates := NewRates(5)
		start := time.Now()
		var job sync.WaitGroup
		for range 4 {
			job.Go(func() {
				if err := rates.WaitJob(t.Context(), "owner", 256); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		want(t, "a request beside a job", rates.Reserve("owner", 60), "")
		err := rates.Reserve("owner", 1)
		want(t, "a request beyond the rate", err, wire.RateLimited)
		e, _ := errors.AsType[*wire.Error](err)
		time.Sleep(e.RetryAfter)
		want(t, "the same when it was told to come", rates.Reserve("owner", 1), "")
		job.Wait()
		ended := time.Since(start)
		if least := (4*256 - 50) * time.Second / 5; ended < least {
			t.Errorf("a job of 1,024 texts, 50 of them in advance, took %v at 5 a second", ended)
		}
		start = time.Now()
		err = rates.WaitJob(t.Context(), "owner", 1)
		if waited := time.Since(start); err != nil || waited < 10*time.Second {
			t.Errorf("after a job and the request beside it, the next job waits %v, %v", waited, err)
		}
	})
}

func TestClient(t *testing.T) {
	for _, tt := range []struct {
		owner, address string
		anonymous      bool
		want           string
	}{
		{"local", "192.0.2.1:99", true, "address 192.0.2.1"},
		{"local", "[::ffff:192.0.2.1]:99", true, "address 192.0.2.1"},
		{"local", "[2001:db8:1:2:3:4:5:6]:99", true, "address 2001:db8:1:2::/64"},
		{"local", "[fe80::1%eth0]:99", true, "address fe80::/64"},
		{"local", "@", true, "address @"},
		{"somebody", "192.0.2.1:99", false, "owner somebody"},
	} {
		if got := Client(tt.owner, tt.address, tt.anonymous); got != tt.want {
			t.Errorf("Client(%q, %q) = %q, want %q", tt.owner, tt.address, got, tt.want)
		}
	}
}

func TestSizeCountsWhatCanBeRowsAndCells(t *testing.T) {
	var s Size
	fmt.Fprint(&s, "a,b;c\r\n")
	fmt.Fprint(&s, "\"x\ty|\",\n")
	if s != (Size{Bytes: 15, Lines: 3, Separators: 5}) {
		t.Errorf("counted %+v", s)
	}
}

func TestParseSize(t *testing.T) {
	for size, want := range map[string]int64{"2GiB": 2 << 30, "512MiB": 512 << 20, "1g": 1 << 30,
		"400000000": 400_000_000, "700MB": 700 << 20} {
		if got, err := ParseSize(size); got != want || err != nil {
			t.Errorf("ParseSize(%q) = %d, %v", size, got, err)
		}
	}
	for _, size := range []string{"", "GiB", "-1GiB", "1TiB", "1.5GiB", "100MiB",
		"9999999999999GiB", "2 GiB"} {
		if got, err := ParseSize(size); err == nil {
			t.Errorf("ParseSize(%q) = %d", size, got)
		}
	}
}
