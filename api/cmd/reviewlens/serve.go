package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"reviewlens/api"
	"reviewlens/api/admission"
	"reviewlens/api/history"
	"reviewlens/api/history/sqlite"
	"reviewlens/api/jobs"
	"reviewlens/api/signin"
	"reviewlens/api/telemetry"
	"reviewlens/web"
)

const serveUsage = `usage: reviewlens serve [flags]

Serves the page and the scoring service until Ctrl-C; requests in flight are finished.

  curl localhost:8000/v1/score -H 'Content-Type: application/json' -d '{"texts": ["Great kettle!", "It leaks."]}'
  curl --fail-with-body localhost:8000/v1/score --data-binary @reviews.csv -o scored.csv

With -model, another model or a store of many (reviewlens models -h); when another model becomes current there, it
replaces the one that serves, without a pause. A store that cannot be read is tried again and again; /readyz says so.

  reviewlens serve -model s3://bucket/models

With REVIEWLENS_API_KEYS (comma-separated) in the environment, only who sends one of them may score:

  curl -H "Authorization: Bearer $KEY" ...

Without keys, whoever reaches the port may score, but no web page elsewhere: requests are answered only for localhost, for
IP addresses and for names that -host lists, and from pages of the server's own origin or of one that -cors lists:

  reviewlens serve -addr 0.0.0.0:8000 -host reviews.example.com

With -oidc-issuer and -oidc-client, people sign in on the page at an OpenID provider (Keycloak, Cognito, Auth0, Google ...),
and only who has a token of it, or one of the API keys, may score; what is kept is kept apart by the token's subject:

  reviewlens serve -oidc-issuer https://id.example.com/realms/shop -oidc-client reviewlens

With OTEL_EXPORTER_OTLP_ENDPOINT (http://localhost:4318) in the environment, requests and their phases are sent there as spans.

Large files can be left to a job, which outlives the server's restart:

  curl -i localhost:8000/v1/jobs --data-binary @reviews.csv
`

// fileBytes is the maximum size of a posted file, which is stored in a temporary file.
const fileBytes = 1 << 30

// stopTimeout is the maximum time for requests in flight once the server has to stop.
const stopTimeout = 30 * time.Second

func serve(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	var s serveFlags
	s.define(flags)
	rest, done, err := c.parse(flags, serveUsage)
	if err != nil || done {
		return err
	}
	if len(rest) > 0 {
		return usageError("serve takes no %q", rest[0])
	}
	options, err := s.options(flags)
	if err != nil {
		return err
	}
	return s.run(ctx, options, c.stdout, c.stderr)
}

// run opens what the flags name, adds it to the options and serves until ctx is done.
func (s *serveFlags) run(ctx context.Context, options api.Options,
	stdout, stderr io.Writer) (err error) {
	// Listen first: if the port is taken, there is no need to wait for the model.
	listener, err := listen(s.addr)
	if err != nil {
		return err
	}
	defer listener.Close() // again after Shutdown, which is harmless
	if err := s.openProvider(ctx, &options); err != nil {
		return unlessStopped(ctx, err)
	}
	kept, err := openHistory(s.history)
	if err != nil {
		return err
	}
	if kept != nil {
		options.History = kept
		defer func() { err = errors.Join(err, kept.Close()) }()
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	models, ready, closeModels, err := s.engine.models(ctx, log)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	defer func() { err = errors.Join(err, closeModels()) }()

	tracer, err := telemetry.Open(ctx, log)
	if err != nil {
		return usageError("%w", err)
	}
	options.Models, options.Log = models, log
	var left *jobs.Local
	if !s.sageMaker {
		if left, err = openJobs(s.jobs, log); err != nil {
			return err
		}
	}
	if left != nil { // a nil *jobs.Local in the interface would not be nil
		options.Jobs = left
	}
	handler := api.New(options)
	if left != nil {
		left.Reserve = handler.Reserve
		left.Start(handler.Models())
		defer func() { err = errors.Join(err, left.Close()) }()
	}
	server := newServer(tracer.Handler(handler), log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	ready(ctx) // the next line implies that a model is ready; /healthz and /readyz already answer
	fmt.Fprintln(stdout, "Reviewlens is at "+address(s.addr, listener.Addr()))

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	handler.Drain()
	return shutDown(ctx, server, tracer)
}

// unlessStopped returns err, or nil if the server was stopped before it was ready.
func unlessStopped(ctx context.Context, err error) error {
	if isInterrupt(ctx, err) {
		return nil
	}
	return err
}

// openProvider connects to the provider of -oidc-issuer, if any, and adds it to the options.
func (s *serveFlags) openProvider(ctx context.Context, o *api.Options) error {
	if s.issuer == "" {
		return nil
	}
	provider, err := signin.Open(ctx, s.issuer, s.client, cmp.Or(s.audience, s.client))
	if err != nil {
		return fmt.Errorf("-oidc-issuer: %w", err)
	}
	o.SignIn, o.Subject = &provider.Page, provider.Subject
	return nil
}

// shutDown waits for requests in flight, at most stopTimeout, and until their spans are sent. ctx
// must be done.
func shutDown(ctx context.Context, server *http.Server, tracer *telemetry.Tracer) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests in flight took longer than %v: %w", stopTimeout,
			err), server.Close())
	}
	return tracer.Close(ctx)
}

// serveFlags holds the flags of serve.
type serveFlags struct {
	addr, history, jobs, memory, cors string
	issuer, client, audience          string
	rate, price                       float64
	sageMaker                         bool
	hosts                             api.Hosts
	engine                            engineFlags
}

func (s *serveFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&s.addr, "addr", "localhost:8000",
		"`host:port` to listen on; port 0 takes a free one")
	flags.StringVar(&s.history, "history", "",
		"`file` that keeps runs people choose to keep, or none (default: history.db in the user's "+
			"configuration folder)")
	flags.BoolVar(&s.sageMaker, "sagemaker", false,
		"be a SageMaker container: /ping and /invocations and nothing else, at 0.0.0.0:8080 "+
			"unless -addr is given")
	flags.StringVar(&s.jobs, "jobs", "",
		"`folder` where jobs keep their files, or none (default: reviewlens/jobs in the user's "+
			"state folder)")
	flags.Float64Var(&s.rate, "rate", 0,
		"texts a second that each API key or signed-in person may have scored, and all together "+
			"where there are neither (default: as many as there is time for)")
	flags.StringVar(&s.issuer, "oidc-issuer", "",
		"`address` of an OpenID provider where people sign in")
	flags.StringVar(&s.client, "oidc-client", "",
		"the page's client `id` there; its redirect address is this server's with /signed-in.html")
	flags.StringVar(&s.audience, "oidc-audience", "",
		"audience (`id`) that tokens must have (default: that of -oidc-client)")
	flags.StringVar(&s.memory, "memory", "",
		"`size` of memory that the server may take, as 2GiB (default: GOMEMLIMIT, the limit of "+
			"its container, or 4GiB at most)")
	flags.Float64Var(&s.price, "price", 0,
		"price of 1,000 tokens in US `dollars`, for /v1/config (default: nothing is charged "+
			"by use)")
	flags.StringVar(&s.cors, "cors", "",
		"other `origins` whose pages may call the service, comma-separated: https://shop.example")
	flags.Func("host", "`names` besides localhost and -addr's under which the server is reached, "+
		"comma-separated; without keys and sign-in it refuses others", func(list string) error {
		hosts, err := api.ParseHosts(list)
		s.hosts = append(s.hosts, hosts...)
		return err
	})
	s.engine.define(flags)
	flags.StringVar(&s.engine.remote, "engine", "",
		"`address` of an endpoint that runs the model instead of this machine: sagemaker://NAME, or "+
			"sagemaker://NAME?serverless=1")
}

// options checks the flags and the environment and returns the options that need not be opened.
func (s *serveFlags) options(flags *flag.FlagSet) (o api.Options, err error) {
	o = api.Options{Site: web.Site(), File: fileBytes, Rate: s.rate, Price: s.price,
		SageMaker: s.sageMaker}
	if s.sageMaker {
		if !isSet(flags, "addr") {
			s.addr = "0.0.0.0:8080"
		}
		if s.jobs != "" && s.jobs != "none" || s.history != "" && s.history != "none" {
			return o, usageError("-sagemaker has no routes for what is kept; leave -history and " +
				"-jobs out")
		}
		s.history, o.Budget = "none", sageMakerBudget
	}
	// not a flag, because all users of the machine can read those
	if list, ok := os.LookupEnv("REVIEWLENS_API_KEYS"); ok {
		if o.Keys, err = api.ParseKeys(list); err != nil {
			return o, usageError("REVIEWLENS_API_KEYS: %w", err)
		}
		if s.sageMaker {
			return o, usageError("-sagemaker answers whoever reaches the container: SageMaker " +
				"asks IAM, and can send no key; unset REVIEWLENS_API_KEYS")
		}
	}
	if s.cors != "" {
		if o.Origins, err = api.ParseOrigins(s.cors); err != nil {
			return o, usageError("-cors: %w", err)
		}
	}
	o.Hosts = s.hosts
	if open := len(o.Keys) == 0 && s.issuer == ""; len(s.hosts) > 0 || open && !s.sageMaker {
		o.Hosts = append(ownHosts(s.addr), s.hosts...)
	}
	if (s.issuer == "") != (s.client == "") || s.audience != "" && s.issuer == "" {
		return o, usageError("-oidc-issuer and -oidc-client go together")
	}
	if s.issuer != "" && s.sageMaker {
		return o, usageError("-sagemaker answers whoever reaches the container: SageMaker asks " +
			"IAM, and can send no token; leave -oidc-issuer out")
	}
	if o.Memory, err = limitMemory(s.memory); err != nil {
		return o, usageError("-memory: %w", err)
	}
	if !(s.rate >= 0) || math.IsInf(s.rate, 0) {
		return o, usageError("-rate is %g; want a number above 0", s.rate)
	}
	if !(s.price >= 0) || math.IsInf(s.price, 0) {
		return o, usageError("-price is %g; want dollars, 0 or more", s.price)
	}
	return o, nil
}

// listen listens on addr; the error suggests another port.
func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken, perhaps by another Reviewlens; take another port "+
			"with -addr %s", addr, nextPort(addr))
	}
	if address, ok := errors.AsType[*net.AddrError](err); ok {
		return nil, usageError("-addr %s: %s; want host:port, as in localhost:8000", addr,
			address.Err)
	}
	return listener, err
}

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		// for bodies of at most 6 MB; files and responses get more time
		ReadTimeout:    time.Minute,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// limitMemory parses -memory and sets the garbage collector's memory limit, unless GOMEMLIMIT did.
func limitMemory(size string) (limit int64, err error) {
	limit = admission.ProcessLimit()
	if size != "" {
		if limit, err = admission.ParseSize(size); err != nil {
			return 0, err
		}
	}
	admission.LimitCollector(limit)
	return limit, nil
}

// openHistory opens the file that stores runs; nil for "none" or if the user has no config folder.
func openHistory(file string) (history.Store, error) {
	switch file {
	case "none":
		return nil, nil
	case "":
		folder, err := os.UserConfigDir()
		if err != nil {
			return nil, nil
		}
		file = filepath.Join(folder, "reviewlens", "history.db")
	}
	s, err := sqlite.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%w; -history names another file, or none", err)
	}
	return s, nil
}

// ownHosts returns the host names of a server that listens on addr.
func ownHosts(addr string) api.Hosts {
	hosts := api.Hosts{"localhost"}
	host, _, _ := net.SplitHostPort(addr) // net.Listen reports errors in addr
	if own, err := api.ParseHosts(host); err == nil && own[0] != "localhost" &&
		net.ParseIP(own[0]) == nil {
		hosts = append(hosts, own[0])
	}
	return hosts
}

// isSet reports whether a flag is on the command line.
func isSet(flags *flag.FlagSet, name string) (found bool) {
	flags.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// openJobs opens the folder of jobs; nil for "none". If no folder was given and the default one is
// unavailable (locked by another server, or no home directory), it logs that and returns nil.
func openJobs(dir string, log *slog.Logger) (*jobs.Local, error) {
	if dir == "none" {
		return nil, nil
	}
	named := dir != ""
	if !named {
		var err error
		if dir, err = stateFolder(); err != nil {
			log.Warn("no jobs are kept; -jobs names a folder for them", "err", err)
			return nil, nil
		}
	}
	kept, err := jobs.OpenLocal(dir, jobs.Defaults, log)
	if err != nil && !named {
		log.Warn("no jobs are kept; -jobs names a folder for them", "err", err)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w; -jobs names another folder, or none", err)
	}
	return kept, nil
}

// stateFolder returns the XDG state folder, or systemd's STATE_DIRECTORY.
func stateFolder() (string, error) {
	if dir := os.Getenv("STATE_DIRECTORY"); dir != "" {
		return filepath.Join(dir, "jobs"), nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "reviewlens", "jobs"), nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state", "reviewlens", "jobs"), err
}

// address returns the URL of the server for a browser on this machine.
func address(addr string, got net.Addr) string {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(got.String())
	return "http://" + net.JoinHostPort(host, port)
}

func nextPort(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	n, err := strconv.Atoi(port)
	if err != nil || n >= 65535 {
		n = 8000
	}
	return net.JoinHostPort(host, strconv.Itoa(n+1))
}

// sageMakerBudget returns a budget below the 60 seconds that SageMaker waits for a response.
func sageMakerBudget(*http.Request) api.Budget { return api.Budget{Time: 55 * time.Second} }
