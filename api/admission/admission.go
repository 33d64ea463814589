// Package admission decides which requests a server accepts, and accounts for the resources that
// each of them holds.
//
// A request passes through explicit steps. Admit gives it a Ticket and counts its connection. Body
// reads its body, enforces a minimum speed and accounts for the memory that it takes. ReserveDisk
// accounts for bytes in temporary files. Start acquires, or refuses, a place in the engine and the
// estimated memory of the work. Scored returns the place while the response is still being sent,
// and Close returns everything else.
//
// Limits are shared fairly between clients: the owner of a key or token, or the remote address on a
// server without authentication. A single client may use everything that no other client needs.
// When a limit is reached, a new request displaces the slowest body of the client that has the most
// bodies in flight, and every client may run a few requests regardless of the others.
//
// Errors are *wire.Error: Overloaded and RateLimited carry a Retry-After, StorageFull reports
// exhausted disk, and TooMuchWork is for work that can never fit.
package admission

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"reviewlens/api/wire"
)

// Limits of a Controller. A zero field means its default.
type Limits struct {
	Arriving int   // requests whose bodies are being received at once
	Running  int   // requests that are being scored at once
	Minimum  int   // requests that each client may run even when others have taken all of Running
	Memory   int64 // bytes that requests hold, by estimate; see Budget
	Disk     int64 // bytes of temporary files
}

const (
	defaultArriving = 1024
	defaultRunning  = 64
	defaultMinimum  = 4
	defaultDisk     = 8 << 30
)

// Shares of the limits, and bounds on time.
const (
	// arrivingShare bounds bodies that are still being received to 1/arrivingShare of the memory: a
	// running request finishes, a body may never.
	arrivingShare = 4
	// smallShare defines small requests: one that takes at most 1/smallShare of the memory counts
	// as small. Only small requests may use the last quarter of the memory, so that files cannot
	// starve short texts.
	smallShare = 64

	// a younger body is displaced only if its client has more bodies than the newcomer's
	protected = time.Second
	// a file waits at most this long for memory that slow readers may hold
	memoryWait        = time.Minute
	defaultRetryAfter = 5 * time.Second // Retry-After when there is no estimate
)

// Controller admits requests. It is safe for concurrent use.
type Controller struct {
	limits     Limits
	throughput *Throughput

	mu       sync.Mutex
	clients  map[string]*client
	arriving int
	running  int
	held     int64 // bytes of memory, of all tickets and reservations
	bodies   int64 // bytes of memory of bodies being received
	disk     int64
	queue    []*waiter // in order of arrival
}

// client is the usage of one owner or address. It exists while the client has tickets.
type client struct {
	name     string
	tickets  int
	arriving map[*Ticket]struct{}
	running  int
	held     int64
	disk     int64
}

// New returns a Controller. It derives Retry-After from throughput.
func New(limits Limits, throughput *Throughput) *Controller {
	set := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	set(&limits.Arriving, defaultArriving)
	set(&limits.Running, defaultRunning)
	set(&limits.Minimum, defaultMinimum)
	if limits.Memory == 0 {
		limits.Memory = Budget(ProcessLimit())
	}
	if limits.Disk == 0 {
		limits.Disk = defaultDisk
	}
	return &Controller{limits: limits, throughput: throughput, clients: map[string]*client{}}
}

// Client returns the key under which a request's usage is counted: its owner or, for anonymous
// requests, its address. All IPv6 addresses of a /64 are one client.
func Client(owner, remoteAddr string, anonymous bool) string {
	if !anonymous {
		return "owner " + owner
	}
	host, _, err := net.SplitHostPort(remoteAddr)
	if err != nil {
		host = remoteAddr
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap().WithZone("")
		if ip.Is6() {
			if prefix, err := ip.Prefix(64); err == nil {
				return "address " + prefix.String()
			}
		}
		host = ip.String()
	}
	return "address " + host
}

// Usage is a snapshot of the resources in use.
type Usage struct {
	Arriving, Running, Clients, Waiting int
	Memory, Disk                        int64
}

// Usage returns the resources in use now.
func (c *Controller) Usage() Usage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Usage{c.arriving, c.running, len(c.clients), len(c.queue), c.held, c.disk}
}

// Ticket tracks the resources that one request holds, from Admit to Close. Its methods must be
// called by the request's goroutine only.
type Ticket struct {
	c      *Controller
	client *client

	// The following fields are guarded by c.mu.
	since     time.Time
	connected *http.ResponseController // of the body; nil before Body
	received  int64                    // bytes of the body
	arriving  bool                     // counted in c.arriving
	displaced bool                     // by another request; its body must stop
	bodies    int64                    // bytes of its body in c.bodies
	held      int64                    // bytes in c.held
	disk      int64
	running   bool
	closed    bool
}

// CanStart returns an error if the client cannot get a place in the engine, so that a request can
// be refused before its body is sent.
func (c *Controller) CanStart(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hasPlace(c.clients[name]) {
		return c.noPlace()
	}
	return nil
}

// hasPlace reports whether the client can run one more request; nil is a client without requests.
func (c *Controller) hasPlace(of *client) bool {
	own := 0
	if of != nil {
		own = of.running
	}
	return c.running < c.limits.Running || own < c.limits.Minimum && c.running < 2*c.limits.Running
}

func (c *Controller) noPlace() error {
	return &wire.Error{Code: wire.Overloaded,
		Detail: fmt.Sprintf("%d requests are being scored; try again in a moment.",
			c.running), RetryAfter: c.throughput.Wait()}
}

// Admit accepts a request whose body is about to be received.
func (c *Controller) Admit(name string) (*Ticket, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := 0
	if of := c.clients[name]; of != nil {
		own = len(of.arriving)
	}
	if c.arriving >= c.limits.Arriving && !c.displace(own) {
		return nil, &wire.Error{Code: wire.Overloaded,
			Detail: fmt.Sprintf("%d requests are being sent; try again in a moment.",
				c.arriving), RetryAfter: time.Second}
	}
	of := c.clients[name]
	if of == nil {
		of = &client{name: name, arriving: map[*Ticket]struct{}{}}
		c.clients[name] = of
	}
	t := &Ticket{c: c, client: of, since: time.Now(), arriving: true}
	of.tickets++
	of.arriving[t] = struct{}{}
	c.arriving++
	return t, nil
}

// displace makes room for one more body: it ends the slowest body of the client that has the most.
// own is the number of bodies of the newcomer's client; a client with fewer bodies may displace
// bodies of any age. c.mu must be held.
func (c *Controller) displace(own int) bool {
	var most *client
	for _, of := range c.clients {
		if most == nil || len(of.arriving) > len(most.arriving) {
			most = of
		}
	}
	if most == nil {
		return false
	}
	age := protected
	if own+1 < len(most.arriving) {
		age = 0
	}
	return stopBody(slowest(most, age, false, nil))
}

// displaceBody makes room for memory of a body: it ends the slowest body that holds memory. c.mu
// must be held.
func (c *Controller) displaceBody() bool {
	var found *Ticket
	for _, of := range c.clients {
		found = slowest(of, protected, true, found)
	}
	return stopBody(found)
}

// slowest returns the slowest body of a client that is at least age old and, if inMemory, holds
// memory; or than, if that is slower still.
func slowest(of *client, age time.Duration, inMemory bool, than *Ticket) *Ticket {
	now := time.Now()
	speed := func(t *Ticket) float64 {
		return float64(t.received) / max(now.Sub(t.since), time.Millisecond).Seconds()
	}
	for t := range of.arriving {
		if t.connected != nil && now.Sub(t.since) >= age && (t.bodies > 0 || !inMemory) &&
			(than == nil || speed(t) < speed(than)) {
			than = t
		}
	}
	return than
}

// stopBody stops receiving a body, if there is one, and reports whether there was.
func stopBody(t *Ticket) bool {
	if t == nil {
		return false
	}
	t.displaced = true
	t.leaveArriving()
	t.bodyBytes(-t.bodies)
	// The deadline ends a Read in progress; a later Read checks displaced after setting its own
	// deadline.
	_ = t.connected.SetReadDeadline(time.Now())
	return true
}

// leaveArriving removes the request from those whose bodies are being received. c.mu must be held.
func (t *Ticket) leaveArriving() {
	if t.arriving {
		t.arriving = false
		delete(t.client.arriving, t)
		t.c.arriving--
	}
}

// charge adds n bytes to the memory that the ticket holds; release removes them. c.mu must be held.
func (t *Ticket) charge(n int64) {
	t.held += n
	t.client.held += n
	t.c.held += n
}

func (t *Ticket) release(n int64) { t.charge(-n) }

// receive accounts for n more bytes of the body, of which kept stay in memory.
func (t *Ticket) receive(n, kept int64) error {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.received += n
	if t.displaced {
		return errDisplaced()
	}
	kept *= 2 // buffers grow by doubling
	for kept > 0 && (t.c.bodies+kept > t.c.limits.Memory/arrivingShare ||
		t.c.held+kept > t.c.limits.Memory) {
		ok := t.c.displaceBody()
		if t.displaced {
			return errDisplaced()
		}
		if !ok {
			return &wire.Error{Code: wire.Overloaded,
				Detail: "Too many request bodies are being received; try again in " +
					"a moment.", RetryAfter: time.Second}
		}
	}
	t.bodyBytes(kept)
	return nil
}

func (t *Ticket) bodyBytes(n int64) {
	t.bodies += n
	t.c.bodies += n
	t.charge(n)
}

func errDisplaced() error {
	return &wire.Error{Code: wire.Overloaded,
		Detail: "The body arrived too slowly while other requests waited for its place; try " +
			"again in a moment.", RetryAfter: time.Second}
}

// arrived marks the body as received, so that the request no longer counts against Arriving.
func (t *Ticket) arrived() {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.leaveArriving()
}

// ReserveDisk accounts for n more bytes of temporary files, until Close. One client may have half
// of the disk.
func (t *Ticket) ReserveDisk(n int64) error {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if t.c.disk+n > t.c.limits.Disk || t.client.disk+n > t.c.limits.Disk/2 &&
		t.client.disk > t.disk {
		return &wire.Error{Code: wire.StorageFull,
			Detail: "The temporary files of other requests fill the server's disk budget. " +
				"Send a smaller file (one below a megabyte needs no disk), or try " +
				"again later."}
	}
	t.disk += n
	t.client.disk += n
	t.c.disk += n
	return nil
}

// waiter is a request waiting for a place, memory, or both.
type waiter struct {
	of     *client
	place  bool
	memory int64
	held   int64         // bytes of memory that the same request holds already
	ready  chan struct{} // closed when it has been granted both
}

// Start acquires a place in the engine and replaces the memory of the body by the memory of the
// work. If they are not available, it refuses the request or, if wait is set, waits: for a place
// until ctx is done, for memory at most memoryWait.
func (t *Ticket) Start(ctx context.Context, memory int64, wait bool) error {
	c := t.c
	c.mu.Lock()
	t.leaveArriving()
	if t.running {
		c.mu.Unlock()
		return nil
	}
	if err := c.fits(memory); err != nil {
		c.mu.Unlock()
		return err
	}
	t.bodyBytes(-t.bodies)
	w := &waiter{of: t.client, place: true, memory: memory, ready: make(chan struct{})}
	if err := c.acquire(ctx, w, wait); err != nil { // unlocks
		return err
	}
	c.mu.Lock()
	t.running = true
	t.held += memory
	c.mu.Unlock()
	return nil
}

// Grow acquires additional memory that the work turns out to need, without waiting.
func (t *Ticket) Grow(memory int64) error {
	c := t.c
	c.mu.Lock()
	if err := c.fits(t.held + memory); err != nil {
		c.mu.Unlock()
		return err
	}
	w := &waiter{of: t.client, memory: memory, held: t.held, ready: make(chan struct{})}
	if err := c.acquire(context.Background(), w, false); err != nil { // unlocks
		return err
	}
	c.mu.Lock()
	t.held += memory
	c.mu.Unlock()
	return nil
}

// Reserve acquires memory for work that belongs to no request, such as a job, and waits for it
// until ctx is done.
func (c *Controller) Reserve(ctx context.Context, memory int64) (release func(), err error) {
	c.mu.Lock()
	if err := c.fits(memory); err != nil {
		c.mu.Unlock()
		return nil, err
	}
	of := c.clients[jobs]
	if of == nil {
		of = &client{name: jobs, arriving: map[*Ticket]struct{}{}}
		c.clients[jobs] = of
	}
	of.tickets++
	drop := func() {
		if of.tickets--; of.tickets == 0 {
			delete(c.clients, jobs)
		}
	}
	w := &waiter{of: of, memory: memory, ready: make(chan struct{})}
	if err := c.acquire(ctx, w, true); err != nil {
		c.mu.Lock()
		drop()
		c.mu.Unlock()
		return nil, err
	}
	var once sync.Once
	return func() {
		once.Do(func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.held -= memory
			of.held -= memory
			drop()
			c.grant()
		})
	}, nil
}

// jobs is the name of the client that Reserve charges.
const jobs = "jobs"

// fits returns an error if the memory can never be available. c.mu must be held.
func (c *Controller) fits(memory int64) error {
	if most := c.limits.Memory * 3 / 4; memory > most {
		return &wire.Error{Code: wire.TooMuchWork,
			Detail: fmt.Sprintf("This needs up to %d MB of memory, estimated from its bytes, "+
				"rows and columns; the server allows %d MB for one request. Split it "+
				"into parts.", memory>>20, most>>20)}
	}
	return nil
}

// acquire waits until the waiter has what it needs, or returns an error. c.mu must be held; acquire
// unlocks it.
func (c *Controller) acquire(ctx context.Context, w *waiter, wait bool) error {
	c.queue = append(c.queue, w)
	c.grant()
	select {
	case <-w.ready:
		c.mu.Unlock()
		return nil
	default:
	}
	noMemory := !c.hasMemory(w)
	refusal := error(&wire.Error{Code: wire.Overloaded,
		Detail: "Other requests are using the memory that this one needs; try again in " +
			"a moment.", RetryAfter: max(defaultRetryAfter, c.throughput.Wait())})
	if !noMemory {
		refusal = c.noPlace()
	}
	if !wait {
		c.dequeue(w)
		c.mu.Unlock()
		return refusal
	}
	c.mu.Unlock()
	for {
		timer := time.NewTimer(memoryWait)
		select {
		case <-w.ready:
			timer.Stop()
			return nil
		case <-ctx.Done():
			timer.Stop()
			return c.giveUp(w, ctx.Err())
		case <-timer.C:
			c.mu.Lock()
			// a place becomes free eventually, and without a place no client is waiting for the
			// response
			endless := c.hasMemory(w) || !w.place
			c.mu.Unlock()
			if !endless {
				return c.giveUp(w, refusal)
			}
		}
	}
}

// giveUp ends a wait and returns what the waiter may have been granted at the same moment.
func (c *Controller) giveUp(w *waiter, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-w.ready:
		c.ungrant(w)
		c.grant()
	default:
		c.dequeue(w)
		c.grant() // others may have been queued behind it
	}
	return err
}

func (c *Controller) dequeue(w *waiter) {
	for i := range c.queue {
		if c.queue[i] == w {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
			return
		}
	}
}

func (c *Controller) ungrant(w *waiter) {
	c.held -= w.memory
	w.of.held -= w.memory
	if w.place {
		c.running--
		w.of.running--
	}
}

// hasMemory reports whether the memory that the waiter needs is free. c.mu must be held.
func (c *Controller) hasMemory(w *waiter) bool {
	total := c.limits.Memory
	if w.memory <= total/smallShare {
		return c.held+w.memory <= total
	}
	return c.held+w.memory <= total*3/4 &&
		(w.of.held == w.held || w.of.held+w.memory <= total/2)
}

// grant serves waiters in order of arrival. While a large waiter waits for memory, no other large
// waiter overtakes it, or it could starve; a waiter whose client already has its share of the
// memory blocks nobody. c.mu must be held.
func (c *Controller) grant() {
	blocked := false
	left := c.queue[:0]
	for _, w := range c.queue {
		large := w.memory > c.limits.Memory/smallShare
		enough := c.hasMemory(w) && !(large && blocked)
		if enough && (!w.place || c.hasPlace(w.of)) {
			c.held += w.memory
			w.of.held += w.memory
			if w.place {
				c.running++
				w.of.running++
			}
			close(w.ready)
			continue
		}
		if large && c.held+w.memory > c.limits.Memory*3/4 {
			blocked = true
		}
		left = append(left, w)
	}
	clear(c.queue[len(left):])
	c.queue = left
}

// Scored ends the work in the engine: it returns the place, and all memory but keep bytes, which
// are held until Close.
func (t *Ticket) Scored(keep int64) {
	c := t.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.closed {
		return
	}
	t.leavePlace()
	if t.held > keep {
		t.release(t.held - keep)
	}
	c.grant()
}

func (t *Ticket) leavePlace() {
	if t.running {
		t.running = false
		t.c.running--
		t.client.running--
	}
}

// Close returns everything that the request holds. It may be called more than once.
func (t *Ticket) Close() {
	c := t.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.closed {
		return
	}
	t.closed = true
	t.leaveArriving()
	t.leavePlace()
	t.bodyBytes(-t.bodies)
	t.release(t.held)
	c.disk -= t.disk
	t.client.disk -= t.disk
	if t.client.tickets--; t.client.tickets == 0 {
		delete(c.clients, t.client.name)
	}
	c.grant()
}
